#pragma once

#include <string_view>

#include "base/result.h"
#include "model/flink.h"

namespace auditor::collectors::wire {

/// `/jobs/:id`. Error `not_flink` where it has no job id.
base::Result<model::JobDetails> decode_job(std::string_view body);

/// `/jobs/:id/config`.
base::Result<model::JobConfiguration> decode_job_configuration(std::string_view body);

/// `/jobs/:id/resource-requirements`.
base::Result<model::ResourceRequirements> decode_resource_requirements(std::string_view body);

}  // namespace auditor::collectors::wire
