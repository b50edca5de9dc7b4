#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/flink.h"

namespace auditor::model {

/// What a subtask's part of a checkpoint consists of, in the order of time. `rest`: what Flink does
/// not account for, such as a flush before the barrier.
enum class CheckpointPhase { start_delay, alignment, sync, async, rest };
inline constexpr std::array<CheckpointPhase, 5> all_checkpoint_phases{
    CheckpointPhase::start_delay, CheckpointPhase::alignment, CheckpointPhase::sync,
    CheckpointPhase::async, CheckpointPhase::rest};

/// "start delay", "alignment", "synchronous part", "asynchronous part", "rest".
std::string_view to_text(CheckpointPhase phase);

/// What a checkpoint waited for last: the last subtask to acknowledge, of the vertex that took
/// longest.
struct CriticalPath {
  std::string vertex_name;
  std::string task_manager;  ///< where it runs; empty: not known
  std::string host;
  SubtaskState::Times times;
  friend bool operator==(const CriticalPath&, const CriticalPath&) = default;

  [[nodiscard]] milliseconds of(CheckpointPhase phase) const;
  /// The one that took longest.
  [[nodiscard]] CheckpointPhase longest() const;
};

/// From the subtasks of that vertex in that checkpoint; nullopt where Flink does not tell.
std::optional<CriticalPath> critical_path(const JobDetails& job,
                                          const SubtaskState::Vertex& vertex);

/// The same from all vertices that were looked at in the checkpoint.
std::optional<CriticalPath> critical_path(const JobDetails& job, const SubtaskState& state,
                                          std::int64_t checkpoint);

/// What the paths of several checkpoints have in common.
struct CriticalSummary {
  std::size_t checkpoints = 0;
  CheckpointPhase phase = CheckpointPhase::async;  ///< that took most of their time
  double share = 0;                                ///< of their durations; 0 to 1
  std::string vertex_name;                         ///< the one that was last most often
  std::size_t vertex_times = 0;
  std::size_t subtask = 0;  ///< the one of that vertex that was last most often
  std::size_t subtask_times = 0;
  std::string host;  ///< on which the last one ran most often; empty: not known
  std::size_t host_times = 0;
};
/// nullopt for no paths.
std::optional<CriticalSummary> summarize(std::span<const CriticalPath> paths);

}  // namespace auditor::model
