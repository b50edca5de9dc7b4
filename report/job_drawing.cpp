#include "report/job_drawing.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/checkpoint_record.h"
#include "report/json_values.h"

namespace auditor::report {

namespace {

/// The value of a part, or nullptr.
template <class T>
const T* known(const model::Part<T>& part) {
  return part.known() ? &*part.value : nullptr;
}

/// A share as a whole percentage.
Json percent_json(const std::optional<double>& share) {
  return share ? Json(std::round(*share * 100)) : Json(nullptr);
}

const checks::FlowWindow* window_of(const checks::FlowWindows& flow,
                                    const model::JobVertex& vertex) {
  if (!flow) {
    return nullptr;
  }
  const auto found = std::ranges::find(*flow, &vertex, &checks::VertexWindow::vertex);
  return found == flow->end() || !found->window ? nullptr : &*found->window;
}

Json vertices_json(const model::JobSnapshot& job, const model::JobDetails& details,
                   const checks::FlowWindows& flow) {
  const auto* const states = known(job.checkpoint_details);
  Json rows = Json::array();
  for (const model::JobVertex& vertex : details.vertices) {
    std::optional<model::Bytes> state;
    if (states != nullptr) {
      if (const auto found = states->vertices.find(vertex.id); found != states->vertices.end()) {
        state = found->second.state_size;
      }
    }
    const checks::FlowWindow* const window = window_of(flow, vertex);
    rows.push_back(
        {{"id", vertex.id.value},
         {"name", vertex.name},
         {"status", text_or_null(vertex.status)},
         {"parallelism", or_null(vertex.parallelism)},
         {"max_parallelism", or_null(vertex.max_parallelism)},
         {"running", vertex.tasks.running},
         {"state_bytes", bytes_json(state)},
         {"busy_percent", window ? percent_json(window->busy) : Json(nullptr)},
         {"backpressured_percent", window ? percent_json(window->backpressured) : Json(nullptr)}});
  }
  return rows;
}

Json edges_json(const model::JobDetails& details) {
  Json rows = Json::array();
  for (const model::PlanNode& node : details.plan) {
    for (const model::PlanInput& input : node.inputs) {
      rows.push_back({{"from", input.id.value},
                      {"to", node.id.value},
                      {"ship_strategy", text_or_null(input.ship_strategy)}});
    }
  }
  return rows;
}

Json checkpointing_json(const model::JobSnapshot& job) {
  const auto* const configuration = known(job.checkpoint_configuration);
  if (configuration == nullptr) {
    return nullptr;
  }
  const bool periodic = configuration->enabled().value_or(false);
  return {{"interval_ms", periodic ? milliseconds_json(configuration->interval) : Json(nullptr)},
          {"timeout_ms", milliseconds_json(configuration->timeout)},
          {"min_pause_ms", milliseconds_json(configuration->min_pause)},
          {"mode", or_null(configuration->mode)},
          {"state_backend", or_null(configuration->state_backend)},
          {"storage", or_null(configuration->storage)},
          {"unaligned", or_null(configuration->unaligned)}};
}

Json restored_json(const model::JobSnapshot& job) {
  const auto* const statistics = known(job.checkpoints);
  if (statistics == nullptr || !statistics->latest_restored) {
    return nullptr;
  }
  const model::RestoredCheckpoint& restored = *statistics->latest_restored;
  return {{"id", restored.id},
          {"savepoint", restored.is_savepoint},
          {"at", time_json(restored.restored_at)}};
}

std::string_view word_of(model::CheckpointStatus status) {
  switch (status) {
    case model::CheckpointStatus::in_progress:
      return "IN_PROGRESS";
    case model::CheckpointStatus::completed:
      return "COMPLETED";
    case model::CheckpointStatus::failed:
      return "FAILED";
    case model::CheckpointStatus::other:
      break;
  }
  return "OTHER";
}

Json path_json(const std::optional<model::CriticalPath>& path) {
  if (!path) {
    return nullptr;
  }
  return {{"vertex_name", path->vertex_name},
          {"subtask", path->times.subtask},
          {"task_manager", text_or_null(path->task_manager)},
          {"host", text_or_null(path->host)},
          {"longest_phase", to_text(path->longest())},
          {"duration_ms", path->times.whole.count()},
          {"start_delay_ms", milliseconds_json(path->times.start_delay)},
          {"alignment_ms", milliseconds_json(path->times.alignment)},
          {"sync_ms", milliseconds_json(path->times.sync)},
          {"async_ms", milliseconds_json(path->times.async)}};
}

}  // namespace

Json graph_json(const model::JobSnapshot* job, const checks::FlowWindows& flow) {
  Json document{{"observed_at", nullptr}, {"started_at", nullptr},    {"vertices", Json::array()},
                {"edges", Json::array()}, {"checkpointing", nullptr}, {"restored", nullptr}};
  if (job == nullptr) {
    return document;
  }
  if (const auto* const details = known(job->details)) {
    document["observed_at"] = time_json(job->details.observed_at);
    document["started_at"] = time_json(details->start_time);
    document["vertices"] = vertices_json(*job, *details, flow);
    document["edges"] = edges_json(*details);
  }
  document["checkpointing"] = checkpointing_json(*job);
  document["restored"] = restored_json(*job);
  return document;
}

Json checkpoint_json(const model::CheckpointRecord& checkpoint) {
  return {{"id", checkpoint.checkpoint_id},
          {"flink_job_id", text_or_null(checkpoint.flink_job_id.value)},
          {"status", word_of(checkpoint.status)},
          {"savepoint", checkpoint.is_savepoint},
          {"triggered_at", time_json(checkpoint.triggered_at)},
          {"duration_ms", milliseconds_json(checkpoint.duration)},
          {"start_delay_ms", milliseconds_json(checkpoint.start_delay)},
          {"alignment_ms", milliseconds_json(checkpoint.alignment)},
          {"sync_ms", milliseconds_json(checkpoint.sync)},
          {"async_ms", milliseconds_json(checkpoint.async)},
          {"checkpointed_bytes", bytes_json(checkpoint.checkpointed_size)},
          {"state_bytes", bytes_json(checkpoint.state_size)},
          {"critical_path", path_json(checkpoint.critical_path)},
          {"failure", text_or_null(checkpoint.failure)}};
}

Json summary_json(std::span<const model::CheckpointRecord> checkpoints) {
  std::vector<model::CriticalPath> paths;
  for (const model::CheckpointRecord& checkpoint : checkpoints) {
    if (checkpoint.critical_path && !checkpoint.is_savepoint &&
        checkpoint.status == model::CheckpointStatus::completed) {
      paths.push_back(*checkpoint.critical_path);
    }
  }
  const auto summary = model::summarize(paths);
  if (!summary) {
    return nullptr;
  }
  return {{"checkpoints", summary->checkpoints},     {"phase", to_text(summary->phase)},
          {"share", rounded(summary->share)},        {"vertex_name", summary->vertex_name},
          {"vertex_times", summary->vertex_times},   {"subtask", summary->subtask},
          {"subtask_times", summary->subtask_times}, {"host", text_or_null(summary->host)},
          {"host_times", summary->host_times}};
}

std::string drawings_json(const model::Snapshot& snapshot,
                          std::span<const checks::FlowWindows> flows) {
  Json document = Json::object();
  for (std::size_t i = 0; i < snapshot.jobs.size(); ++i) {
    const model::JobSnapshot& job = snapshot.jobs[i];
    std::vector<model::CheckpointRecord> records;
    if (const auto* const statistics = known(job.checkpoints)) {
      // Flink gives the newest first.
      for (const model::Checkpoint& checkpoint : statistics->history | std::views::reverse) {
        if (checkpoint.triggered_at) {
          records.push_back(model::record_of(checkpoint, job));
        }
      }
    }
    Json checkpoints = Json::array();
    for (const model::CheckpointRecord& record : records) {
      checkpoints.push_back(checkpoint_json(record));
    }
    document[job.overview.id.value] = {
        {"graph", graph_json(&job, i < flows.size() ? flows[i] : nullptr)},
        {"checkpoints", std::move(checkpoints)},
        {"checkpoint_summary", summary_json(records)}};
  }
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace auditor::report
