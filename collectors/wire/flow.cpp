#include "collectors/wire/flow.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "collectors/wire/json.h"

namespace auditor::collectors::wire {

namespace {

using Duration = std::chrono::milliseconds;

/// Flink sends the busy time as a double, and "NaN" where one subtask's is not known.
std::optional<Duration> time_of(std::optional<double> value) {
  constexpr double absurd = 1e15;
  return value && *value >= 0 && *value < absurd
             ? std::optional(Duration(static_cast<std::int64_t>(*value)))
             : std::nullopt;
}

/// A sum over subtasks, unless one's part was missing.
std::optional<std::int64_t> count_of(std::optional<std::int64_t> value, bool complete) {
  return value && *value >= 0 && complete ? value : std::nullopt;
}

FlowMetrics metrics_of(Object metrics) {
  return {.read = integer(metrics, "read-records"),
          .written = integer(metrics, "write-records"),
          .read_complete = boolean(metrics, "read-records-complete").value_or(false),
          .written_complete = boolean(metrics, "write-records-complete").value_or(false),
          .backpressured = number(metrics, "accumulated-backpressured-time"),
          .idle = number(metrics, "accumulated-idle-time"),
          .busy = number(metrics, "accumulated-busy-time")};
}

double share(Duration part, Duration all) {
  return static_cast<double>(part.count()) / static_cast<double>(all.count());
}

}  // namespace

model::FlowPoint point_of(const FlowMetrics& metrics) {
  model::FlowPoint point;
  point.records_in = count_of(metrics.read, metrics.read_complete);
  point.records_out = count_of(metrics.written, metrics.written_complete);
  if (point.records_in && point.records_out) {
    point.backpressured = time_of(metrics.backpressured);
    point.idle = time_of(metrics.idle);
    point.busy = time_of(metrics.busy);
  }
  return point;
}

base::Result<model::JobFlow> decode_flow(std::string_view body) {
  return parse_object(body).and_then(flow_of);
}

base::Result<model::JobFlow> flow_of(Object job) {
  const auto now = timestamp(job, "now");
  const auto rows = array(job, "vertices");
  if (!now || !rows) {
    return base::fail(base::ErrorKind::malformed, "no time or no vertices in the job's answer");
  }
  std::vector<model::FlowPoints::OfVertex> points;
  for (const Element element : *rows) {
    Object row;
    if (element.get(row) != simdjson::SUCCESS) {
      continue;
    }
    const std::string_view id = view(row, "id");
    const auto metrics = object(row, "metrics");
    if (id.empty() || !metrics) {
      continue;
    }
    model::FlowPoint& point =
        points.emplace_back(model::JobVertexId(id), point_of(metrics_of(*metrics))).point;
    point.at = *now;
    point.started_at = timestamp(row, "start-time");
    point.parallelism = integer(row, "parallelism").value_or(0);
  }
  return model::JobFlow{model::FlowPoints(std::move(points)), {}};
}

base::Result<model::SubtaskFlow::Vertex> decode_subtask_flow(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto rows = array(*document, "subtasks");
  if (!rows) {
    return base::fail(base::ErrorKind::malformed, "no \"subtasks\" in the vertex");
  }
  model::SubtaskFlow::Vertex vertex;
  std::optional<std::int64_t> attempt;
  Duration shortest = Duration::max();
  Duration longest{0};
  vertex.comparable = true;
  std::size_t index = 0;
  for (const Element element : *rows) {
    Object row;
    const bool is_row = element.get(row) == simdjson::SUCCESS;
    const auto metrics = is_row ? object(row, "metrics") : std::nullopt;
    const auto number_of = is_row ? integer(row, "subtask") : std::nullopt;
    if (!metrics || !number_of || *number_of < 0) {
      return base::fail(base::ErrorKind::malformed, "a subtask without its number or metrics");
    }
    const model::FlowPoint point = point_of(metrics_of(*metrics));
    const auto own_attempt = integer(row, "attempt");
    const Duration ran = milliseconds(row, "duration").value_or(Duration(0));
    shortest = std::min(shortest, ran);
    longest = std::max(longest, ran);
    vertex.comparable = vertex.comparable && point.records_in && own_attempt &&
                        own_attempt == attempt.value_or(*own_attempt) &&
                        view(row, "status") == "RUNNING";
    attempt = own_attempt;
    const std::int64_t records = point.records_in.value_or(0);
    vertex.records += records;
    if (vertex.subtasks == 0 || records > vertex.hottest_records) {
      vertex.hottest_records = records;
      vertex.hottest = static_cast<std::size_t>(*number_of);
      vertex.hottest_index = index;
      vertex.hottest_busy.reset();
      vertex.hottest_backpressured.reset();
      if (point.backpressured && point.idle && point.busy) {
        const Duration all = *point.backpressured + *point.idle + *point.busy;
        if (all.count() > 0) {
          vertex.hottest_busy = share(*point.busy, all);
          vertex.hottest_backpressured = share(*point.backpressured, all);
        }
      }
    }
    ++vertex.subtasks;
    ++index;
  }
  // One that was started later, by a region's restart, has read less for that alone.
  constexpr double about_as_long = 0.9;
  vertex.comparable =
      vertex.comparable && vertex.subtasks > 0 &&
      static_cast<double>(shortest.count()) >= about_as_long * static_cast<double>(longest.count());
  return vertex;
}

}  // namespace auditor::collectors::wire
