#pragma once

#include <string>
#include <vector>

#include "model/critical_path.h"
#include "model/snapshot.h"

namespace auditor::cli {

/// One checkpoint of the autopsy, and what it waited for.
struct CheckpointAutopsy {
  const model::Checkpoint* checkpoint = nullptr;
  std::optional<model::CriticalPath> path;  ///< nullopt: not known
};

/// The checkpoints of a job, newest first.
struct JobAutopsy {
  const model::JobSnapshot* job = nullptr;
  std::vector<CheckpointAutopsy> checkpoints;
  std::optional<model::CriticalSummary> summary;  ///< of the completed ones, savepoints aside
};

/// Of each job that was looked at (`Budget::checkpoints_in_detail`). It points into the snapshot.
std::vector<JobAutopsy> dissect(const model::Snapshot& snapshot);

/// For a terminal of 80 columns.
std::string autopsy_as_text(const std::vector<JobAutopsy>& jobs);

/// Schema flink-auditor/checkpoints/1; durations in milliseconds, sizes in bytes.
std::string autopsy_as_json(const std::vector<JobAutopsy>& jobs);

}  // namespace auditor::cli
