#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/time.h"
#include "model/flow.h"
#include "model/ids.h"

namespace auditor::model {

/// How much waited at a source, and how much it had read and written, at a moment.
struct LagPoint {
  base::Timestamp at{};  ///< the JobManager's time
  std::optional<base::Timestamp> started_at;
  double pending = 0;
  std::optional<std::int64_t> records_out;
};

/// The watermark of a vertex as looks saw it.
struct WatermarkSeen {
  double value = 0;                           ///< the least of the subtasks'
  base::Timestamp since{};                    ///< the first look that saw it
  base::Timestamp latest{};                   ///< the last one
  std::chrono::milliseconds longest_step{0};  ///< how long it stayed before, at most
  std::optional<std::int64_t> records_in;     ///< of the vertex at `since`
};

/// What earlier looks saw of the flow of a job; bounded, oldest first.
struct FlowHistory {
  std::map<JobVertexId, std::vector<FlowPoint>> vertices;  ///< over 6 min
  std::map<JobVertexId, std::vector<LagPoint>> lags;       ///< over 20 min
  std::map<JobVertexId, WatermarkSeen> watermarks;
};

/// A JVM's memory and collections at a moment.
struct ProcessPoint {
  base::Timestamp at{};
  double heap_used = 0;
  double heap_max = 0;
  std::optional<double> collecting;             ///< ms in all garbage collections since it started
  std::optional<double> collecting_per_second;  ///< ms; since 1.19
};

/// What earlier looks saw of a cluster's processes; bounded, oldest first, over 6 min.
struct ProcessHistory {
  std::map<TaskManagerId, std::vector<ProcessPoint>> task_managers;
  std::vector<ProcessPoint> job_manager;
};

}  // namespace auditor::model
