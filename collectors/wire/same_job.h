#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/flink.h"
#include "model/flow.h"

/// `/jobs/:id` is read in each look, and mostly says what it said, but for its times and counters.
namespace auditor::collectors::wire {

/// What an answer says anew of a job that is as an earlier look saw it.
struct SameJob {
  base::Timestamp now{};  ///< the JobManager's clock
  model::JobFlow flow;    ///< as of `decode_flow`
};

/// Walks through an answer; nullopt where it is not sure that `decode_job` would give what
/// `earlier` is: something is different, in an unusual form, or malformed.
std::optional<SameJob> read_same_job(std::string_view body, const model::JobDetails& earlier);

/// A parallelism or max parallelism. Flink bounds both by 32768 (KeyGroupRangeAssignment) and
/// writes -1 for "not set"; what lies outside is no such number.
std::optional<std::int64_t> to_parallelism(std::optional<std::int64_t> count);

/// `job-type` since 1.20, `plan.type` since 1.14; in 1.13 only a blocking exchange tells of batch.
/// Empty: the answer has none.
model::JobType job_type_of(std::string_view of_job, std::string_view of_plan,
                           const std::vector<model::PlanNode>& nodes);

}  // namespace auditor::collectors::wire
