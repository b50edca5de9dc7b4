#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/job_drawing.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

namespace auditor::web {

namespace {

Json deployment_json(const model::Deployment& deployment) {
  return {{"seen_at", time_json(deployment.seen_at)},
          {"started_at", time_json(deployment.started_at)},
          {"flink_job_id", text_or_null(deployment.flink_job_id.value)},
          {"flink_version", text_or_null(deployment.flink_version)},
          {"parallelism", or_null(deployment.parallelism)},
          {"plan_hash", text_or_null(deployment.plan_hash)},
          {"configuration_hash", text_or_null(deployment.configuration_hash)},
          {"changed", deployment.changed}};
}

Json interval_json(const model::VerdictInterval& interval) {
  return {{"check", interval.check},
          {"verdict", to_text(interval.outcome)},
          {"severity", to_text(interval.severity)},
          {"vertex_name", text_or_null(interval.vertex_name)},
          {"text", text_or_null(interval.text)},
          {"fingerprint", interval.fingerprint.text()},
          {"opened_at", time_json(interval.opened_at)},
          {"closed_at", time_json(interval.closed_at)}};
}

Json hour_json(const storage::Timeline::CheckpointHour& hour) {
  return {{"hour", time_json(hour.hour)},
          {"completed", hour.completed},
          {"failed", hour.failed},
          {"median_duration_ms", milliseconds_json(hour.median_duration)},
          {"longest_duration_ms", milliseconds_json(hour.longest_duration)},
          {"longest_sync_ms", milliseconds_json(hour.longest_sync)},
          {"longest_async_ms", milliseconds_json(hour.longest_async)},
          {"largest_state_bytes", bytes_json(hour.largest_state)}};
}

Json score_point_json(const model::ScorePoint& point) {
  return {{"at", time_json(point.at)},
          {"value", point.value ? Json(rounded(*point.value)) : Json(nullptr)},
          {"coverage", rounded(point.coverage)}};
}

template <class Rows, class Write>
Json list(const Rows& rows, Write write) {
  Json array = Json::array();
  for (const auto& row : rows) {
    array.push_back(write(row));
  }
  return array;
}

Json timeline_json(const storage::Timeline& timeline) {
  return {{"deployments", list(timeline.deployments, deployment_json)},
          {"events", list(timeline.events, event_json)},
          {"verdicts", list(timeline.verdicts, interval_json)},
          {"transitions", list(timeline.transitions, transition_json)},
          {"checkpoints", list(timeline.checkpoints, report::checkpoint_json)},
          {"checkpoint_hours", list(timeline.checkpoint_hours, hour_json)},
          {"scores", list(timeline.scores, score_point_json)}};
}

tl::expected<storage::TimelineQuery, Problem> query_of(const Request& request) {
  Parameters parameters(request);
  storage::TimelineQuery query;
  query.since = parameters.time("since");
  query.until = parameters.time("until");
  query.limit = parameters.number("limit", 500, 5'000);
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  return query;
}

}  // namespace

Answer get_job_timeline(const Context& context) {
  const auto query = query_of(context.request);
  if (!query) {
    return tl::unexpected(query.error());
  }
  const auto job = named_job(context);
  if (!job) {
    return tl::unexpected(job.error());
  }
  const auto timeline = context.readers.read(
      [&](storage::Reader& reader) { return reader.timeline(job->id, *query); });
  if (!timeline) {
    return tl::unexpected(timeline.error());
  }
  Json document{{"job", job_json(*job)}};
  document.update(timeline_json(*timeline));
  document["checkpoint_summary"] = report::summary_json(timeline->checkpoints);
  return json_response(document);
}

Answer get_job_checkpoints(const Context& context) {
  const auto query = query_of(context.request);
  if (!query) {
    return tl::unexpected(query.error());
  }
  const auto job = named_job(context);
  if (!job) {
    return tl::unexpected(job.error());
  }
  const auto timeline = context.readers.read(
      [&](storage::Reader& reader) { return reader.timeline(job->id, *query); });
  if (!timeline) {
    return tl::unexpected(timeline.error());
  }
  return json_response({{"job", job_json(*job)},
                        {"summary", report::summary_json(timeline->checkpoints)},
                        {"checkpoints", list(timeline->checkpoints, report::checkpoint_json)}});
}

Answer get_cluster_timeline(const Context& context) {
  const auto query = query_of(context.request);
  if (!query) {
    return tl::unexpected(query.error());
  }
  const std::string& name = context.captures.at(0);
  const auto timeline = context.readers.read(
      [&](storage::Reader& reader) { return reader.cluster_timeline(name, *query); });
  if (!timeline) {
    return tl::unexpected(timeline.error());
  }
  // A cluster that left the configuration has its history still.
  if (!context.board.cluster(name) && timeline->events.empty() && timeline->scores.empty()) {
    return refuse(404,
                  fmt::format("there is no cluster \"{}\"; /api/v1/clusters lists them", name));
  }
  Json document{{"cluster", name}};
  document.update(timeline_json(*timeline));
  return json_response(document);
}

}  // namespace auditor::web
