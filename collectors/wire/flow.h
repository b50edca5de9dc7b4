#pragma once

#include <string_view>

#include "base/result.h"
#include "collectors/wire/json.h"
#include "model/flow.h"

namespace auditor::collectors::wire {

/// `/jobs/:id`: what the subtasks of each vertex have done since they were started.
base::Result<model::JobFlow> decode_flow(std::string_view body);
base::Result<model::JobFlow> flow_of(Object job);

/// `metrics` of a vertex, or of a subtask, as they stand in an answer.
struct FlowMetrics {
  std::optional<std::int64_t> read;
  std::optional<std::int64_t> written;
  bool read_complete = false;
  bool written_complete = false;
  std::optional<double> backpressured;  ///< milliseconds, as the two below
  std::optional<double> idle;
  std::optional<double> busy;
};
model::FlowPoint point_of(const FlowMetrics& metrics);

/// `/jobs/:id/vertices/:vid`: how its records spread over its subtasks. Leaves the id, path and
/// time of the vertex to be filled in.
base::Result<model::SubtaskFlow::Vertex> decode_subtask_flow(std::string_view body);

}  // namespace auditor::collectors::wire
