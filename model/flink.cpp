#include "model/flink.h"

#include <algorithm>
#include <array>

namespace auditor::model {

namespace {

// In the order of JobState.
constexpr std::array<std::string_view, 12> state_names{
    "INITIALIZING", "CREATED",  "RUNNING",    "FAILING",   "FAILED",      "CANCELLING",
    "CANCELED",     "FINISHED", "RESTARTING", "SUSPENDED", "RECONCILING", "UNKNOWN"};

}  // namespace

std::string_view to_text(JobState state) {
  return state_names.at(static_cast<std::size_t>(state));
}

JobState parse_job_state(std::string_view text) {
  const auto* const found = std::find(state_names.begin(), state_names.end() - 1, text);
  return static_cast<JobState>(found - state_names.begin());
}

bool is_terminal(JobState state) {
  return state == JobState::finished || state == JobState::canceled || state == JobState::failed;
}

const JobVertex* JobDetails::vertex(const JobVertexId& wanted) const {
  const auto found =
      std::ranges::find_if(vertices, [&wanted](const JobVertex& v) { return v.id == wanted; });
  return found == vertices.end() ? nullptr : &*found;
}

const PlanNode* JobDetails::node(const JobVertexId& wanted) const {
  const auto found =
      std::ranges::find_if(plan, [&wanted](const PlanNode& n) { return n.id == wanted; });
  return found == plan.end() ? nullptr : &*found;
}

bool Checkpoint::expired() const {
  // CheckpointFailureReason.CHECKPOINT_EXPIRED: "Checkpoint expired before completing."
  return status == CheckpointStatus::failed &&
         failure_message.text().find("expired") != std::string::npos;
}

std::vector<const Checkpoint*> CheckpointStatistics::completed() const {
  std::vector<const Checkpoint*> found;
  found.reserve(history.size());
  for (const Checkpoint& checkpoint : history) {
    if (checkpoint.status == CheckpointStatus::completed) {
      found.push_back(&checkpoint);
    }
  }
  return found;
}

std::vector<const Checkpoint*> CheckpointStatistics::usual() const {
  const std::optional<Timestamp> restored_at =
      latest_restored ? latest_restored->restored_at : std::nullopt;
  std::vector<const Checkpoint*> found = completed();
  std::erase_if(found, [](const Checkpoint* c) { return c->is_savepoint || !c->triggered_at; });
  if (restored_at) {
    // The newest come first: of those after the restore, the last one.
    const auto before = std::ranges::find_if(
        found, [&](const Checkpoint* c) { return *c->triggered_at < *restored_at; });
    if (before != found.begin()) {
      found.erase(std::prev(before));
    }
  }
  return found;
}

std::vector<const Checkpoint*> CheckpointStatistics::expired() const {
  std::vector<const Checkpoint*> found;
  for (const Checkpoint& checkpoint : history) {
    if (checkpoint.is_savepoint) {
      continue;
    }
    if (checkpoint.status == CheckpointStatus::completed) {
      break;
    }
    if (checkpoint.expired()) {
      found.push_back(&checkpoint);
    }
  }
  return found;
}

const SubtaskState::Place* SubtaskState::Vertex::place(std::size_t subtask) const {
  const auto found = std::ranges::find(places, subtask, &Place::subtask);
  return found == places.end() ? nullptr : &*found;
}

}  // namespace auditor::model
