#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/time.h"
#include "model/flow.h"
#include "model/ids.h"

namespace auditor::model {

/// How many records waited at a source, and how many it had read, at a moment.
struct LagPoint {
  base::Timestamp at{};  ///< of the answer
  double pending = 0;
  double read = 0;
};

/// How much of the time the subtasks of a vertex were held up, as their rates tell it: on average
/// over them, and over the minute before Flink fetched its metrics.
struct RatePoint {
  base::Timestamp at{};  ///< of the answer
  std::optional<base::Timestamp> started_at;
  std::int64_t parallelism = 0;
  double backpressured = 0;  ///< share of the time, 0 to 1
  std::optional<double> busy;
};

/// The watermark of a vertex as looks saw it.
struct WatermarkSeen {
  double value = 0;                            ///< the least of its subtasks'
  base::Timestamp since{};                     ///< of the first answer that had it
  base::Timestamp latest{};                    ///< of the last one
  std::optional<std::int64_t> records_before;  ///< that the vertex had read at `since`
  std::size_t advances = 0;                    ///< seen so far
  std::chrono::milliseconds longest_stay{0};   ///< before one of them
};

/// In which hours of the last five weeks records moved between the vertices of a job, over all its
/// runs.
struct ActiveHours {
  static constexpr std::int64_t hours_kept = 5 * 7 * 24;
  std::bitset<hours_kept> moved;  ///< by the hour since 1970, modulo
  std::int64_t newest = 0;        ///< the hour of the last look
  base::Timestamp watched_since{};
  /// The first look at this run of the job, or since this process started.
  base::Timestamp resumed_at{};
  base::Timestamp last_moved{};         ///< 1970: not since it is watched
  std::optional<std::int64_t> records;  ///< that all vertices had read at the last look of this run

  /// Whether records moved in an hour (since 1970) that is kept.
  [[nodiscard]] bool moved_in(std::int64_t hour) const {
    return hour <= newest && newest - hour < hours_kept &&
           moved[static_cast<std::size_t>(hour % hours_kept)];
  }
};

/// What earlier looks saw of the flow of a job; bounded, oldest first.
struct FlowHistory {
  std::map<JobVertexId, std::vector<FlowPoint>> vertices;  ///< over 6 min
  /// Before 1.16, which adds none of those times up; over 12 min.
  std::map<JobVertexId, std::vector<RatePoint>> rates;
  std::map<JobVertexId, std::vector<LagPoint>> lags;  ///< over 20 min
  std::map<JobVertexId, WatermarkSeen> watermarks;
  std::optional<ActiveHours> hours;  ///< none: no vertex reads from another
};

/// A JVM's heap and its garbage collections at a moment.
struct ProcessPoint {
  base::Timestamp at{};   ///< of the answer
  double heap_used = 0;   ///< of its maximum, 0 to 1
  double collecting = 0;  ///< ms in all garbage collections since it was started
};

/// The metaspace of a TaskManager between one start of a job of the cluster and the next.
struct MetaspaceStay {
  std::uint64_t starts = 0;  ///< that looks had seen before it
  double least = 0;          ///< bytes in use
  double most = 0;
  double unloaded = 0;  ///< classes since the process was started, by the latest answer
};

/// The starts of jobs that looks saw: deployments, restarts, fail-overs.
struct JobStarts {
  std::uint64_t count = 0;
  base::Timestamp seen_at{};                       ///< the latest, by the look that saw it
  std::map<JobId, base::Timestamp> running_since;  ///< of the latest look, by the JobManager
  std::size_t most_running = 0;                    ///< jobs, since `metaspace` began
};

/// What earlier looks saw of a cluster's processes; bounded, oldest first, over 6 min.
struct ProcessHistory {
  std::map<TaskManagerId, std::vector<ProcessPoint>> task_managers;
  std::vector<ProcessPoint> job_manager;
  JobStarts starts;
  /// Over the latest starts of jobs; anew where more jobs run than before, for they need more.
  std::map<TaskManagerId, std::vector<MetaspaceStay>> metaspace;
};

}  // namespace auditor::model
