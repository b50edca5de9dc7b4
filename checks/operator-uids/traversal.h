#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "checks/operator-uids/operator_graph.h"

namespace auditor::checks {

/// The operator of a chain that its network edges start at, which REST leaves open.
enum class EdgeOrigin { last_leaf, first_leaf, head };

inline constexpr std::uint32_t not_reached = std::numeric_limits<std::uint32_t>::max();

/// The operator of `vertex` that the guess takes its outgoing network edges to start at.
std::size_t edge_origin(const OperatorGraph& graph, std::size_t vertex, EdgeOrigin guess);

/// The position of each operator, were the graph as guessed: Flink gives the ids breadth first from
/// the sources on (StreamGraphHasherV2.traverseStreamGraphAndGenerateHashes). Operators with a UID
/// get theirs at once, others when all their inputs have one. `origins` holds, for each vertex, the
/// operator that each of its inputs comes from.
std::vector<std::uint32_t> traverse(const OperatorGraph& graph,
                                    const std::vector<std::vector<std::size_t>>& origins,
                                    const std::vector<bool>& has_uid, bool chained_edges_first);

}  // namespace auditor::checks
