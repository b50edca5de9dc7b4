#include "checks/operator-uids/uid_knowledge.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <tuple>
#include <utility>

namespace auditor::checks {

namespace {

/// Positions beyond those of the operators that are known of.
constexpr std::size_t spare_positions = 8;

std::uint32_t positions(const OperatorGraph& graph) {
  return static_cast<std::uint32_t>(graph.most_operators + graph.hidden_sources + spare_positions);
}

std::uint32_t sources(const OperatorGraph& graph) {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      graph.vertices, [](const ChainVertex& v) { return v.node->inputs.empty(); }));
}

/// No more operators than this can wait for their ids at one time: of a chain without branches one,
/// for each goes into the queue when the one before it leaves it.
std::uint32_t most_waiting(const OperatorGraph& graph) {
  return static_cast<std::uint32_t>(graph.hidden_sources + graph.most_leaves);
}

}  // namespace

OperatorProof automatic_proof(const Position& at, const OperatorId& id, const ProofInput& input) {
  OperatorProof proof;
  proof.origin = UidOrigin::automatic;
  proof.id = id;
  proof.at = at;
  proof.inputs = {input};
  return proof;
}

UidKnowledge::UidKnowledge(const model::JobDetails& job)
    : proofs_{.graph = read_operator_graph(job), .operators = {}},
      search_(positions(graph()), sources(graph()), most_waiting(graph())),
      followers_(graph().vertices.size()),
      nameless_(graph().vertices.size()),
      exhausted_(graph().vertices.size()) {
  proofs_.positions = search_.count();
  proofs_.operators.resize(graph().operators.size());
  for (std::size_t v = 0; v < graph().vertices.size(); ++v) {
    if (readable(v)) {
      head(v).id = vertex(v).id;
    }
    for (const std::size_t input : vertex(v).inputs) {
      followers_[input].push_back(v);
    }
  }
}

std::optional<std::uint32_t> UidKnowledge::position(std::size_t op) const {
  const OperatorProof& proof = proofs_.operators[op];
  return proof.origin == UidOrigin::automatic && !proof.swapped ? std::optional(proof.at.position)
                                                                : std::nullopt;
}

bool UidKnowledge::decidable(std::size_t v) const {
  return readable(v) && !vertex(v).hidden_sources && !decided(v) &&
         std::ranges::all_of(vertex(v).inputs,
                             [this](std::size_t input) { return readable(input); });
}

bool UidKnowledge::all_decided() const {
  return std::ranges::none_of(std::views::iota(std::size_t{0}, graph().vertices.size()),
                              [this](std::size_t v) { return decidable(v); });
}

bool UidKnowledge::all_automatic() const {
  return std::ranges::all_of(
      std::views::iota(std::size_t{0}, graph().vertices.size()),
      [this](std::size_t v) { return head(v).origin == UidOrigin::automatic; });
}

bool UidKnowledge::closed(std::size_t v) const {
  std::size_t count = nameless_[v].size();
  for (std::size_t op = vertex(v).first; op < vertex(v).last(); ++op) {
    count += known(op) ? 1U : 0U;
  }
  return vertex(v).certain && !vertex(v).hidden_sources && count == vertex(v).size;
}

std::optional<std::size_t> UidKnowledge::only_unknown(std::size_t v) const {
  std::optional<std::size_t> only;
  std::size_t unknown = 0;
  for (std::size_t op = vertex(v).first; op < vertex(v).last(); ++op) {
    if (!known(op)) {
      ++unknown;
      only = op;
    }
  }
  return unknown == 1 && vertex(v).certain && nameless_[v].empty() ? only : std::nullopt;
}

bool UidKnowledge::is_known_in(std::size_t v, const OperatorId& id) const {
  const auto first = proofs_.operators.begin() + static_cast<std::ptrdiff_t>(vertex(v).first);
  return std::ranges::find(nameless_[v], id) != nameless_[v].end() ||
         std::any_of(first, first + static_cast<std::ptrdiff_t>(vertex(v).size),
                     [&id](const OperatorProof& proof) { return proof.id == id; });
}

std::optional<Position> UidKnowledge::position_of(std::size_t v, const IdBits& term) {
  if (const auto at = search_.find_any(term, outputs_of_head(v))) {
    return at;
  }
  for (std::size_t more = 0; !vertex(v).certain && more < vertex(v).size; ++more) {
    if (const auto at = search_.find(term, more)) {
      return at;
    }
  }
  return std::nullopt;
}

std::optional<Way> UidKnowledge::way_to(std::size_t op, std::size_t longest) const {
  Way way;
  while (!known(op)) {
    if (way.operators.size() == longest) {
      return std::nullopt;
    }
    way.operators.push_back(op);
    op = graph().operators[op].parent;
  }
  std::ranges::reverse(way.operators);
  way.from = op;
  return way;
}

std::vector<std::size_t> UidKnowledge::outputs_on(const Way& way) const {
  std::vector<std::size_t> counts;
  counts.reserve(way.operators.size() + 1);
  for (const std::size_t op : way.operators) {
    counts.push_back(outputs(op));
  }
  return counts;
}

/// The operators from `way.from` on that the ids can belong to, one row for each branch of the
/// chain that has the shape of the way and no other id where one is known.
std::vector<std::vector<std::size_t>> UidKnowledge::branches_like(
    const Way& way, const std::vector<OperatorId>& ids) const {
  const ChainVertex& chain = vertex(graph().operators[way.from].vertex);
  const std::size_t length = way.operators.size();
  const std::size_t depth = graph().operators[way.from].depth + length;
  std::vector<std::vector<std::size_t>> branches;
  for (std::size_t last = chain.first; last < chain.last(); ++last) {
    if (graph().operators[last].depth != depth) {
      continue;
    }
    std::vector<std::size_t> branch(length);
    std::size_t op = last;
    bool like = true;
    for (std::size_t i = length; like && i-- > 0; op = graph().operators[op].parent) {
      branch[i] = op;
      like = outputs(op) == outputs(way.operators[i]) && (!known(op) || id(op) == bits_of(ids[i]));
    }
    if (!like || op != way.from) {
      continue;
    }
    if (known(last)) {
      return {branch};  // it has the very id
    }
    branches.push_back(std::move(branch));
  }
  return branches;
}

std::optional<std::size_t> UidKnowledge::take_way(const Way& way) {
  if (way.operators.empty()) {
    return way.from;
  }
  const std::size_t length = way.operators.size();
  std::vector<OperatorId> ids;
  OperatorId input = *proofs_.operators[way.from].id;
  for (std::size_t i = 0; i < length; ++i) {
    const std::array<OperatorId, 1> inputs{input};
    input = automatic_id({way.positions[i], outputs(way.operators[i])}, inputs);
    ids.push_back(input);
  }
  const auto branches = branches_like(way, ids);
  const std::vector<std::size_t> branch = branches.empty() ? way.operators : branches.front();
  std::size_t told = branches.empty() ? 0 : length;
  for (const auto& other : branches) {
    const auto differ = std::ranges::mismatch(branch, other);
    told = std::min(told, static_cast<std::size_t>(differ.in1 - branch.begin()));
  }
  std::size_t before = way.from;
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t op = branch[i];
    if (i >= told) {
      take_nameless(graph().operators[way.from].vertex, ids[i]);
    } else if (!known(op)) {
      const Position at{way.positions[i], outputs(op)};
      if (const auto parent = position(before)) {
        search_.learn(*parent, at.position);
      }
      take_hidden(op, automatic_proof(at, ids[i], {*proofs_.operators[before].id, before}));
    }
    before = op;
  }
  return told == length ? std::optional(branch.back()) : std::nullopt;
}

/// A name does not tell which chained operator has the UID: it may be another's name. Only where
/// one operator is left is it known.
std::optional<std::size_t> UidKnowledge::take_uid(std::size_t v, const std::string& uid) {
  const OperatorId found = id_of_uid(uid);
  for (std::size_t op = vertex(v).first; op < vertex(v).last(); ++op) {
    if (proofs_.operators[op].id == found) {
      return op;
    }
  }
  const auto op = only_unknown(v);
  if (!op) {
    take_nameless(v, found);
    return std::nullopt;
  }
  OperatorProof proof;
  proof.origin = UidOrigin::has_uid;
  proof.id = found;
  proof.uid = uid;
  take_hidden(*op, std::move(proof));
  return op;
}

void UidKnowledge::take_nameless(std::size_t v, const OperatorId& found) {
  if (!is_known_in(v, found)) {
    nameless_[v].push_back(found);
    learnt_of(v);
  }
}

void UidKnowledge::take_hidden(std::size_t op, OperatorProof proof) {
  const std::size_t v = graph().operators[op].vertex;
  std::erase(nameless_[v], *proof.id);
  if (proof.origin == UidOrigin::automatic) {
    search_.take(proof.at.position);
  }
  proofs_.operators[op] = std::move(proof);
  learnt_of(v);
}

void UidKnowledge::take_automatic(std::size_t v, const Position& at,
                                  std::vector<ProofInput> inputs) {
  if (inputs.size() == 1 && inputs.front().op) {
    if (const auto parent = position(*inputs.front().op)) {
      search_.learn(*parent, at.position);
    }
  }
  head(v).origin = UidOrigin::automatic;
  head(v).at = at;
  head(v).inputs = std::move(inputs);
  search_.take(at.position);
  learnt_of(v);
}

void UidKnowledge::take_siblings(std::size_t one, const Position& at, std::size_t other,
                                 const Position& other_at) {
  for (const auto& [v, sibling, own, others] :
       {std::tuple{one, other, at, other_at}, std::tuple{other, one, other_at, at}}) {
    if (!decided(v)) {
      head(v).origin = UidOrigin::automatic;
      head(v).at = own;
      head(v).sibling = vertex(sibling).first;
      head(v).swapped = others;
      learnt_of(v);
    }
  }
}

void UidKnowledge::take_has_uid(std::size_t v, const std::string* uid) {
  head(v).origin = UidOrigin::has_uid;
  head(v).uid = uid == nullptr ? "" : *uid;
  learnt_of(v);
}

bool UidKnowledge::take_progress() {
  return std::exchange(progress_, false);
}

void UidKnowledge::learnt_of(std::size_t v) {
  progress_ = true;
  for (const std::size_t follower : followers_[v]) {
    exhausted_[follower] = false;
  }
}

}  // namespace auditor::checks
