#pragma once

#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "checks/flow/flow.h"
#include "model/history.h"
#include "model/snapshot.h"

/// What the page draws of a job beside its verdicts, as the API's documents have it
/// (web/openapi.json).
namespace auditor::report {

/// `JobGraph`; without a job it is empty. `flow` is the job's, of the same snapshot.
nlohmann::ordered_json graph_json(const model::JobSnapshot* job, const checks::FlowWindows& flow);

/// `Checkpoint`.
nlohmann::ordered_json checkpoint_json(const model::CheckpointRecord& checkpoint);

/// What the completed checkpoints waited for: `CheckpointSummary`, or null where that of none is
/// known. Savepoints do not count.
nlohmann::ordered_json summary_json(std::span<const model::CheckpointRecord> checkpoints);

/// Of each job by its id {"graph", "checkpoints", "checkpoint_summary"}: what Flink remembers.
/// `flows` as `checks::flow_windows` gives them, or empty.
std::string drawings_json(const model::Snapshot& snapshot,
                          std::span<const checks::FlowWindows> flows);

}  // namespace auditor::report
