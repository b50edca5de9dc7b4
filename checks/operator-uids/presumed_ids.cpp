#include "checks/operator-uids/presumed_ids.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace auditor::checks {

namespace {

using Positions = std::vector<std::optional<std::uint32_t>>;  // by operator

/// Whether there is one operator for each position, and each head has its own proved.
bool can_be_counted(const UidKnowledge& facts) {
  return facts.all_automatic() &&
         std::ranges::all_of(facts.graph().vertices, [&facts](const ChainVertex& vertex) {
           return vertex.certain && !vertex.hidden_sources && facts.position(vertex.first) &&
                  !is_iteration_end(vertex.vertex->name);
         });
}

/// The operator without a position whose parent has the earliest one.
std::optional<std::size_t> next_in_queue(const OperatorGraph& graph, const Positions& positions) {
  std::optional<std::size_t> next;
  for (std::size_t op = 0; op < positions.size(); ++op) {
    const auto parent = positions[graph.operators[op].parent];
    if (!positions[op] && parent &&
        (!next || *parent < *positions[graph.operators[*next].parent])) {
      next = op;
    }
  }
  return next;
}

/// Gives the positions that are left; empty where they do not fit, for then the job is not what its
/// plan looks like.
Positions all_positions(const UidKnowledge& facts) {
  const OperatorGraph& graph = facts.graph();
  const std::size_t count = graph.operators.size();
  Positions positions(count);
  std::vector<bool> taken(count);
  for (std::size_t op = 0; op < count; ++op) {
    positions[op] = facts.position(op);
    if (positions[op]) {
      if (*positions[op] >= count || taken[*positions[op]]) {
        return {};
      }
      taken[*positions[op]] = true;
    }
  }
  for (std::uint32_t free = 0; free < count; ++free) {
    if (taken[free]) {
      continue;
    }
    const auto next = next_in_queue(graph, positions);
    if (!next || *positions[graph.operators[*next].parent] >= free) {
      return {};
    }
    positions[*next] = free;
  }
  return positions;
}

void presume(UidKnowledge& facts, std::size_t op, std::uint32_t position) {
  const OperatorGraph& graph = facts.graph();
  OperatorProof& proof = facts.proofs().operators[op];
  const std::size_t parent = graph.operators[op].parent;
  const OperatorProof& before = facts.proofs().operators[parent];
  const auto input = before.id ? before.id : before.id_without_uid;
  if (proof.id || !input) {
    return;
  }
  const Position at{position, facts.outputs(op)};
  const std::array<OperatorId, 1> inputs{*input};
  const OperatorId presumed = automatic_id(at, inputs);
  proof.id_without_uid = presumed;
  const std::size_t vertex = graph.operators[op].vertex;
  const std::vector<OperatorId>& nameless = facts.nameless(vertex);
  if (!before.id || std::ranges::find(nameless, presumed) == nameless.end()) {
    return;
  }
  // A vertex after it has this id for its input: now it is known whose it is.
  facts.take_hidden(op, automatic_proof(at, presumed, {*input, parent}));
  for (const std::size_t v : facts.followers(vertex)) {
    for (ProofInput& used : facts.head(v).inputs) {
      if (used.id == presumed) {
        used.op = op;
      }
    }
  }
}

}  // namespace

void presume_ids(UidKnowledge& facts) {
  if (!can_be_counted(facts)) {
    return;
  }
  const Positions positions = all_positions(facts);
  for (std::size_t op = 0; op < positions.size(); ++op) {
    presume(facts, op, *positions[op]);
  }
}

}  // namespace auditor::checks
