#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/flow.h"
#include "model/snapshot.h"

/// Which metrics are worth a request.
namespace auditor::collectors {

/// What a job's vertex may be asked for.
inline constexpr std::string_view busy_metric = "busyTimeMsPerSecond";
inline constexpr std::string_view idle_metric = "idleTimeMsPerSecond";
inline constexpr std::string_view backpressured_metric = "backPressuredTimeMsPerSecond";
inline constexpr std::string_view watermark_metric = "currentInputWatermark";

/// Those that tell how the subtasks of a vertex spend their time now; each running task has them.
std::vector<std::string> rate_metrics();

/// Of all names that a source vertex has, those that tell what waits at each of its source
/// operators, and what these have read: at most four operators'.
std::vector<std::string> source_metrics(std::span<const std::string> names);

/// Whether one of the names tells what waits at a source.
bool tells_what_waits(std::span<const std::string> names);

/// The source operator of which one subtask has read nothing and another has, by an aggregated
/// answer; empty: none.
std::string operator_with_idle_subtask(const model::Metrics& aggregated);

/// The names that tell what each subtask of a source operator has read and what waits at it; of so
/// many subtasks as one URL takes.
std::vector<std::string> subtask_metrics(std::string_view source_operator, std::int64_t subtasks);

/// Of all names that TaskManagers have, those that the checks read.
std::vector<std::string> task_manager_metrics(std::span<const std::string> names);

/// Those of one JVM; what a release or a garbage collector does not have is left out of the answer.
std::vector<std::string> process_metrics();

/// "PATH?get=a,b" with what a URL may not have escaped; `&agg=min,max,sum` where aggregated.
std::string metrics_path(std::string_view path, std::span<const std::string> names,
                         bool aggregated);

/// The vertices that read from one which was held up most of the time, between `before` and `now`,
/// or since its start where there is no `before`, and that are not held up themselves.
std::vector<model::JobVertexId> behind_held_up(const model::JobDetails& job,
                                               const model::FlowPoints& now,
                                               const model::FlowPoints* before);

/// Whether a job runs that did not in the look before, or subtasks of one were started since.
bool started_a_job(const model::Snapshot& now, const model::Snapshot& before);

/// Whether one of the TaskManagers may be short of memory, or collect garbage for long.
bool one_stands_out(const model::Metrics& all);

}  // namespace auditor::collectors
