#include "checks/operator-uids/uid_proof.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <ranges>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "checks/operator-uids/position_search.h"
#include "checks/operator-uids/traversal.h"
#include "checks/operator-uids/uid_guesses.h"

namespace auditor::checks {

namespace {

/// Sources that are chained into an operator have a position and no line in the plan.
constexpr std::uint32_t hidden_positions = 8;
/// Chained operators without a known id that are tried on one way.
constexpr std::size_t longest_way = 7;
/// All orders of so many inputs are tried: 720.
constexpr std::size_t most_inputs_permuted = 6;
/// Sums looked up for one vertex in each round.
constexpr std::array<std::uint64_t, 3> steps_of_round{10'000, 100'000, 500'000};
constexpr std::size_t most_candidates = 20'000;
constexpr std::size_t most_likely = 2'000;
constexpr std::size_t most_words_per_input = 2'000;

using Allowance = PositionSearch::Allowance;

/// The chained operators between one whose id is known and another, with the position of each.
struct Way {
  std::size_t from = 0;
  std::vector<std::size_t> operators;
  std::vector<std::uint32_t> positions;
};

/// An id that an input may have, and what follows if it does. Small and flat: there are many.
struct Candidate {
  enum class Kind : std::uint8_t {
    known,     ///< the id of `op` (`nowhere`: of one of several) is known
    uid,       ///< `op`, or any other operator of the chain, has `uid`
    likely,    ///< `op` follows `from` as the traversal has it; `from` may have `uid`
    searched,  ///< `op` follows `from` at `positions`
  };
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  IdBits id;
  const std::string* uid = nullptr;
  std::uint32_t op = nowhere;
  std::uint32_t from = nowhere;
  std::array<std::uint16_t, longest_way> positions{};
  Kind kind = Kind::known;
};
static_assert(most_operators_searched + hidden_positions < 0xFFFF);

class Prover {
 public:
  Prover(const model::JobDetails& job, const model::UidTable& words, std::uint64_t steps)
      : steps_(steps),
        steps_left_(steps),
        words_(words),
        proofs_{.graph = read_operator_graph(job), .operators = {}},
        graph_(proofs_.graph),
        search_(positions(graph_), sources(graph_), leaves(graph_)) {
    proofs_.positions = search_.count();
  }

  UidProofs run() {
    prepare();
    if (!graph_.too_large) {
      decide_sources();
      decide_by_traversals();
      if (!all_automatic()) {
        guess_heads();
        search();
      }
      presume();
    }
    conclude();
    return std::move(proofs_);
  }

 private:
  // -- the job's bounds --------------------------------------------------------------------------

  static std::uint32_t positions(const OperatorGraph& graph) {
    return static_cast<std::uint32_t>(graph.most_operators) + hidden_positions;
  }

  static std::uint32_t sources(const OperatorGraph& graph) {
    return static_cast<std::uint32_t>(std::ranges::count_if(
        graph.vertices, [](const ChainVertex& v) { return v.node->inputs.empty(); }));
  }

  /// No more operators than this can wait for their ids at one time: of a chain without branches
  /// one, for each goes into the queue when the one before it leaves it.
  static std::uint32_t leaves(const OperatorGraph& graph) {
    return static_cast<std::uint32_t>(std::ranges::count_if(
        graph.operators, [](const Operator& op) { return op.outputs.empty(); }));
  }

  // -- what is known -----------------------------------------------------------------------------

  void prepare() {
    proofs_.operators.resize(graph_.operators.size());
    nameless_.resize(graph_.vertices.size());
    exhausted_.resize(graph_.vertices.size());
    followers_.resize(graph_.vertices.size());
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      const ChainVertex& vertex = graph_.vertices[v];
      if (readable(vertex)) {
        proofs_.operators[vertex.first].id = vertex.id;
      }
      for (const std::size_t input : vertex.inputs) {
        followers_[input].push_back(v);
      }
    }
    order_ = topological_order(graph_);
  }

  static bool readable(const ChainVertex& vertex) { return vertex.obstacle.empty(); }

  [[nodiscard]] bool known(std::size_t op) const { return proofs_.operators[op].id.has_value(); }

  [[nodiscard]] IdBits id(std::size_t op) const { return bits_of(*proofs_.operators[op].id); }

  [[nodiscard]] std::optional<std::uint32_t> position(std::size_t op) const {
    const OperatorProof& proof = proofs_.operators[op];
    return proof.origin == UidOrigin::automatic ? std::optional(proof.at.position) : std::nullopt;
  }

  [[nodiscard]] std::size_t outputs(std::size_t op) const {
    return graph_.operators[op].outputs.size();
  }

  [[nodiscard]] OperatorProof& head(std::size_t v) {
    return proofs_.operators[graph_.vertices[v].first];
  }

  [[nodiscard]] bool decided(std::size_t v) { return head(v).origin != UidOrigin::undetermined; }

  [[nodiscard]] bool decidable(std::size_t v) {
    const ChainVertex& vertex = graph_.vertices[v];
    return readable(vertex) && !vertex.hidden_sources && !decided(v) &&
           std::ranges::all_of(vertex.inputs, [this](std::size_t input) {
             return readable(graph_.vertices[input]);
           });
  }

  bool all_automatic() {
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      if (head(v).origin != UidOrigin::automatic) {
        return false;
      }
    }
    return true;
  }

  bool all_decided() {
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      if (decidable(v)) {
        return false;
      }
    }
    return true;
  }

  /// Whether the ids of all operators that an edge out of the vertex may start at are known.
  [[nodiscard]] bool closed(std::size_t v) const {
    const ChainVertex& vertex = graph_.vertices[v];
    std::size_t count = nameless_[v].size();
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      count += known(op) ? 1U : 0U;
    }
    return vertex.certain && !vertex.hidden_sources && count == vertex.size;
  }

  /// Counts what a plan of unheard-of size costs besides the sums; false where too much was spent.
  bool spend(std::uint64_t steps) {
    const bool enough = steps <= steps_left_;
    steps_left_ -= enough ? steps : steps_left_;
    return enough;
  }

  /// The operators of all inputs of a vertex.
  [[nodiscard]] std::uint64_t size_of_inputs(std::size_t v) const {
    std::uint64_t size = 1;
    for (const std::size_t input : graph_.vertices[v].inputs) {
      size += graph_.vertices[input].size;
    }
    return size;
  }

  void learnt_of(std::size_t v) {
    progress_ = true;
    for (const std::size_t follower : followers_[v]) {
      exhausted_[follower] = false;
    }
  }

  void set_hidden(std::size_t op, OperatorProof proof) {
    const std::size_t v = graph_.operators[op].vertex;
    std::erase(nameless_[v], *proof.id);
    if (proof.origin == UidOrigin::automatic) {
      search_.take(proof.at.position);
    }
    proofs_.operators[op] = std::move(proof);
    learnt_of(v);
  }

  void add_nameless(std::size_t v, const OperatorId& found) {
    const ChainVertex& vertex = graph_.vertices[v];
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      if (proofs_.operators[op].id == found) {
        return;
      }
    }
    if (std::ranges::find(nameless_[v], found) == nameless_[v].end()) {
      nameless_[v].push_back(found);
      learnt_of(v);
    }
  }

  /// The chained operators without a known id that lead to `op`, the nearest known one first;
  /// nullopt where they are too many.
  [[nodiscard]] std::optional<Way> way_to(std::size_t op, std::size_t longest = longest_way) const {
    Way way;
    while (!known(op)) {
      if (way.operators.size() == longest) {
        return std::nullopt;
      }
      way.operators.push_back(op);
      op = graph_.operators[op].parent;
    }
    std::ranges::reverse(way.operators);
    way.from = op;
    return way;
  }

  [[nodiscard]] std::vector<std::size_t> outputs_on(const Way& way) const {
    std::vector<std::size_t> counts;
    for (const std::size_t op : way.operators) {
      counts.push_back(outputs(op));
    }
    return counts;
  }

  // -- taking up what was found ------------------------------------------------------------------

  /// How many operators of the way can be told by name: another branch of the chain may have the
  /// same shape.
  [[nodiscard]] std::size_t unambiguous(const Way& way) const {
    const ChainVertex& vertex = graph_.vertices[graph_.operators[way.from].vertex];
    const auto counts = outputs_on(way);
    std::size_t length = way.operators.size();
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      const bool same_depth =
          graph_.operators[op].depth == graph_.operators[way.operators.back()].depth;
      const auto other = known(op) || !same_depth ? std::nullopt : way_to(op, way.operators.size());
      if (!other || other->from != way.from || outputs_on(*other) != counts) {
        continue;
      }
      const auto differ = std::ranges::mismatch(way.operators, other->operators);
      length = std::min(length, static_cast<std::size_t>(differ.in1 - way.operators.begin()));
    }
    return length;
  }

  /// Takes up the operators of a way as automatic; gives the last one where it can be told.
  std::optional<std::size_t> take_way(Way way) {
    while (!way.operators.empty() && known(way.operators.front())) {
      // Another input of the same vertex has come this way already.
      way.from = way.operators.front();
      way.operators.erase(way.operators.begin());
      way.positions.erase(way.positions.begin());
    }
    if (way.operators.empty()) {
      return way.from;
    }
    const std::size_t named = unambiguous(way);
    std::size_t before = way.from;
    OperatorId input = *proofs_.operators[before].id;
    for (std::size_t i = 0; i < way.operators.size(); ++i) {
      const std::size_t op = way.operators[i];
      const Position at{way.positions[i], outputs(op)};
      const std::array<OperatorId, 1> inputs{input};
      const OperatorId found = automatic_id(at, inputs);
      if (i < named) {
        if (const auto parent = position(before)) {
          search_.learn(*parent, at.position);
        }
        set_hidden(op, {.origin = UidOrigin::automatic,
                        .id = found,
                        .at = at,
                        .inputs = {{input, before}},
                        .uid = {},
                        .id_without_uid = {},
                        .reason = {}});
      } else {
        add_nameless(graph_.operators[op].vertex, found);
      }
      before = op;
      input = found;
    }
    return named == way.operators.size() ? std::optional(before) : std::nullopt;
  }

  /// The chained operator of a vertex that has the UID: the one whose name tells, or the only one
  /// without a known id.
  std::optional<std::size_t> take_uid(std::size_t v, const std::string& uid) {
    const ChainVertex& vertex = graph_.vertices[v];
    const OperatorId found = id_of_uid(uid);
    std::optional<std::size_t> only;
    std::size_t unknown = 0;
    std::optional<std::size_t> named;
    std::size_t fitting = 0;
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      if (proofs_.operators[op].id == found) {
        return op;
      }
      if (known(op)) {
        continue;
      }
      ++unknown;
      only = op;
      if (std::ranges::find(guesses_->of(op), found) != guesses_->of(op).end()) {
        ++fitting;
        named = op;
      }
    }
    const auto op = fitting == 1 ? named : unknown == 1 ? only : std::nullopt;
    if (!op) {
      add_nameless(v, found);
      return std::nullopt;
    }
    set_hidden(*op, {.origin = UidOrigin::has_uid,
                     .id = found,
                     .at = {},
                     .inputs = {},
                     .uid = uid,
                     .id_without_uid = {},
                     .reason = {}});
    return op;
  }

  std::optional<std::size_t> take(const Candidate& candidate, std::size_t v) {
    switch (candidate.kind) {
      case Candidate::Kind::known:
        return candidate.op == Candidate::nowhere ? std::nullopt
                                                  : std::optional<std::size_t>(candidate.op);
      case Candidate::Kind::uid:
        return take_uid(v, *candidate.uid);
      case Candidate::Kind::likely:
      case Candidate::Kind::searched:
        break;
    }
    if (candidate.uid != nullptr && take_uid(v, *candidate.uid) != candidate.from) {
      add_nameless(v, id_of(candidate.id));  // the same UID fits another operator as well
      return std::nullopt;
    }
    return take_way(way_of(candidate));
  }

  /// The chained operators from the one whose id is known, or will be, to the candidate's.
  [[nodiscard]] Way way_of(const Candidate& candidate) const {
    Way way{.from = candidate.from, .operators = {}, .positions = {}};
    for (std::size_t op = candidate.op; op != candidate.from; op = graph_.operators[op].parent) {
      way.operators.push_back(op);
    }
    std::ranges::reverse(way.operators);
    for (std::size_t i = 0; i < way.operators.size(); ++i) {
      way.positions.push_back(candidate.kind == Candidate::Kind::likely ? likely_[way.operators[i]]
                                                                        : candidate.positions[i]);
    }
    return way;
  }

  void set_automatic(std::size_t v, const Position& at, std::vector<ProofInput> inputs) {
    if (inputs.size() == 1 && inputs.front().op) {
      if (const auto parent = position(*inputs.front().op)) {
        search_.learn(*parent, at.position);
      }
    }
    OperatorProof& proof = head(v);
    proof.origin = UidOrigin::automatic;
    proof.at = at;
    proof.inputs = std::move(inputs);
    search_.take(at.position);
    learnt_of(v);
  }

  void set_has_uid(std::size_t v, const std::string* uid) {
    head(v).origin = UidOrigin::has_uid;
    head(v).uid = uid == nullptr ? "" : *uid;
    learnt_of(v);
  }

  // -- sources -----------------------------------------------------------------------------------

  void decide_sources() {
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      const ChainVertex& vertex = graph_.vertices[v];
      if (!vertex.node->inputs.empty() || !decidable(v)) {
        continue;
      }
      const auto at = position_of(v, scaled(bits_of(vertex.id)));
      if (at) {
        set_automatic(v, *at, {});
      } else {
        set_has_uid(v, nullptr);
      }
    }
  }

  /// The position of the vertex' head, whatever number of chained outputs the plan may hide.
  std::optional<Position> position_of(std::size_t v, const IdBits& term) {
    const ChainVertex& vertex = graph_.vertices[v];
    if (const auto at = search_.find_any(term, outputs(vertex.first))) {
      return at;
    }
    for (std::size_t more = 0; !vertex.certain && more < vertex.size; ++more) {
      if (const auto at = search_.find(term, more)) {
        return at;
      }
    }
    return std::nullopt;
  }

  // -- from ids that are known or likely ---------------------------------------------------------

  /// Decides by the ids that are known, and by those that `likely_` supposes, until nothing new
  /// comes of it.
  void decide_by_known() {
    for (bool more = true; more;) {
      more = false;
      for (const std::size_t v : order_) {
        if (graph_.vertices[v].inputs.empty() || !decidable(v)) {
          continue;
        }
        if (!spend(size_of_inputs(v))) {
          return;
        }
        std::vector<std::vector<Candidate>> lists;
        for (const std::size_t input : graph_.vertices[v].inputs) {
          lists.push_back(known_candidates(input));
          if (!likely_.empty()) {
            const bool guess = guesses_ && graph_.vertices[v].inputs.size() == 1;
            add_likely(graph_.vertices[input], guess, lists.back());
          }
        }
        Allowance allowance{std::min(steps_of_round.front(), steps_left_), true};
        const std::uint64_t given = allowance.steps;
        const bool found = mix(v, lists, likely_.empty(), allowance);
        steps_left_ -= given - allowance.steps;
        if (found) {
          more = true;
        } else if (allowance.complete && likely_.empty() &&
                   std::ranges::all_of(graph_.vertices[v].inputs,
                                       [this](std::size_t input) { return closed(input); })) {
          set_has_uid(v, nullptr);
          more = true;
        }
      }
    }
  }

  [[nodiscard]] std::vector<Candidate> known_candidates(std::size_t v) const {
    const ChainVertex& vertex = graph_.vertices[v];
    std::vector<Candidate> list;
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      if (known(op)) {
        list.push_back({.id = id(op), .op = static_cast<std::uint32_t>(op)});
      }
    }
    for (const OperatorId& found : nameless_[v]) {
      list.push_back({.id = bits_of(found)});
    }
    return list;
  }

  /// The ids that a vertex' operators have if the traversal is right: those without a UID that
  /// follow a known id, or (where `guess`) one whose UID its name tells.
  void add_likely(const ChainVertex& vertex, bool guess, std::vector<Candidate>& list) {
    std::vector<std::vector<Candidate>> of(vertex.size);
    for (std::uint32_t op = static_cast<std::uint32_t>(vertex.first); op < vertex.last(); ++op) {
      std::vector<Candidate>& own = of[op - vertex.first];
      const std::uint32_t at = likely_[op];
      if (known(op)) {
        own.push_back({.id = id(op), .op = op, .from = op, .kind = Candidate::Kind::likely});
        continue;
      }
      if (at != not_reached && !search_.is_taken(at)) {
        const IdBits term = search_.term({at, outputs(op)});
        for (Candidate before : of[graph_.operators[op].parent - vertex.first]) {
          before.id = before.id ^ term;
          before.op = op;
          own.push_back(before);
        }
      }
      if (guess && list.size() + own.size() < most_likely) {
        for (const OperatorId& guessed : guesses_->of(op)) {
          own.push_back({.id = bits_of(guessed),
                         .uid = guesses_->find(guessed),
                         .op = op,
                         .from = op,
                         .kind = Candidate::Kind::likely});
        }
      }
      list.insert(list.end(), own.begin(), own.end());
    }
  }

  /// Tries all ways to mix one candidate of each list, in all orders, into the id of the vertex.
  bool mix(std::size_t v, const std::vector<std::vector<Candidate>>& lists, bool any_outputs,
           Allowance& allowance) {
    const std::size_t count = lists.size();
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    if (count > most_inputs_permuted) {
      allowance.complete = false;
      if (mix_in_order(v, lists, order, any_outputs, allowance)) {
        return true;
      }
      std::ranges::reverse(order);
      return mix_in_order(v, lists, order, any_outputs, allowance);
    }
    const bool meet = count == 2 && !any_outputs && worth_a_table(lists);
    if (!meet && !any_outputs && combinations(lists) > allowance.steps) {
      allowance.complete = false;  // a part of them would cost much and find little
      return false;
    }
    do {
      if (meet ? meet_in_order(v, lists, order, allowance)
               : mix_in_order(v, lists, order, any_outputs, allowance)) {
        return true;
      }
    } while (std::ranges::next_permutation(order).found);
    return false;
  }

  static std::uint64_t combinations(const std::vector<std::vector<Candidate>>& lists) {
    std::uint64_t product = 1;
    for (const auto& list : lists) {
      product = std::min(product * list.size(), most_uid_steps);
    }
    return product;
  }

  [[nodiscard]] bool worth_a_table(const std::vector<std::vector<Candidate>>& lists) const {
    constexpr std::uint64_t largest = 300'000;
    const std::uint64_t longer = std::max(lists[0].size(), lists[1].size());
    const std::uint64_t shorter = std::min(lists[0].size(), lists[1].size());
    return longer * search_.count() <= largest && shorter > 4 * std::uint64_t{search_.count()};
  }

  bool mix_in_order(std::size_t v, const std::vector<std::vector<Candidate>>& lists,
                    const std::vector<std::size_t>& order, bool any_outputs, Allowance& allowance) {
    const std::size_t count = order.size();
    std::vector<std::size_t> chosen(count, 0);
    std::vector<IdBits> rest(count + 1);
    rest[count] = bits_of(graph_.vertices[v].id);
    // The input that was mixed in last is taken out first.
    for (std::size_t level = count;;) {
      const std::size_t at = level - 1;
      const auto& list = lists[order[at]];
      if (chosen[at] == list.size()) {
        if (level == count) {
          return false;
        }
        chosen[at] = 0;
        ++level;
        ++chosen[level - 1];
        continue;
      }
      const IdBits without = rest[level] ^ list[chosen[at]].id;
      if (at > 0) {
        rest[at] = unscaled(without);
        level = at;
        continue;
      }
      if (allowance.steps == 0) {
        allowance.complete = false;
        return false;
      }
      --allowance.steps;
      const std::size_t own = outputs(graph_.vertices[v].first);
      const auto found = any_outputs ? position_of(v, without) : search_.find(without, own);
      if (found && accept_mix(v, lists, order, chosen, *found)) {
        return true;
      }
      ++chosen[at];
    }
  }

  /// Takes up a mix that gives the id. False where its positions do not rise: terms commute, so
  /// that the sum is another way's.
  bool accept_mix(std::size_t v, const std::vector<std::vector<Candidate>>& lists,
                  const std::vector<std::size_t>& order, const std::vector<std::size_t>& chosen,
                  const Position& at) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      const Candidate& used = lists[order[i]][chosen[i]];
      if (used.from != Candidate::nowhere && used.op != used.from &&
          way_of(used).positions.back() >= at.position) {
        return false;
      }
    }
    std::vector<ProofInput> inputs;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const Candidate& used = lists[order[i]][chosen[i]];
      const OperatorId mixed = id_of(used.id);
      inputs.push_back({mixed, take(used, graph_.vertices[v].inputs[order[i]])});
    }
    set_automatic(v, at, std::move(inputs));
    return true;
  }

  /// The same as `mix_in_order` where both lists of a vertex with two inputs are long: the sums of
  /// the first with all positions meet those of the second.
  bool meet_in_order(std::size_t v, const std::vector<std::vector<Candidate>>& lists,
                     const std::vector<std::size_t>& order, Allowance& allowance) {
    const std::size_t own = outputs(graph_.vertices[v].first);
    const auto& first = lists[order[0]];
    const auto& second = lists[order[1]];
    constexpr unsigned bits_of_position = 20;
    const std::uint64_t cost = first.size() * search_.count() + second.size();
    if (allowance.steps < cost) {
      allowance.complete = false;
      return false;
    }
    allowance.steps -= cost;
    SumTable table(first.size() * search_.count());
    for (std::size_t i = 0; i < first.size(); ++i) {
      for (std::uint32_t p = 0; p < search_.count(); ++p) {
        table.add(first[i].id ^ search_.term({p, own}), i << bits_of_position | p);
      }
    }
    const IdBits target = bits_of(graph_.vertices[v].id);
    for (std::size_t j = 0; j < second.size(); ++j) {
      const IdBits rest = unscaled(target ^ second[j].id);
      const auto hit = table.find(rest, [&](std::uint64_t origin) {
        const std::size_t i = origin >> bits_of_position;
        const Position at{static_cast<std::uint32_t>(origin - (i << bits_of_position)), own};
        return (first[i].id ^ search_.term(at)) == rest && accept_mix(v, lists, order, {i, j}, at);
      });
      if (hit) {
        return true;
      }
    }
    return false;
  }

  // -- from a traversal --------------------------------------------------------------------------

  /// Supposes a whole job, gives positions as Flink would, and keeps what the ids confirm.
  void decide_by_traversals() {
    using Leaf = TraversalGuess::Leaf;
    for (const Leaf leaf : {Leaf::last, Leaf::first, Leaf::head}) {
      for (const bool chained_first : {true, false}) {
        if (all_decided()) {
          return;
        }
        std::vector<bool> has_uid(graph_.operators.size());
        for (std::size_t op = 0; op < graph_.operators.size(); ++op) {
          has_uid[op] = proofs_.operators[op].origin == UidOrigin::has_uid;
        }
        likely_ = traverse(graph_, origins(leaf), has_uid, chained_first);
        decide_by_known();
        likely_.clear();
      }
    }
    decide_by_known();
  }

  /// The operators that the inputs of each vertex come from: proved, or else guessed.
  [[nodiscard]] std::vector<std::vector<std::size_t>> origins(TraversalGuess::Leaf leaf) const {
    std::vector<std::vector<std::size_t>> all(graph_.vertices.size());
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      const ChainVertex& vertex = graph_.vertices[v];
      for (const std::size_t input : vertex.inputs) {
        std::size_t origin = edge_origin(graph_, input, leaf);
        for (const ProofInput& proved : proofs_.operators[vertex.first].inputs) {
          if (proved.op && graph_.operators[*proved.op].vertex == input) {
            origin = *proved.op;
          }
        }
        all[v].push_back(origin);
      }
    }
    return all;
  }

  // -- by search ---------------------------------------------------------------------------------

  void guess_heads() {
    guesses_.emplace(graph_, words_);
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      const std::string* uid =
          readable(graph_.vertices[v]) && head(v).origin != UidOrigin::automatic
              ? guesses_->find(graph_.vertices[v].id)
              : nullptr;
      if (uid != nullptr) {
        set_has_uid(v, uid);
      }
    }
  }

  void search() {
    decide_by_known();
    for (const std::uint64_t steps : steps_of_round) {
      progress_ = true;
      while (progress_ && !all_decided() && steps_left_ > 0) {
        progress_ = false;
        for (const std::size_t v : order_) {
          if (!graph_.vertices[v].inputs.empty() && decidable(v) && !exhausted_[v]) {
            search_vertex(v, steps);
          }
        }
        compare_siblings(steps);
        if (progress_) {
          decide_by_traversals();
        }
      }
    }
  }

  void search_vertex(std::size_t v, std::uint64_t steps) {
    Allowance allowance{std::min(steps, steps_left_), true};
    const std::uint64_t given = allowance.steps;
    const ChainVertex& vertex = graph_.vertices[v];
    const bool found = vertex.inputs.size() == 1 ? search_ways(v, vertex.inputs.front(), allowance)
                                                 : search_mixes(v, allowance);
    steps_left_ -= given - allowance.steps;
    exhausted_[v] = !found && allowance.complete;
  }

  /// The ways to the operators of a vertex without a known id, each shape once, short ones first.
  std::vector<Way> distinct_ways(std::size_t v, Allowance& allowance) const {
    const ChainVertex& vertex = graph_.vertices[v];
    std::vector<Way> ways;
    std::set<std::pair<std::size_t, std::vector<std::size_t>>> shapes;
    const std::uint64_t cost = vertex.size * longest_way;
    if (allowance.steps < cost) {
      allowance = {0, false};
      return ways;
    }
    allowance.steps -= cost;
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      if (known(op)) {
        continue;
      }
      auto way = way_to(op);
      if (!way) {
        allowance.complete = false;
        continue;
      }
      if (shapes.emplace(way->from, outputs_on(*way)).second) {
        ways.push_back(std::move(*way));
      }
    }
    std::ranges::stable_sort(
        ways, [](const Way& a, const Way& b) { return a.operators.size() < b.operators.size(); });
    return ways;
  }

  /// Decides a vertex with one input, which may come from any operator of the vertex before it.
  bool search_ways(std::size_t v, std::size_t input, Allowance& allowance) {
    const IdBits target = bits_of(graph_.vertices[v].id);
    const std::size_t own = outputs(graph_.vertices[v].first);
    std::vector<Way> ways = distinct_ways(input, allowance);
    for (Way& way : ways) {
      std::vector<std::size_t> counts = outputs_on(way);
      counts.push_back(own);
      std::vector<std::uint32_t> found =
          search_.find_path(target ^ id(way.from), counts, position(way.from), allowance);
      if (found.empty()) {
        continue;
      }
      const Position at{found.back(), own};
      found.pop_back();
      way.positions = std::move(found);
      IdBits mixed = target ^ search_.term(at);
      const auto op = take_way(way);
      set_automatic(v, at, {{id_of(mixed), op}});
      return true;
    }
    return search_ways_from_uids(v, input, ways, allowance);
  }

  /// The same behind a chained operator whose UID can be guessed.
  bool search_ways_from_uids(std::size_t v, std::size_t input, const std::vector<Way>& ways,
                             Allowance& allowance) {
    constexpr std::size_t longest = 2;
    const IdBits target = bits_of(graph_.vertices[v].id);
    const std::size_t own = outputs(graph_.vertices[v].first);
    std::vector<std::vector<std::size_t>> tried;
    for (std::size_t behind = 0; behind <= longest; ++behind) {
      for (const Way& way : ways) {
        if (way.operators.size() <= behind) {
          continue;
        }
        std::vector<std::size_t> counts = outputs_on(way);
        counts.erase(counts.begin(), counts.end() - static_cast<std::ptrdiff_t>(behind));
        counts.push_back(own);
        if (std::ranges::find(tried, counts) != tried.end()) {
          continue;
        }
        tried.push_back(counts);
        if (search_.paths(counts.size()) > allowance.steps) {
          allowance.complete = false;
          continue;
        }
        const std::string* uid = nullptr;
        std::vector<std::uint32_t> positions;
        search_.each_path(counts, std::nullopt, allowance,
                          [&](const IdBits& sum, std::span<const std::uint32_t> path) {
                            uid = guesses_->find(id_of(target ^ sum));
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
    const std::size_t own = outputs(graph_.vertices[v].first);
    const Position at{positions.back(), own};
    const std::size_t behind = positions.size() - 1;
    const auto start = take_uid(input, uid);
    std::optional<std::size_t> op = start;
    if (behind > 0) {
      op = std::nullopt;
      const std::vector<std::size_t> rest(way.operators.end() - static_cast<std::ptrdiff_t>(behind),
                                          way.operators.end());
      if (start && graph_.operators[rest.front()].parent == *start) {
        op = take_way({*start, rest, {positions.begin(), positions.end() - 1}});
      }
    }
    const OperatorId mixed = id_of(bits_of(graph_.vertices[v].id) ^ search_.term(at));
    if (!op) {
      add_nameless(input, mixed);
    }
    set_automatic(v, at, {{mixed, op}});
  }

  /// Decides a vertex with several inputs.
  bool search_mixes(std::size_t v, Allowance& allowance) {
    std::vector<std::vector<Candidate>> lists;
    for (const std::size_t input : graph_.vertices[v].inputs) {
      lists.push_back(known_candidates(input));
      add_searched(input, lists.back(), allowance);
    }
    return mix(v, lists, false, allowance);
  }

  void add_searched(std::size_t v, std::vector<Candidate>& list, Allowance& allowance) {
    const ChainVertex& vertex = graph_.vertices[v];
    bool open = false;
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      if (known(op)) {
        continue;
      }
      open = true;
      for (const OperatorId& guess : guesses_->of(op)) {
        if (list.size() < most_candidates) {
          list.push_back(
              {.id = bits_of(guess), .uid = guesses_->find(guess), .kind = Candidate::Kind::uid});
        }
      }
    }
    if (open && words_.entries().size() <= most_words_per_input) {
      for (const model::UidTable::Entry& word : words_.entries()) {
        list.push_back({.id = bits_of(word.id), .uid = &word.uid, .kind = Candidate::Kind::uid});
      }
    }
    for (const Way& way : distinct_ways(v, allowance)) {
      const IdBits start = id(way.from);
      Candidate candidate{.id = {},
                          .op = static_cast<std::uint32_t>(way.operators.back()),
                          .from = static_cast<std::uint32_t>(way.from),
                          .kind = Candidate::Kind::searched};
      search_.each_path(outputs_on(way), position(way.from), allowance,
                        [&](const IdBits& sum, std::span<const std::uint32_t> positions) {
                          if (list.size() >= most_candidates) {
                            allowance.complete = false;
                            return true;
                          }
                          candidate.id = start ^ sum;
                          std::ranges::copy(positions, candidate.positions.begin());
                          list.push_back(candidate);
                          return false;
                        });
    }
  }

  /// Two vertices behind one hidden operator that has a UID: it cancels out of the sum of their
  /// ids.
  void compare_siblings(std::uint64_t steps) {
    for (std::size_t u = 0; u < graph_.vertices.size(); ++u) {
      std::vector<std::size_t> single;
      for (const std::size_t v : followers_[u]) {
        if (graph_.vertices[v].inputs.size() == 1 && readable(graph_.vertices[v]) &&
            head(v).origin != UidOrigin::has_uid &&
            (head(v).inputs.empty() || !head(v).inputs.front().op)) {
          single.push_back(v);
        }
      }
      for (std::size_t i = 0; i < single.size(); ++i) {
        for (std::size_t j = i + 1; j < single.size() && steps_left_ > 0; ++j) {
          if (!decided(single[i]) || !decided(single[j])) {
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
    const IdBits first = bits_of(graph_.vertices[one].id);
    const IdBits sum = first ^ bits_of(graph_.vertices[other].id);
    const std::size_t outputs_one = outputs(graph_.vertices[one].first);
    const std::size_t outputs_other = outputs(graph_.vertices[other].first);
    for (std::uint32_t p = 0; p < search_.count() && allowance.steps > 0; ++p, --allowance.steps) {
      const Position at{p, outputs_one};
      const auto found = search_.find(sum ^ search_.term(at), outputs_other);
      if (!found || found->position == p) {
        continue;
      }
      const OperatorId input = id_of(first ^ search_.term(at));
      const auto op = only_unknown(u);
      if (op) {
        const std::size_t parent = graph_.operators[*op].parent;
        const bool proved =
            known(parent) && !search_.find_any(bits_of(input) ^ id(parent), outputs(*op));
        set_hidden(*op, {.origin = proved ? UidOrigin::has_uid : UidOrigin::undetermined,
                         .id = input,
                         .at = {},
                         .inputs = {},
                         .uid = {},
                         .id_without_uid = {},
                         .reason = {}});
      } else {
        add_nameless(u, input);
      }
      for (const auto& [v, position] : {std::pair{one, at}, std::pair{other, *found}}) {
        if (!decided(v)) {
          set_automatic(v, position, {{input, op}});
        }
      }
      return;
    }
  }

  [[nodiscard]] std::optional<std::size_t> only_unknown(std::size_t v) const {
    const ChainVertex& vertex = graph_.vertices[v];
    std::optional<std::size_t> only;
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      if (!known(op)) {
        if (only) {
          return std::nullopt;
        }
        only = op;
      }
    }
    return only;
  }

  // -- what remains ------------------------------------------------------------------------------

  /// Where all heads are automatic and all operators can be counted, the chained ones that feed no
  /// vertex have the positions that are left. Flink gives these first in, first out: the operator
  /// whose parent was earlier comes earlier, and those of one parent in the order of the chain.
  void presume() {
    const std::size_t count = graph_.operators.size();
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      const ChainVertex& vertex = graph_.vertices[v];
      if (!vertex.certain || vertex.hidden_sources || head(v).origin != UidOrigin::automatic ||
          vertex.vertex->name.find("Iteration") != std::string::npos) {
        return;
      }
    }
    std::vector<std::optional<std::uint32_t>> positions(count);
    std::vector<bool> taken(count);
    for (std::size_t op = 0; op < count; ++op) {
      positions[op] = position(op);
      if (positions[op]) {
        if (*positions[op] >= count || taken[*positions[op]]) {
          return;
        }
        taken[*positions[op]] = true;
      }
    }
    for (std::uint32_t free = 0; free < count; ++free) {
      if (taken[free]) {
        continue;
      }
      const auto next = next_in_queue(positions);
      if (!next || *positions[graph_.operators[*next].parent] >= free) {
        return;  // the job is not what its plan looks like
      }
      positions[*next] = free;
    }
    for (std::size_t op = 0; op < count; ++op) {
      presume(op, *positions[op]);
    }
  }

  /// The operator without a position whose parent has the earliest one.
  [[nodiscard]] std::optional<std::size_t> next_in_queue(
      const std::vector<std::optional<std::uint32_t>>& positions) const {
    std::optional<std::size_t> next;
    for (std::size_t op = 0; op < positions.size(); ++op) {
      const auto parent = positions[graph_.operators[op].parent];
      if (!positions[op] && parent &&
          (!next || *parent < *positions[graph_.operators[*next].parent])) {
        next = op;
      }
    }
    return next;
  }

  void presume(std::size_t op, std::uint32_t position) {
    OperatorProof& proof = proofs_.operators[op];
    const std::size_t parent = graph_.operators[op].parent;
    const OperatorProof& before = proofs_.operators[parent];
    const auto input = before.id ? before.id : before.id_without_uid;
    if (proof.id || !input) {
      return;
    }
    const Position at{position, outputs(op)};
    const std::array<OperatorId, 1> inputs{*input};
    const OperatorId presumed = automatic_id(at, inputs);
    proof.id_without_uid = presumed;
    auto& nameless = nameless_[graph_.operators[op].vertex];
    if (before.id && std::ranges::find(nameless, presumed) != nameless.end()) {
      // A vertex after it has this id for its input: now it has a name too.
      proof.origin = UidOrigin::automatic;
      proof.id = presumed;
      proof.at = at;
      proof.inputs = {{*input, parent}};
      for (const std::size_t v : followers_[graph_.operators[op].vertex]) {
        for (ProofInput& used : head(v).inputs) {
          if (used.id == presumed) {
            used.op = op;
          }
        }
      }
    }
  }

  void conclude() {
    proofs_.every_source_has_uid = !graph_.vertices.empty();
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      const ChainVertex& vertex = graph_.vertices[v];
      OperatorProof& proof = head(v);
      if (!decided(v)) {
        if (decidable(v) && exhausted_[v]) {
          proof.origin = UidOrigin::has_uid_or_follows_one;
        } else {
          proof.reason = reason(v);
        }
      }
      if (vertex.node->inputs.empty() && proof.origin != UidOrigin::has_uid) {
        proofs_.every_source_has_uid = false;
      }
    }
    proofs_.any_automatic = std::ranges::any_of(proofs_.operators, [](const OperatorProof& proof) {
      return proof.origin == UidOrigin::automatic;
    });
  }

  [[nodiscard]] std::string reason(std::size_t v) const {
    const ChainVertex& vertex = graph_.vertices[v];
    if (!vertex.obstacle.empty()) {
      return vertex.obstacle;
    }
    if (vertex.hidden_sources) {
      return "it has sources chained into it, whose ids go into its own and show nowhere";
    }
    for (const std::size_t input : vertex.inputs) {
      if (!graph_.vertices[input].obstacle.empty()) {
        return "the vertex before it cannot be read: " + graph_.vertices[input].obstacle;
      }
    }
    return fmt::format(
        "chained operators before it show no id, and not all that they could have were tried "
        "({} positions, up to {} operators in a row, {} thousand sums for a job)",
        proofs_.positions, longest_way, steps_ / 1'000);
  }

  std::uint64_t steps_;
  std::uint64_t steps_left_;
  const model::UidTable& words_;
  UidProofs proofs_;
  const OperatorGraph& graph_;
  PositionSearch search_;
  std::optional<UidGuesses> guesses_;
  std::vector<std::size_t> order_;                   ///< vertices, inputs first
  std::vector<std::vector<std::size_t>> followers_;  ///< by vertex: those that it is an input of
  std::vector<std::vector<OperatorId>> nameless_;    ///< by vertex: ids of which of its operators?
  std::vector<bool> exhausted_;                      ///< by vertex: no shape is left to try
  std::vector<std::uint32_t> likely_;                ///< by operator; empty: nothing is supposed
  bool progress_ = false;
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

std::string formula(const OperatorProof& proof) {
  std::string inputs;
  for (const ProofInput& input : proof.inputs) {
    inputs += (inputs.empty() ? ", input " : ", ") + short_hex(input.id);
  }
  return fmt::format("auto({}{})", to_text(proof.at), inputs);
}

}  // namespace auditor::checks
