#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/flink.h"

namespace auditor::collectors::wire {

/// `/jobs/:id/vertices/:vid`: where the subtasks run that are asked for, as far as they have run
/// there since before `since`. The host is empty where Flink does not tell.
base::Result<std::vector<model::SubtaskState::Place>> decode_places(
    std::string_view body, std::span<const std::size_t> subtasks, base::Timestamp since);

}  // namespace auditor::collectors::wire
