#include "checks/operator-uids/input_mixing.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "checks/operator-uids/traversal.h"

namespace auditor::checks {

namespace {

/// All orders of so many inputs are tried: 720.
constexpr std::size_t most_inputs_permuted = 6;
constexpr std::size_t most_candidates = 20'000;
constexpr std::size_t most_likely = 2'000;
constexpr std::size_t most_words_per_input = 2'000;
static_assert(most_operators_searched < 0xFF00, "Candidate::positions are short");

std::uint64_t combinations(const InputMixing::Lists& lists) {
  std::uint64_t product = 1;
  for (const auto& list : lists) {
    product = std::min(product * list.size(), most_uid_steps);
  }
  return product;
}

}  // namespace

InputMixing::Lists InputMixing::known(std::size_t v) {
  const std::vector<std::size_t>& inputs = facts_.vertex(v).inputs;
  Lists lists(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    add_known(inputs[i], lists[i]);
    if (!likely_.empty()) {
      const bool guess = facts_.guesses() != nullptr && inputs.size() == 1;
      add_likely(facts_.vertex(inputs[i]), guess, lists[i]);
    }
  }
  return lists;
}

InputMixing::Lists InputMixing::searched(std::size_t v, Allowance& allowance) {
  const std::vector<std::size_t>& inputs = facts_.vertex(v).inputs;
  Lists lists(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    add_known(inputs[i], lists[i]);
    add_searched(inputs[i], lists[i], allowance);
  }
  return lists;
}

void InputMixing::add_known(std::size_t v, std::vector<Candidate>& list) const {
  const ChainVertex& vertex = facts_.vertex(v);
  for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
    if (facts_.known(op)) {
      list.push_back({.id = facts_.id(op), .op = static_cast<std::uint32_t>(op)});
    }
  }
  for (const OperatorId& found : facts_.nameless(v)) {
    list.push_back({.id = bits_of(found)});
  }
}

/// The ids that a vertex' operators have if the traversal is right: those without a UID that
/// follow a known id, or (where `guess`) one whose UID its name tells.
void InputMixing::add_likely(const ChainVertex& vertex, bool guess, std::vector<Candidate>& list) {
  std::vector<std::vector<Candidate>> of(vertex.size);
  for (auto op = static_cast<std::uint32_t>(vertex.first); op < vertex.last(); ++op) {
    std::vector<Candidate>& own = of[op - vertex.first];
    const std::uint32_t at = likely_[op];
    if (facts_.known(op)) {
      own.push_back({.id = facts_.id(op), .op = op, .from = op, .kind = Candidate::Kind::likely});
      continue;
    }
    if (at != not_reached && !facts_.search().is_taken(at)) {
      const IdBits term = facts_.search().term({at, facts_.outputs(op)});
      for (Candidate before : of[facts_.graph().operators[op].parent - vertex.first]) {
        before.id = before.id ^ term;
        before.op = op;
        own.push_back(before);
      }
    }
    if (guess && list.size() + own.size() < most_likely) {
      for (const OperatorId& guessed : facts_.guesses()->of(op)) {
        own.push_back({.id = bits_of(guessed),
                       .uid = facts_.guesses()->find(guessed),
                       .op = op,
                       .from = op,
                       .kind = Candidate::Kind::likely});
      }
    }
    list.insert(list.end(), own.begin(), own.end());
  }
}

void InputMixing::add_searched(std::size_t v, std::vector<Candidate>& list, Allowance& allowance) {
  const ChainVertex& vertex = facts_.vertex(v);
  const model::UidTable& words = facts_.guesses()->words();
  bool open = false;
  for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
    if (facts_.known(op)) {
      continue;
    }
    open = true;
    for (const OperatorId& guess : facts_.guesses()->of(op)) {
      if (list.size() < most_candidates) {
        list.push_back({.id = bits_of(guess),
                        .uid = facts_.guesses()->find(guess),
                        .kind = Candidate::Kind::uid});
      }
    }
  }
  if (open && words.entries().size() <= most_words_per_input) {
    for (const model::UidTable::Entry& word : words.entries()) {
      list.push_back({.id = bits_of(word.id), .uid = &word.uid, .kind = Candidate::Kind::uid});
    }
  }
  for (const Way& way : distinct_ways(v, allowance)) {
    const IdBits start = facts_.id(way.from);
    Candidate candidate{.id = {},
                        .op = static_cast<std::uint32_t>(way.operators.back()),
                        .from = static_cast<std::uint32_t>(way.from),
                        .kind = Candidate::Kind::searched};
    facts_.search().each_path(facts_.outputs_on(way), facts_.position(way.from), allowance,
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

std::vector<Way> InputMixing::distinct_ways(std::size_t v, Allowance& allowance) const {
  const ChainVertex& vertex = facts_.vertex(v);
  std::vector<Way> ways;
  std::set<std::pair<std::size_t, std::vector<std::size_t>>> shapes;
  const std::uint64_t cost = vertex.size * longest_way;
  if (allowance.steps < cost) {
    allowance = {0, false};
    return ways;
  }
  allowance.steps -= cost;
  for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
    if (facts_.known(op)) {
      continue;
    }
    auto way = facts_.way_to(op);
    if (!way) {
      allowance.complete = false;
      continue;
    }
    if (shapes.emplace(way->from, facts_.outputs_on(*way)).second) {
      ways.push_back(std::move(*way));
    }
  }
  std::ranges::stable_sort(
      ways, [](const Way& a, const Way& b) { return a.operators.size() < b.operators.size(); });
  return ways;
}

bool InputMixing::mix(std::size_t v, const Lists& lists, bool any_outputs, Allowance& allowance) {
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

bool InputMixing::worth_a_table(const Lists& lists) const {
  constexpr std::uint64_t largest = 300'000;
  const std::uint64_t longer = std::max(lists[0].size(), lists[1].size());
  const std::uint64_t shorter = std::min(lists[0].size(), lists[1].size());
  return longer * facts_.search().count() <= largest &&
         shorter > 4 * std::uint64_t{facts_.search().count()};
}

bool InputMixing::mix_in_order(std::size_t v, const Lists& lists,
                               const std::vector<std::size_t>& order, bool any_outputs,
                               Allowance& allowance) {
  const std::size_t count = order.size();
  std::vector<std::size_t> chosen(count, 0);
  std::vector<IdBits> rest(count + 1);
  rest[count] = bits_of(facts_.vertex(v).id);
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
    const std::size_t own = facts_.outputs_of_head(v);
    const auto found =
        any_outputs ? facts_.position_of(v, without) : facts_.search().find(without, own);
    if (found && accept(v, lists, order, chosen, *found)) {
      return true;
    }
    ++chosen[at];
  }
}

/// Takes up a mix that gives the id. False where its positions do not rise: terms commute, so
/// that the sum is another way's.
bool InputMixing::accept(std::size_t v, const Lists& lists, const std::vector<std::size_t>& order,
                         const std::vector<std::size_t>& chosen, const Position& at) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Candidate& used = lists[order[i]][chosen[i]];
    if (used.from != Candidate::nowhere && used.op != used.from &&
        way_of(used).positions.back() >= at.position) {
      return false;
    }
  }
  std::vector<ProofInput> inputs;
  const std::vector<std::size_t>& vertices = facts_.vertex(v).inputs;
  const bool one_vertex =
      std::ranges::all_of(vertices, [&](std::size_t u) { return u == vertices.front(); });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Candidate& used = lists[order[i]][chosen[i]];
    const OperatorId mixed = id_of(used.id);
    // A UID may be of an operator of another input: it is mixed in, and that is all that is known.
    const bool whose = used.uid == nullptr || one_vertex;
    inputs.push_back({mixed, whose ? take(used, vertices[order[i]]) : std::nullopt});
  }
  facts_.take_automatic(v, at, std::move(inputs));
  return true;
}

/// The same as `mix_in_order` where both lists of a vertex with two inputs are long: the sums of
/// the first with all positions meet those of the second.
bool InputMixing::meet_in_order(std::size_t v, const Lists& lists,
                                const std::vector<std::size_t>& order, Allowance& allowance) {
  const std::size_t own = facts_.outputs_of_head(v);
  const auto& first = lists[order[0]];
  const auto& second = lists[order[1]];
  constexpr unsigned bits_of_position = 20;
  const std::uint64_t cost = first.size() * facts_.search().count() + second.size();
  if (allowance.steps < cost) {
    allowance.complete = false;
    return false;
  }
  allowance.steps -= cost;
  SumTable table(first.size() * facts_.search().count());
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (std::uint32_t p = 0; p < facts_.search().count(); ++p) {
      table.add(first[i].id ^ facts_.search().term({p, own}), i << bits_of_position | p);
    }
  }
  const IdBits target = bits_of(facts_.vertex(v).id);
  for (std::size_t j = 0; j < second.size(); ++j) {
    const IdBits rest = unscaled(target ^ second[j].id);
    const auto hit = table.find(rest, [&](std::uint64_t origin) {
      const std::size_t i = origin >> bits_of_position;
      const Position at{static_cast<std::uint32_t>(origin - (i << bits_of_position)), own};
      return (first[i].id ^ facts_.search().term(at)) == rest &&
             accept(v, lists, order, {i, j}, at);
    });
    if (hit) {
      return true;
    }
  }
  return false;
}

std::optional<std::size_t> InputMixing::take(const Candidate& candidate, std::size_t v) {
  switch (candidate.kind) {
    case Candidate::Kind::known:
      return candidate.op == Candidate::nowhere ? std::nullopt
                                                : std::optional<std::size_t>(candidate.op);
    case Candidate::Kind::uid:
      return facts_.take_uid(v, *candidate.uid);
    case Candidate::Kind::likely:
    case Candidate::Kind::searched:
      break;
  }
  if (candidate.uid != nullptr && facts_.take_uid(v, *candidate.uid) != candidate.from) {
    facts_.take_nameless(v, id_of(candidate.id));  // the same UID fits another operator as well
    return std::nullopt;
  }
  return facts_.take_way(way_of(candidate));
}

/// The chained operators from the one whose id is known, or will be, to the candidate's.
Way InputMixing::way_of(const Candidate& candidate) const {
  Way way{.from = candidate.from, .operators = {}, .positions = {}};
  for (std::size_t op = candidate.op; op != candidate.from;
       op = facts_.graph().operators[op].parent) {
    way.operators.push_back(op);
  }
  std::ranges::reverse(way.operators);
  for (std::size_t i = 0; i < way.operators.size(); ++i) {
    way.positions.push_back(candidate.kind == Candidate::Kind::likely ? likely_[way.operators[i]]
                                                                      : candidate.positions[i]);
  }
  return way;
}

}  // namespace auditor::checks
