#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using model::CheckpointStatistics;
using model::JobDetails;
using model::PastCheckpoint;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "told_for",
     .kind = model::OptionKind::duration,
     .otherwise = 86'400'000,
     .minimum = 60'000,
     .maximum = 2'592'000'000,
     .help = "how long after the start it is told"},
}};

/// The newest checkpoint of a run before the present one; nullptr where none is known.
const PastCheckpoint* last_before(const model::JobHistory& history, const JobDetails& job) {
  const auto& completed = history.completed;
  const auto found = std::find_if(
      completed.rbegin(), completed.rend(),
      [&job](const PastCheckpoint& past) { return past.triggered_at < *job.start_time; });
  return found == completed.rend() ? nullptr : &*found;
}

/// Whether the job could have taken up state of the run before: a vertex that held some is there
/// still. A job without any is another one under the same name, or was rebuilt.
bool could_restore(const model::JobHistory& history, const JobDetails& job,
                   const PastCheckpoint& last) {
  if (*last.flink_job_id == job.id || !history.previous) {
    return true;
  }
  const auto& vertices = history.previous->vertices;
  const auto held = [](const model::DeploymentVertex& vertex) {
    return vertex.state_size && vertex.state_size->count > 0;
  };
  return std::ranges::none_of(vertices, held) ||
         std::ranges::any_of(vertices, [&](const model::DeploymentVertex& vertex) {
           return held(vertex) && job.vertex(vertex.id) != nullptr;
         });
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  const auto& checkpoints = context.get<CheckpointStatistics>();
  if (!job.start_time || !context.knows_now()) {
    out.unknown(context.job(), "Flink's answer does not tell when the job was started");
    return;
  }
  const PastCheckpoint* const last = last_before(context.job_history(), job);
  if (last == nullptr) {
    out.not_applicable(context.job(), "no earlier run of the job with a checkpoint is known");
    return;
  }
  if (checkpoints.latest_restored) {
    out.pass(context.job(),
             fmt::format("the job was restored from {} {}",
                         checkpoints.latest_restored->is_savepoint ? "savepoint" : "checkpoint",
                         checkpoints.latest_restored->id),
             {context.evidence<CheckpointStatistics>("restored", checkpoints.latest_restored->id,
                                                     "/latest/restored/id")});
    return;
  }
  if (!checkpoints.restored_count) {
    out.unknown(context.job(), "Flink's answer does not tell whether the job was restored");
    return;
  }
  if (*checkpoints.restored_count > 0) {
    out.pass(context.job(), "the job was restored", {});
    return;
  }
  if (last->state_size && last->state_size->count == 0) {
    out.pass(context.job(), "the run before it held no state", {});
    return;
  }
  if (!could_restore(context.job_history(), job, *last)) {
    out.pass(context.job(),
             "none of its vertices held state in the run before: it is another job, or was rebuilt",
             {});
    return;
  }
  const auto age = *context.now() - *job.start_time;
  if (age > chosen.duration("told_for")) {
    out.pass(
        context.job(),
        fmt::format("the job was started without state, but {} ago", base::format_duration(age)),
        {});
    return;
  }
  const std::string_view kind = last->is_savepoint ? "savepoint" : "checkpoint";
  out.fail(
      context.job(),
      {.message = fmt::format(
           "the job was started without state {} ago, though a run before it had some: its {} {} "
           "was taken {} before the start{}. What it had counted and where it had read to is not "
           "known to this run",
           base::format_duration(age), kind, last->id,
           base::format_duration(*job.start_time - last->triggered_at),
           last->state_size ? ", " + base::format_bytes(*last->state_size) : std::string()),
       .evidence = {context.evidence<CheckpointStatistics>("checkpoints restored since the start",
                                                           *checkpoints.restored_count,
                                                           "/counts/restored", "1 or more"),
                    context.evidence<JobDetails>("the job's start", *job.start_time, "/start-time"),
                    {fmt::format("{} {} of job {}, seen before", kind, last->id,
                                 last->flink_job_id->value),
                     last->triggered_at.time_since_epoch().count(), model::unix_milliseconds, "",
                     std::nullopt, std::nullopt}},
       .remediation =
           "If that was not meant, act soon: the longer it runs, the more of what it writes is "
           "wrong. Cancel it, and start it from the latest retained checkpoint or savepoint of the "
           "run before:\n"
           "    flink run -s <path of the checkpoint> …\n"
           "With the Kubernetes operator, job.upgradeMode must be savepoint or last-state, not "
           "stateless. Without high availability a JobManager that restarts begins without state, "
           "too. If it was meant (new logic, a replay), waive it until tomorrow."});
}

}  // namespace

extern constinit const Check started_without_state{
    .info = {.id = "started-without-state",
             .title = "The job was started without the state it had",
             .practice = "liveness",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::critical,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoints |
                      model::Resource::job_history | model::Resource::clock,
             .options = options,
             .keep_firing_for = std::chrono::minutes(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
