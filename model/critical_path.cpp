#include "model/critical_path.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace auditor::model {

namespace {

/// The most frequent one; of equals the first in their order.
template <class Key>
std::pair<Key, std::size_t> most(const std::map<Key, std::size_t>& counts) {
  const auto found =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return found == counts.end() ? std::pair<Key, std::size_t>{}
                               : std::pair(found->first, found->second);
}

}  // namespace

std::string_view to_text(CheckpointPhase phase) {
  constexpr std::array<std::string_view, 5> names{"start delay", "alignment", "synchronous part",
                                                  "asynchronous part", "rest"};
  return names.at(static_cast<std::size_t>(phase));
}

milliseconds CriticalPath::of(CheckpointPhase phase) const {
  constexpr milliseconds none{0};
  switch (phase) {
    case CheckpointPhase::start_delay:
      return times.start_delay.value_or(none);
    case CheckpointPhase::alignment:
      return times.alignment.value_or(none);
    case CheckpointPhase::sync:
      return times.sync.value_or(none);
    case CheckpointPhase::async:
      return times.async.value_or(none);
    case CheckpointPhase::rest:
      break;
  }
  const milliseconds told = times.start_delay.value_or(none) + times.alignment.value_or(none) +
                            times.sync.value_or(none) + times.async.value_or(none);
  return std::max(times.whole - told, none);
}

CheckpointPhase CriticalPath::longest() const {
  return *std::ranges::max_element(all_checkpoint_phases, {},
                                   [this](CheckpointPhase phase) { return of(phase); });
}

std::optional<CriticalPath> critical_path(const JobDetails& job,
                                          const SubtaskState::Vertex& vertex) {
  if (!vertex.last) {
    return std::nullopt;
  }
  CriticalPath path;
  const JobVertex* const known = job.vertex(vertex.id);
  path.vertex_name = known == nullptr ? vertex.id.value.view() : known->name;
  path.times = *vertex.last;
  if (const auto* const place = vertex.place(vertex.last->subtask)) {
    path.task_manager = place->task_manager;
    path.host = place->host;
  }
  return path;
}

std::optional<CriticalPath> critical_path(const JobDetails& job, const SubtaskState& state,
                                          std::int64_t checkpoint) {
  const SubtaskState::Vertex* slowest = nullptr;
  for (const SubtaskState::Vertex& vertex : state.vertices) {
    if (vertex.checkpoint_id == checkpoint && vertex.last &&
        (slowest == nullptr || vertex.last->whole > slowest->last->whole)) {
      slowest = &vertex;
    }
  }
  return slowest == nullptr ? std::nullopt : critical_path(job, *slowest);
}

std::optional<CriticalSummary> summarize(std::span<const CriticalPath> paths) {
  if (paths.empty()) {
    return std::nullopt;
  }
  CriticalSummary summary;
  summary.checkpoints = paths.size();
  std::map<CheckpointPhase, milliseconds> by_phase;
  std::map<std::string, std::size_t> vertices;
  std::map<std::string, std::size_t> hosts;
  milliseconds all{0};
  for (const CriticalPath& path : paths) {
    all += path.times.whole;
    for (const CheckpointPhase phase : all_checkpoint_phases) {
      by_phase[phase] += path.of(phase);
    }
    ++vertices[path.vertex_name];
    if (!path.host.empty()) {
      ++hosts[path.host];
    }
  }
  const auto longest =
      std::ranges::max_element(by_phase, {}, [](const auto& entry) { return entry.second; });
  summary.phase = longest->first;
  summary.share = all.count() == 0 ? 0
                                   : static_cast<double>(longest->second.count()) /
                                         static_cast<double>(all.count());
  std::tie(summary.vertex_name, summary.vertex_times) = most(vertices);
  std::map<std::size_t, std::size_t> subtasks;
  for (const CriticalPath& path : paths) {
    if (path.vertex_name == summary.vertex_name) {
      ++subtasks[path.times.subtask];
    }
  }
  std::tie(summary.subtask, summary.subtask_times) = most(subtasks);
  std::tie(summary.host, summary.host_times) = most(hosts);
  return summary;
}

}  // namespace auditor::model
