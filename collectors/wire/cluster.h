#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/configuration.h"
#include "model/flink.h"

namespace auditor::collectors::wire {

/// `/config`. Error `not_flink` where there is no Flink version in it.
base::Result<model::ClusterInfo> decode_cluster(std::string_view body);

/// `/jobmanager/config`: a bare array of keys and values.
base::Result<model::Configuration> decode_configuration(std::string_view body);

/// `/taskmanagers`.
base::Result<model::TaskManagers> decode_task_managers(std::string_view body);

/// `/jobs/overview`.
base::Result<std::vector<model::JobOverview>> decode_overview(std::string_view body);

}  // namespace auditor::collectors::wire
