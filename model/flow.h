#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

/// How records flow through a job, and how its processes are, as Flink's metrics tell it. None of
/// it stays as it is from one look to the next.
namespace auditor::model {

/// What the subtasks of a vertex have done since they were started, summed over them. `/jobs/:id`
/// has it from Flink's store of metrics: it is as old as the latest question for metrics before it.
struct FlowPoint {
  base::Timestamp at{};  ///< the JobManager's time when it answered
  std::optional<base::Timestamp> started_at;
  std::int64_t parallelism = 0;
  // Since 1.16, and only where no subtask's metrics are missing.
  std::optional<std::chrono::milliseconds> backpressured;
  std::optional<std::chrono::milliseconds> idle;
  std::optional<std::chrono::milliseconds> busy;  ///< absent where one has a legacy source
  // Between vertices: a source reads, and a sink writes, 0.
  std::optional<std::int64_t> records_in;
  std::optional<std::int64_t> records_out;
};

/// Points of vertices, at most one of each, in the order of their ids.
class FlowPoints {
 public:
  struct OfVertex {
    JobVertexId id;
    FlowPoint point;
  };

  FlowPoints() = default;
  /// In any order. Of two of one vertex, as Flink never sends, one counts.
  explicit FlowPoints(std::vector<OfVertex> points);

  /// nullptr where the vertex has none; it lives as long as this is not changed.
  [[nodiscard]] const FlowPoint* find(const JobVertexId& id) const;
  [[nodiscard]] bool empty() const { return points_.empty(); }
  [[nodiscard]] auto begin() const { return points_.begin(); }
  [[nodiscard]] auto end() const { return points_.end(); }

 private:
  std::vector<OfVertex> points_;
};

struct JobFlow {
  FlowPoints vertices;
  /// The same half a minute before, where one look reads it twice.
  FlowPoints earlier;
};

/// How records spread over the subtasks of vertices: `/jobs/:id/vertices/:vid`.
struct SubtaskFlow {
  struct Vertex {
    JobVertexId id;
    std::string path;
    base::Timestamp observed_at{};
    std::size_t subtasks = 0;
    /// All run, as often started anew as the others and about as long, and none's counts are
    /// missing.
    bool comparable = false;
    std::int64_t records = 0;  ///< that all have read
    std::int64_t hottest_records = 0;
    std::size_t hottest = 0;             ///< the subtask that has read most
    std::size_t hottest_index = 0;       ///< in `/subtasks`
    std::optional<double> hottest_busy;  ///< share of the time since it was started; since 1.16
    std::optional<double> hottest_backpressured;
  };
  std::vector<Vertex> vertices;
  std::vector<JobVertexId> not_sampled;  ///< beyond the budget
};

/// A metric over several subtasks or TaskManagers, of those that have it; NaN never.
struct MetricValue {
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> sum;
  std::size_t index = 0;  ///< in the answer
};

/// By the metric's name.
using MetricValues = std::map<std::string, MetricValue, std::less<>>;

/// Metrics and where they are from.
struct Metrics {
  std::string path;
  base::Timestamp observed_at{};
  MetricValues values;

  [[nodiscard]] const MetricValue* find(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  }
};

/// `/jobs/:id/vertices/:vid/subtasks/metrics` of the vertices that a check asks about.
struct VertexMetrics {
  std::map<JobVertexId, Metrics> vertices;
  /// The names that each vertex has, of those that a check knows; they are asked for once a run.
  std::map<JobVertexId, std::vector<std::string>> names;
  /// When they were listed, where it matters: of sources before 1.16.
  std::map<JobVertexId, base::Timestamp> listed_at;
  /// What each subtask has read and what waits at it, by "SUBTASK.METRIC": of sources of which one
  /// subtask has read nothing and others have (`/jobs/:id/vertices/:vid/metrics`).
  std::map<JobVertexId, Metrics> subtasks;
  std::vector<JobVertexId> not_sampled;
};

/// `/taskmanagers/metrics` over all of them, and of those that stand out each one's own.
struct TaskManagerMetrics {
  Metrics all;
  std::vector<std::string> names;
  std::map<TaskManagerId, Metrics> each;
  /// Until then each one is asked though none stands out, for a job was started.
  base::Timestamp each_until{};
};

/// `/jobmanager/metrics`.
struct JobManagerMetrics {
  Metrics own;
};

}  // namespace auditor::model
