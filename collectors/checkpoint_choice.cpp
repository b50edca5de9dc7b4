#include "collectors/checkpoint_choice.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace auditor::collectors {

namespace {

using std::chrono::milliseconds;

/// No check minds what is shorter.
constexpr milliseconds worth_a_look{1000};
/// Nor a last subtask that took less, whichever phase it was in.
constexpr milliseconds keeps_waiting{5000};
constexpr int times_the_median = 3;

milliseconds median_duration(const model::CheckpointStatistics& checkpoints) {
  std::vector<milliseconds> durations;
  for (const model::Checkpoint* checkpoint : checkpoints.completed()) {
    if (checkpoint->duration) {
      durations.push_back(*checkpoint->duration);
    }
  }
  if (durations.empty()) {
    return milliseconds(0);
  }
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::ranges::nth_element(durations, middle);
  return *middle;
}

}  // namespace

const model::Checkpoint* completed_to_look_at(const model::CheckpointStatistics& checkpoints) {
  const std::vector<const model::Checkpoint*> usual = checkpoints.usual();
  if (!usual.empty()) {
    return usual.front();
  }
  const std::vector<const model::Checkpoint*> completed = checkpoints.completed();
  return completed.empty() ? nullptr : completed.front();
}

const model::Checkpoint* unfinished_to_look_at(const model::CheckpointStatistics& checkpoints,
                                               std::optional<base::Timestamp> now) {
  const std::vector<const model::Checkpoint*> expired = checkpoints.expired();
  if (expired.size() >= 2) {
    return expired.front();
  }
  const model::Checkpoint* oldest = nullptr;
  for (const model::Checkpoint& checkpoint : checkpoints.history) {
    if (checkpoint.status == model::CheckpointStatus::in_progress && !checkpoint.is_savepoint &&
        checkpoint.triggered_at) {
      oldest = &checkpoint;  // the newest come first
    }
  }
  const bool long_since =
      oldest != nullptr && now &&
      *now - *oldest->triggered_at >=
          std::max(worth_a_look, times_the_median * median_duration(checkpoints));
  return long_since ? oldest : nullptr;
}

const model::JobVertex* first_waiting(const model::JobDetails& job,
                                      const model::CheckpointDetails& details) {
  for (const model::JobVertex& vertex : job.vertices) {
    const auto found = details.vertices.find(vertex.id);
    if (found != details.vertices.end() && found->second.acknowledged && found->second.subtasks &&
        *found->second.acknowledged < *found->second.subtasks) {
      return &vertex;
    }
  }
  return nullptr;
}

milliseconds slow_duration(const model::VertexState& vertex) {
  const milliseconds duration = vertex.duration.value_or(milliseconds(0));
  return duration >= worth_a_look ? duration : milliseconds(0);
}

std::vector<std::size_t> slow_subtasks(const model::SubtaskState::Vertex& vertex) {
  std::vector<std::size_t> slow;
  const std::array<std::pair<std::optional<milliseconds>, std::size_t>, 5> longest{
      {{vertex.longest_aligned_async, vertex.longest_aligned_async_index},
       {vertex.longest_sync, vertex.longest_sync_index},
       {vertex.longest_blocking_alignment, vertex.longest_blocking_alignment_index},
       {vertex.longest_start_delay, vertex.longest_start_delay_index},
       {vertex.longest_other, vertex.longest_other_index}}};
  if (vertex.last && vertex.last->whole >= keeps_waiting) {
    slow.push_back(vertex.last->subtask);
  }
  for (const auto& [duration, subtask] : longest) {
    if (duration && *duration >= worth_a_look && std::ranges::find(slow, subtask) == slow.end()) {
      slow.push_back(subtask);
    }
  }
  return slow;
}

}  // namespace auditor::collectors
