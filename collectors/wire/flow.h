#pragma once

#include <string_view>

#include "base/result.h"
#include "collectors/wire/json.h"
#include "model/flow.h"

namespace auditor::collectors::wire {

/// `/jobs/:id`: what the subtasks of each vertex have done since they were started.
base::Result<model::JobFlow> decode_flow(std::string_view body);
base::Result<model::JobFlow> flow_of(Object job);

/// `/jobs/:id/vertices/:vid`: how its records spread over its subtasks. Leaves the id, path and
/// time of the vertex to be filled in.
base::Result<model::SubtaskFlow::Vertex> decode_subtask_flow(std::string_view body);

}  // namespace auditor::collectors::wire
