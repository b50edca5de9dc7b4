#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/flow/flow.h"
#include "model/flow_history.h"

namespace auditor::checks {

namespace {

using model::ActiveHours;
using model::JobDetails;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "patience",
     .kind = model::OptionKind::duration,
     .otherwise = 1'800'000,
     .minimum = 60'000,
     .maximum = 86'400'000,
     .help = "how long no records may move"},
}};

constexpr std::int64_t hours_of_a_week = 7 * 24;
constexpr int weeks = 4;
constexpr int weeks_that_tell = 3;

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  if (model::is_terminal(job.state)) {
    out.not_applicable(context.job(), "the job has ended");
    return;
  }
  if (std::ranges::all_of(job.vertices, [&job](const model::JobVertex& vertex) {
        return is_source(job, vertex.id);
      })) {
    out.unknown(context.job(),
                "all its operators are chained: Flink counts records between vertices alone");
    return;
  }
  const model::FlowHistory* const history = context.flow_history();
  const ActiveHours* const hours =
      history != nullptr && history->hours ? &*history->hours : nullptr;
  const milliseconds patience = chosen.duration("patience");
  int busy_weeks = 0;
  for (int week = 1; hours != nullptr && week <= weeks; ++week) {
    busy_weeks += hours->moved_in(hours->newest - week * hours_of_a_week) ? 1 : 0;
  }
  const auto& flow = context.get<model::JobFlow>().vertices;
  if (hours == nullptr || flow.empty()) {
    const base::Wording reason = "no earlier look tells when it is usually busy";
    if (context.flow_history() == nullptr) {
      out.not_applicable(context.job(), reason);
    } else {
      out.unknown(context.job(), reason);
    }
    return;
  }
  const auto still_since = std::max(hours->last_moved, hours->resumed_at);
  const milliseconds still = flow.begin()->point.at - still_since;
  if (still < patience) {
    const bool moved = hours->last_moved > hours->resumed_at;
    if (moved) {
      out.pass(context.job(), "records move", {});
    } else {
      out.not_applicable(context.job(), "it has been watched too shortly");
    }
    return;
  }
  if (busy_weeks < weeks_that_tell) {
    if (hours->newest - std::chrono::floor<std::chrono::hours>(hours->watched_since)
                            .time_since_epoch()
                            .count() <
        weeks_that_tell * hours_of_a_week) {
      out.unknown(context.job(),
                  "no records move, and it has not been watched for three weeks: what is usual at "
                  "this hour is not known");
    } else {
      out.pass(context.job(), "no records move, as is usual at this hour of the week", {});
    }
    return;
  }
  out.fail(
      context.job(),
      {.message = fmt::format(
           "no records have moved for {}, while there were some at this hour in {} of the last "
           "{} weeks: its input has dried up, or it does not see it",
           base::format_duration(still), busy_weeks, weeks),
       .evidence = {derived(context, "weeks with records at this hour", std::int64_t{busy_weeks},
                            "records now too", {}),
                    derived(context, "no records since", still_since.time_since_epoch().count(), {},
                            model::unix_milliseconds)},
       .remediation =
           "Look at the system that feeds the job: do records arrive there? If they do, look at "
           "the job's subscription (topic, partitions, consumer group, filters) and its log. A "
           "holiday explains it as well."});
}

}  // namespace

extern constinit const Check job_idle{
    .info = {.id = "job-idle",
             .title = "A job is idle at an hour when it usually is not",
             .practice = "flow",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::low,
             .confidence = model::Confidence::likely,
             .needs = flow_needs,
             .options = options,
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
