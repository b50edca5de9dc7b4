#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/flink.h"
#include "model/flow.h"
#include "model/part.h"

namespace auditor::collectors::wire {

/// `/jobs/:id`. Error `not_flink` where it has no job id.
base::Result<model::JobDetails> decode_job(std::string_view body);

/// What `/jobs/:id` says, parsed once: it is read in each look.
struct JobAnswer {
  model::Shared<model::JobDetails> details;  ///< as of `decode_job`; always there
  std::optional<base::Timestamp> now;        ///< the JobManager's clock
  base::Result<model::JobFlow> flow;         ///< as of `decode_flow`
};

/// `earlier`: what a look before saw of the job, if any. It is shared where the answer says the
/// same.
base::Result<JobAnswer> decode_job_answer(std::string_view body,
                                          const model::Shared<model::JobDetails>& earlier = {});

/// A plan alone: the answer of `/jars/:id/plan` or `/jobs/:id/plan`, or what stands under `plan`
/// there. Its vertices are those of the plan, named by their first operator, with their parallelism
/// and nothing else. Errors: `malformed`; `not_flink` where it has no vertex ids, as the execution
/// plan that `flink info` prints.
base::Result<model::JobDetails> decode_plan(std::string_view body);

/// `/jobs/:id/config`.
base::Result<model::JobConfiguration> decode_job_configuration(std::string_view body);

/// `/jobs/:id/resource-requirements`.
base::Result<model::ResourceRequirements> decode_resource_requirements(std::string_view body);

}  // namespace auditor::collectors::wire
