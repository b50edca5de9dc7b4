#include "checks/operator-uids/uid_proof.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "checks/operator-uids/input_mixing.h"
#include "checks/operator-uids/presumed_ids.h"
#include "checks/operator-uids/traversal.h"
#include "checks/operator-uids/uid_knowledge.h"

namespace auditor::checks {

namespace {

/// Sums looked up for one vertex in each round.
constexpr std::array<std::uint64_t, 3> steps_of_round{10'000, 100'000, 500'000};

using Allowance = PositionSearch::Allowance;

/// Decides one job's operators, from what is cheap and certain to what has to be searched for.
class Prover {
 public:
  Prover(const model::JobDetails& job, const model::UidTable& words, std::uint64_t steps)
      : steps_(steps),
        steps_left_(steps),
        words_(words),
        facts_(job),
        mixing_(facts_),
        order_(topological_order(facts_.graph())) {}

  UidProofs run() {
    if (!facts_.graph().too_large) {
      decide_sources();
      decide_by_traversals();
      if (!facts_.all_automatic()) {
        guess_heads();
        search();
      }
      presume_ids(facts_);
    }
    conclude();
    return std::move(facts_.proofs());
  }

 private:
  [[nodiscard]] std::size_t count() const { return facts_.graph().vertices.size(); }

  /// Counts what a plan of unheard-of size costs besides the sums; false where too much was spent.
  bool spend(std::uint64_t steps) {
    const bool enough = steps <= steps_left_;
    steps_left_ -= enough ? steps : steps_left_;
    return enough;
  }

  /// The operators of all inputs of a vertex.
  std::uint64_t size_of_inputs(std::size_t v) const {
    std::uint64_t size = 1;
    for (const std::size_t input : facts_.vertex(v).inputs) {
      size += facts_.vertex(input).size;
    }
    return size;
  }

  void decide_sources() {
    for (std::size_t v = 0; v < count(); ++v) {
      const ChainVertex& vertex = facts_.vertex(v);
      if (!vertex.node->inputs.empty() || !facts_.decidable(v)) {
        continue;
      }
      const auto at = facts_.position_of(v, scaled(bits_of(vertex.id)));
      if (at) {
        facts_.take_automatic(v, *at, {});
      } else {
        facts_.take_has_uid(v, nullptr);
      }
    }
  }

  /// Decides by the ids that are known, and by those that a traversal supposes, until nothing new
  /// comes of it.
  void decide_by_known(bool supposed = false) {
    for (bool more = true; more;) {
      more = false;
      for (const std::size_t v : order_) {
        if (facts_.vertex(v).inputs.empty() || !facts_.decidable(v)) {
          continue;
        }
        if (!spend(size_of_inputs(v))) {
          return;
        }
        Allowance allowance{std::min(steps_of_round.front(), steps_left_), true};
        const std::uint64_t given = allowance.steps;
        const bool found = mixing_.mix(v, mixing_.known(v), !supposed, allowance);
        steps_left_ -= given - allowance.steps;
        if (found) {
          more = true;
        } else if (allowance.complete && !supposed &&
                   std::ranges::all_of(facts_.vertex(v).inputs, [this](std::size_t input) {
                     return facts_.closed(input);
                   })) {
          facts_.take_has_uid(v, nullptr);
          more = true;
        }
      }
    }
  }

  /// Supposes a whole job, gives positions as Flink would, and keeps what the ids confirm.
  void decide_by_traversals() {
    for (const EdgeOrigin guess :
         {EdgeOrigin::last_leaf, EdgeOrigin::first_leaf, EdgeOrigin::head}) {
      for (const bool chained_first : {true, false}) {
        if (facts_.all_decided()) {
          return;
        }
        std::vector<bool> has_uid(facts_.graph().operators.size());
        for (std::size_t op = 0; op < facts_.graph().operators.size(); ++op) {
          has_uid[op] = facts_.proofs().operators[op].origin == UidOrigin::has_uid;
        }
        mixing_.suppose(traverse(facts_.graph(), origins(guess), has_uid, chained_first));
        decide_by_known(true);
        mixing_.suppose({});
      }
    }
    decide_by_known();
  }

  /// The operators that the inputs of each vertex come from: proved, or else guessed.
  std::vector<std::vector<std::size_t>> origins(EdgeOrigin guess) const {
    std::vector<std::vector<std::size_t>> all(count());
    for (std::size_t v = 0; v < count(); ++v) {
      const ChainVertex& vertex = facts_.vertex(v);
      for (const std::size_t input : vertex.inputs) {
        std::size_t origin = edge_origin(facts_.graph(), input, guess);
        for (const ProofInput& proved : facts_.proofs().operators[vertex.first].inputs) {
          if (proved.op && facts_.graph().operators[*proved.op].vertex == input) {
            origin = *proved.op;
          }
        }
        all[v].push_back(origin);
      }
    }
    return all;
  }

  void guess_heads() {
    facts_.guess(words_);
    for (std::size_t v = 0; v < count(); ++v) {
      const std::string* uid = facts_.readable(v) && facts_.head(v).origin != UidOrigin::automatic
                                   ? facts_.guesses()->find(facts_.vertex(v).id)
                                   : nullptr;
      if (uid != nullptr) {
        facts_.take_has_uid(v, uid);
      }
    }
  }

  void search() {
    decide_by_known();
    for (const std::uint64_t steps : steps_of_round) {
      bool progress = true;
      while (progress && !facts_.all_decided() && steps_left_ > 0) {
        facts_.take_progress();
        for (const std::size_t v : order_) {
          if (!facts_.vertex(v).inputs.empty() && facts_.decidable(v) && !facts_.exhausted(v)) {
            search_vertex(v, steps);
          }
        }
        compare_siblings(steps);
        progress = facts_.take_progress();
        if (progress) {
          decide_by_traversals();
        }
      }
    }
  }

  void search_vertex(std::size_t v, std::uint64_t steps) {
    Allowance allowance{std::min(steps, steps_left_), true};
    const std::uint64_t given = allowance.steps;
    const ChainVertex& vertex = facts_.vertex(v);
    const bool found = vertex.inputs.size() == 1 ? search_ways(v, vertex.inputs.front(), allowance)
                                                 : search_mixes(v, allowance);
    steps_left_ -= given - allowance.steps;
    facts_.set_exhausted(v, !found && allowance.complete);
  }

  /// Decides a vertex with one input, which may come from any operator of the vertex before it.
  bool search_ways(std::size_t v, std::size_t input, Allowance& allowance) {
    const IdBits target = bits_of(facts_.vertex(v).id);
    const std::size_t own = facts_.outputs_of_head(v);
    std::vector<Way> ways = mixing_.distinct_ways(input, allowance);
    for (Way& way : ways) {
      std::vector<std::size_t> counts = facts_.outputs_on(way);
      counts.push_back(own);
      std::vector<std::uint32_t> found = facts_.search().find_path(
          target ^ facts_.id(way.from), counts, facts_.position(way.from), allowance);
      if (found.empty()) {
        continue;
      }
      const Position at{found.back(), own};
      found.pop_back();
      way.positions = std::move(found);
      IdBits mixed = target ^ facts_.search().term(at);
      const auto op = facts_.take_way(way);
      facts_.take_automatic(v, at, {{id_of(mixed), op}});
      return true;
    }
    return search_ways_from_uids(v, input, ways, allowance);
  }

  /// The same behind a chained operator whose UID can be guessed.
  bool search_ways_from_uids(std::size_t v, std::size_t input, const std::vector<Way>& ways,
                             Allowance& allowance) {
    constexpr std::size_t longest = 2;
    const IdBits target = bits_of(facts_.vertex(v).id);
    const std::size_t own = facts_.outputs_of_head(v);
    std::vector<std::vector<std::size_t>> tried;
    for (std::size_t behind = 0; behind <= longest; ++behind) {
      for (const Way& way : ways) {
        if (way.operators.size() <= behind) {
          continue;
        }
        std::vector<std::size_t> counts = facts_.outputs_on(way);
        counts.erase(counts.begin(), counts.end() - static_cast<std::ptrdiff_t>(behind));
        counts.push_back(own);
        if (std::ranges::find(tried, counts) != tried.end()) {
          continue;
        }
        tried.push_back(counts);
        if (facts_.search().paths(counts.size()) > allowance.steps) {
          allowance.complete = false;
          continue;
        }
        const std::string* uid = nullptr;
        std::vector<std::uint32_t> positions;
        facts_.search().each_path(counts, std::nullopt, allowance,
                                  [&](const IdBits& sum, std::span<const std::uint32_t> path) {
                                    uid = facts_.guesses()->find(id_of(target ^ sum));
                                    if (uid != nullptr) {
                                      positions.assign(path.begin(), path.end());
                                    }
                                    return uid != nullptr;
                                  });
        if (uid != nullptr) {
          take_behind_uid(v, input, *uid, way, positions);
          return true;
        }
      }
    }
    return false;
  }

  void take_behind_uid(std::size_t v, std::size_t input, const std::string& uid, const Way& way,
                       const std::vector<std::uint32_t>& positions) {
    const std::size_t own = facts_.outputs_of_head(v);
    const Position at{positions.back(), own};
    const std::size_t behind = positions.size() - 1;
    const auto start = facts_.take_uid(input, uid);
    std::optional<std::size_t> op = start;
    if (behind > 0) {
      op = std::nullopt;
      const std::vector<std::size_t> rest(way.operators.end() - static_cast<std::ptrdiff_t>(behind),
                                          way.operators.end());
      if (start && facts_.graph().operators[rest.front()].parent == *start) {
        op = facts_.take_way({*start, rest, {positions.begin(), positions.end() - 1}});
      }
    }
    const OperatorId mixed = id_of(bits_of(facts_.vertex(v).id) ^ facts_.search().term(at));
    if (!op) {
      facts_.take_nameless(input, mixed);
    }
    facts_.take_automatic(v, at, {{mixed, op}});
  }

  /// Decides a vertex with several inputs.
  bool search_mixes(std::size_t v, Allowance& allowance) {
    const InputMixing::Lists lists = mixing_.searched(v, allowance);
    return mixing_.mix(v, lists, false, allowance);
  }

  /// Two vertices behind one hidden operator that has a UID: it cancels out of the sum of their
  /// ids.
  void compare_siblings(std::uint64_t steps) {
    for (std::size_t u = 0; u < count(); ++u) {
      std::vector<std::size_t> single;
      for (const std::size_t v : facts_.followers(u)) {
        if (facts_.vertex(v).inputs.size() == 1 && facts_.readable(v) &&
            facts_.head(v).origin != UidOrigin::has_uid &&
            (facts_.head(v).inputs.empty() || !facts_.head(v).inputs.front().op)) {
          single.push_back(v);
        }
      }
      for (std::size_t i = 0; i < single.size(); ++i) {
        for (std::size_t j = i + 1; j < single.size() && steps_left_ > 0; ++j) {
          if (!facts_.decided(single[i]) || !facts_.decided(single[j])) {
            Allowance allowance{std::min(steps, steps_left_), true};
            const std::uint64_t given = allowance.steps;
            compare(u, single[i], single[j], allowance);
            steps_left_ -= given - allowance.steps;
          }
        }
      }
    }
  }

  void compare(std::size_t u, std::size_t one, std::size_t other, Allowance& allowance) {
    const IdBits first = bits_of(facts_.vertex(one).id);
    const IdBits sum = first ^ bits_of(facts_.vertex(other).id);
    const std::size_t outputs_one = facts_.outputs(facts_.vertex(one).first);
    const std::size_t outputs_other = facts_.outputs(facts_.vertex(other).first);
    for (std::uint32_t p = 0; p < facts_.search().count() && allowance.steps > 0;
         ++p, --allowance.steps) {
      const Position at{p, outputs_one};
      const auto found = facts_.search().find(sum ^ facts_.search().term(at), outputs_other);
      if (!found || found->position == p) {
        continue;
      }
      if (outputs_one == outputs_other) {
        // Which of them has which position, and so what their input is, the sum does not tell.
        facts_.take_siblings(one, at, other, *found);
        return;
      }
      take_input_of_siblings(u, id_of(first ^ facts_.search().term(at)));
      decide_by_known();
      return;
    }
  }

  void take_input_of_siblings(std::size_t u, const OperatorId& input) {
    if (facts_.is_known_in(u, input)) {
      return;
    }
    const auto op = facts_.only_unknown(u);
    if (!op) {
      facts_.take_nameless(u, input);
      return;
    }
    const std::size_t parent = facts_.graph().operators[*op].parent;
    const bool proved =
        facts_.known(parent) &&
        !facts_.search().find_any(bits_of(input) ^ facts_.id(parent), facts_.outputs(*op));
    OperatorProof proof;
    proof.origin = proved ? UidOrigin::has_uid : UidOrigin::undetermined;
    proof.id = input;
    facts_.take_hidden(*op, std::move(proof));
  }

  void conclude() {
    facts_.proofs().every_source_has_uid = !facts_.graph().vertices.empty();
    for (std::size_t v = 0; v < count(); ++v) {
      const ChainVertex& vertex = facts_.vertex(v);
      OperatorProof& proof = facts_.head(v);
      if (!facts_.decided(v)) {
        const bool certain =
            vertex.certain && std::ranges::all_of(vertex.inputs, [this](std::size_t input) {
              return facts_.vertex(input).certain;
            });
        if (certain && facts_.decidable(v) && facts_.exhausted(v)) {
          proof.origin = UidOrigin::has_uid_or_follows_one;
        } else {
          proof.reason = reason(v);
        }
      }
      if (vertex.node->inputs.empty() && proof.origin != UidOrigin::has_uid) {
        facts_.proofs().every_source_has_uid = false;
      }
    }
    facts_.proofs().any_automatic = std::ranges::any_of(
        facts_.proofs().operators,
        [](const OperatorProof& proof) { return proof.origin == UidOrigin::automatic; });
  }

  std::string reason(std::size_t v) const {
    const ChainVertex& vertex = facts_.vertex(v);
    if (!vertex.obstacle.empty()) {
      return vertex.obstacle;
    }
    if (vertex.hidden_sources) {
      return "it has sources chained into it, whose ids go into its own and show nowhere";
    }
    for (const std::size_t input : vertex.inputs) {
      if (!facts_.vertex(input).obstacle.empty()) {
        return "the vertex before it cannot be read: " + facts_.vertex(input).obstacle;
      }
    }
    return fmt::format(
        "chained operators before it show no id, and not all that they could have were tried "
        "({} positions, up to {} operators in a row, {} thousand sums for a job)",
        facts_.proofs().positions, longest_way, steps_ / 1'000);
  }

  std::uint64_t steps_;
  std::uint64_t steps_left_;
  const model::UidTable& words_;
  UidKnowledge facts_;
  InputMixing mixing_;
  std::vector<std::size_t> order_;  ///< vertices, inputs first
};

}  // namespace

std::string_view to_text(UidOrigin origin) {
  switch (origin) {
    case UidOrigin::automatic:
      return "automatic";
    case UidOrigin::has_uid:
      return "explicit";
    case UidOrigin::has_uid_or_follows_one:
      return "explicit-or-behind-explicit";
    case UidOrigin::undetermined:
      break;
  }
  return "undetermined";
}

UidProofs prove_uids(const model::JobDetails& job, const model::UidTable& words,
                     std::uint64_t steps) {
  return Prover(job, words, steps).run();
}

std::string formula(const UidProofs& proofs, std::size_t op) {
  const OperatorProof& proof = proofs.operators[op];
  if (proof.sibling && proof.swapped) {
    return fmt::format("auto({}, or position {}; the same input as {})", to_text(proof.at),
                       proof.swapped->position, short_hex(*proofs.operators[*proof.sibling].id));
  }
  std::string inputs;
  for (const ProofInput& input : proof.inputs) {
    inputs += (inputs.empty() ? ", input " : ", ") + short_hex(input.id);
  }
  return fmt::format("auto({}{})", to_text(proof.at), inputs);
}

}  // namespace auditor::checks
