#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// How a job is built, as the latest look saw it.
namespace auditor::web {

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

Json vertices_json(const model::JobSnapshot& job, const model::JobDetails& details,
                   const std::map<model::JobVertexId, VertexShares>& flow) {
  const auto* const states = known(job.checkpoint_details);
  Json rows = Json::array();
  for (const model::JobVertex& vertex : details.vertices) {
    std::optional<model::Bytes> state;
    if (states != nullptr) {
      if (const auto found = states->vertices.find(vertex.id); found != states->vertices.end()) {
        state = found->second.state_size;
      }
    }
    const VertexShares* shares = nullptr;
    if (const auto found = flow.find(vertex.id); found != flow.end()) {
      shares = &found->second;
    }
    rows.push_back(
        {{"id", vertex.id.value},
         {"name", vertex.name},
         {"status", text_or_null(vertex.status)},
         {"parallelism", or_null(vertex.parallelism)},
         {"max_parallelism", or_null(vertex.max_parallelism)},
         {"running", vertex.tasks.running},
         {"state_bytes", bytes_json(state)},
         {"busy_percent", shares ? percent_json(shares->busy) : Json(nullptr)},
         {"backpressured_percent", shares ? percent_json(shares->backpressured) : Json(nullptr)}});
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

}  // namespace

Answer get_job_graph(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto record = named_job(context);
  if (!record) {
    return tl::unexpected(record.error());
  }
  Json document{{"observed_at", nullptr}, {"started_at", nullptr},    {"vertices", Json::array()},
                {"edges", Json::array()}, {"checkpointing", nullptr}, {"restored", nullptr}};
  const auto entry = context.board.cluster(record->cluster);
  if (!entry || !entry->latest_look) {
    return json_response(document);
  }
  const auto& jobs = entry->latest_look->snapshot->jobs;
  const auto job = std::ranges::find_if(jobs, [&record](const model::JobSnapshot& candidate) {
    return candidate.overview.id == record->flink_job_id;
  });
  if (job == jobs.end()) {
    return json_response(document);
  }
  if (const auto* const details = known(job->details)) {
    document["observed_at"] = time_json(job->details.observed_at);
    document["started_at"] = time_json(details->start_time);
    const auto& flow = entry->latest_look->flow;
    const auto measured = flow.find(record->flink_job_id);
    static const std::map<model::JobVertexId, VertexShares> none;
    document["vertices"] =
        vertices_json(*job, *details, measured == flow.end() ? none : measured->second);
    document["edges"] = edges_json(*details);
  }
  document["checkpointing"] = checkpointing_json(*job);
  document["restored"] = restored_json(*job);
  return json_response(document);
}

}  // namespace auditor::web
