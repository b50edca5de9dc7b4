#pragma once

#include <string_view>

#include "base/result.h"
#include "model/flink.h"
#include "model/flow.h"

namespace auditor::collectors::wire {

/// `/jobs/:id`. Error `not_flink` where it has no job id.
base::Result<model::JobDetails> decode_job(std::string_view body);

/// What `/jobs/:id` says, parsed once: it is read in each look.
struct JobAnswer {
  model::JobDetails details;
  base::Result<model::JobFlow> flow;  ///< as of `decode_flow`
};
base::Result<JobAnswer> decode_job_answer(std::string_view body);

/// `/jobs/:id/config`.
base::Result<model::JobConfiguration> decode_job_configuration(std::string_view body);

/// `/jobs/:id/resource-requirements`.
base::Result<model::ResourceRequirements> decode_resource_requirements(std::string_view body);

}  // namespace auditor::collectors::wire
