#include "audit/job_memory.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace auditor::audit {

namespace {

using base::Timestamp;
using std::chrono::milliseconds;

constexpr std::size_t most_completed = 64;
constexpr std::size_t most_days = 30;

template <class Series>
void keep(Series& series, typename Series::value_type value, std::size_t most) {
  if (series.size() >= most) {
    series.erase(series.begin(),
                 series.begin() + static_cast<std::ptrdiff_t>(series.size() - most + 1));
  }
  series.push_back(std::move(value));
}

}  // namespace

void JobMemory::begin_run() {
  history_->vertices.clear();
  vertices_read_as_.reset();
  all_tasks_ran_.reset();
  ++history_->revision;
}

void JobMemory::note_deployment(const model::Deployment& deployment) {
  history_->previous = std::exchange(history_->deployment, deployment);
  ++history_->revision;
}

void JobMemory::complete_deployment(const model::Deployment& deployment) {
  history_->deployment = deployment;
  ++history_->revision;
}

void JobMemory::note_failover(Timestamp at) {
  history_->failovers.push_back(at);
  ++history_->revision;
}

void JobMemory::forget_before(Timestamp day_ago) {
  const auto forgotten =
      std::erase_if(history_->failovers, [day_ago](Timestamp at) { return at < day_ago; });
  if (history_->previous && history_->deployment->seen_at < day_ago) {
    history_->previous.reset();
    ++history_->revision;
  }
  history_->revision += forgotten > 0 ? 1U : 0U;
}

std::optional<model::StateDay> JobMemory::note_checkpoint(
    const model::CheckpointRecord& checkpoint) {
  if (checkpoint.status != model::CheckpointStatus::completed) {
    return std::nullopt;
  }
  ++history_->revision;
  auto& completed = history_->completed;
  const bool same_run =
      !completed.empty() && *completed.back().flink_job_id == checkpoint.flink_job_id;
  keep(completed,
       {same_run ? completed.back().flink_job_id
                 : base::CopyOnWrite<model::JobId>(checkpoint.flink_job_id),
        checkpoint.checkpoint_id, checkpoint.is_savepoint, checkpoint.triggered_at,
        checkpoint.state_size},
       most_completed);
  if (!checkpoint.state_size || checkpoint.is_savepoint) {
    return std::nullopt;  // a savepoint is in another format, of another size
  }
  const auto day = std::chrono::floor<std::chrono::days>(checkpoint.triggered_at);
  auto& days = history_->state_days;
  if (!days.empty() && days.back().day >= day) {
    days.back().largest = std::max(days.back().largest, *checkpoint.state_size);
    days.back().longest_duration = std::max(days.back().longest_duration, checkpoint.duration);
    return std::nullopt;
  }
  const auto over = days.empty() ? std::nullopt : std::optional(days.back());
  keep(days, {checkpoint.job, day, *checkpoint.state_size, checkpoint.duration}, most_days);
  return over;
}

void JobMemory::note_vertices(const model::JobSnapshot& seen) {
  if (!seen.subtask_state.known() || !seen.checkpoints.known() ||
      vertices_read_as_ == seen.subtask_state.revision) {
    return;
  }
  vertices_read_as_ = seen.subtask_state.revision;
  const auto usual = seen.checkpoints.value->usual();
  for (const model::SubtaskState::Vertex& vertex : seen.subtask_state.value->vertices) {
    model::VertexHistory& past = history_->vertices[vertex.id];
    auto& series = past.snapshots;
    const bool is_usual =
        std::ranges::any_of(usual, [&vertex](const model::Checkpoint* checkpoint) {
          return checkpoint->id == vertex.checkpoint_id;
        });
    if (!is_usual || (!series.empty() && series.back().checkpoint_id >= vertex.checkpoint_id)) {
      continue;
    }
    std::optional<model::VertexSnapshot::Last> last;
    if (vertex.last) {
      last = {vertex.last->subtask, vertex.last->whole, {}};
      if (const auto* const place = vertex.place(vertex.last->subtask); place != nullptr) {
        const bool same = !series.empty() && series.back().last &&
                          series.back().last->task_manager == place->task_manager;
        last->task_manager =
            same ? series.back().last->task_manager : base::SharedText(place->task_manager);
      }
    }
    keep(series, {vertex.checkpoint_id, std::move(last), vertex.median_duration},
         model::VertexHistory::snapshots_kept);
    keep(past.async, vertex.longest_aligned_async, model::VertexHistory::async_kept);
    ++history_->revision;
  }
}

void JobMemory::note_tasks(const model::JobSnapshot& seen) {
  const bool run =
      seen.overview.all_tasks_run == true && seen.details.value->state == model::JobState::running;
  if (run && all_tasks_ran_ == false) {
    const auto& entered = seen.details.value->entered;
    const auto began = entered.find(model::JobState::running);
    if (began != entered.end() && seen.overview.last_modified &&
        *seen.overview.last_modified >= began->second) {
      history_->last_restore = *seen.overview.last_modified - began->second;
      ++history_->revision;
    }
  }
  all_tasks_ran_ = run;
}

void JobMemory::restore_day(const model::StateDay& day) {
  keep(history_->state_days, day, most_days);
}

}  // namespace auditor::audit
