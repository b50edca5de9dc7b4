#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"
#include "model/flink.h"

/// Which checkpoints, vertices and subtasks are worth a request of their own.
namespace auditor::collectors {

/// The completed checkpoint whose details tell how they usually are; nullptr where none completed.
const model::Checkpoint* completed_to_look_at(const model::CheckpointStatistics& checkpoints);

/// The newest that expired, where several have since one completed; else the oldest in progress, if
/// it takes three times as long as others already; nullptr where there is neither. `now` is the
/// JobManager's.
const model::Checkpoint* unfinished_to_look_at(const model::CheckpointStatistics& checkpoints,
                                               std::optional<base::Timestamp> now);

/// The first vertex of the plan's order with subtasks that have not acknowledged: what is behind it
/// waits for its barriers. nullptr where there is none.
const model::JobVertex* first_waiting(const model::JobDetails& job,
                                      const model::CheckpointDetails& details);

/// What the vertex took of the checkpoint's time, if that is worth a look; else 0.
std::chrono::milliseconds slow_duration(const model::VertexState& vertex);

/// The subtasks with the longest phases, as far as these are worth a look.
std::vector<std::size_t> slow_subtasks(const model::SubtaskState::Vertex& vertex);

}  // namespace auditor::collectors
