#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/cluster_history.h"
#include "model/history.h"
#include "model/snapshot.h"

/// What the page draws of a job beside its verdicts, as the API's documents have it
/// (web/openapi.json).
namespace auditor::report {

/// What the subtasks of a vertex do, as shares of their time, 0 to 1.
struct VertexShares {
  std::optional<double> busy;
  double backpressured = 0;
};
using JobShares = std::map<model::JobVertexId, VertexShares>;

/// Of each job whose vertices were measured.
std::map<model::JobId, JobShares> shares_of(const model::Snapshot& snapshot,
                                            const model::ClusterHistory& history);

/// `JobGraph`; without a job it is empty.
nlohmann::ordered_json graph_json(const model::JobSnapshot* job, const JobShares& shares);

/// `Checkpoint`.
nlohmann::ordered_json checkpoint_json(const model::CheckpointRecord& checkpoint);

/// What the completed checkpoints waited for: `CheckpointSummary`, or null where that of none is
/// known. Savepoints do not count.
nlohmann::ordered_json summary_json(std::span<const model::CheckpointRecord> checkpoints);

/// Of each job by its id {"graph", "checkpoints", "checkpoint_summary"}: what Flink remembers.
std::string drawings_json(const model::Snapshot& snapshot,
                          const std::map<model::JobId, JobShares>& shares);

}  // namespace auditor::report
