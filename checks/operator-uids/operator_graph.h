#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "checks/operator-uids/operator_ids.h"
#include "model/flink.h"

namespace auditor::checks {

/// One operator of a job, as the plan's descriptions show it.
struct Operator {
  std::string name;
  std::size_t vertex = 0;            ///< in `OperatorGraph::vertices`
  std::size_t parent = 0;            ///< the operator that it is chained to; itself for a head
  std::size_t depth = 0;             ///< 0 for a head
  std::vector<std::size_t> outputs;  ///< the operators chained to it, in edge order

  [[nodiscard]] bool is_head() const { return depth == 0; }
};

/// Flink's own vertices at both ends of an iteration, which take no UID.
bool is_iteration_end(std::string_view vertex_name);

/// One vertex of the plan: a chain of operators.
struct ChainVertex {
  const model::PlanNode* node = nullptr;
  const model::JobVertex* vertex = nullptr;  ///< nullptr where `/vertices` lacks it
  OperatorId id{};
  std::size_t first = 0;            ///< its head, in `OperatorGraph::operators`
  std::size_t size = 0;             ///< its operators stand one after the other
  std::vector<std::size_t> inputs;  ///< in `OperatorGraph::vertices`, in the plan's order
  /// Its description can be read in one way only.
  bool certain = true;
  /// It has sources chained into it ("Op [Source: a]"), whose ids go into its own and show nowhere.
  bool hidden_sources = false;
  /// Why neither it nor what follows from it can be decided; empty for none.
  std::string obstacle;

  [[nodiscard]] std::size_t last() const { return first + size; }
};

/// All operators of a job with the edges that REST shows: those inside the chains, and between
/// vertices the vertex that an edge comes from, but not the operator of it.
struct OperatorGraph {
  std::vector<Operator> operators;
  std::vector<ChainVertex> vertices;  ///< in the plan's order
  /// No fewer than the job has, also where descriptions may be misread.
  std::size_t most_operators = 0;
  /// No fewer than the ends of its chains, likewise.
  std::size_t most_leaves = 0;
  /// Sources that are chained into other operators: they have no line in any description.
  std::size_t hidden_sources = 0;
  /// The plan is too large to be searched; no vertex has operators.
  bool too_large = false;
};

/// More operators than any job has: what lies beyond is not searched.
inline constexpr std::size_t most_operators_searched = 5'000;

OperatorGraph read_operator_graph(const model::JobDetails& job);

/// Vertices so that each comes after its inputs, those of a cycle (no plan of Flink has one) last.
std::vector<std::size_t> topological_order(const OperatorGraph& graph);

}  // namespace auditor::checks
