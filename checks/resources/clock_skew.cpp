#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "tolerated",
     .kind = model::OptionKind::duration,
     .otherwise = 5'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "clocks may differ by so much"},
}};

/// A recording has one time for all its answers, and took a while to make.
constexpr std::chrono::minutes recordings_take{10};

/// No clock of a server that runs jobs is wrong by so much.
constexpr std::chrono::hours another_time{12};

/// What one answer shows: its time by our clock less the JobManager's.
struct Reading {
  const model::JobSnapshot* job = nullptr;
  milliseconds behind{0};
};

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  // The answer that came quickest says most: the others waited on their way, or at the server.
  std::optional<Reading> quickest;
  for (const model::JobSnapshot& job : context.jobs()) {
    if (const auto now = context.now(job)) {
      const milliseconds behind = job.details.observed_at - *now;
      if (!quickest || behind < quickest->behind) {
        quickest = Reading{&job, behind};
      }
    }
  }
  if (!quickest) {
    out.unknown(context.cluster(), "no job tells the JobManager's time");
    return;
  }
  const milliseconds tolerated = chosen.duration("tolerated");
  const milliseconds took = context.look_took();
  const milliseconds on_the_way = took.count() > 0 ? took : milliseconds(recordings_take);
  const bool ahead = -quickest->behind > tolerated;
  if (!ahead && quickest->behind <= tolerated + on_the_way) {
    out.pass(context.cluster(), "the JobManager's clock agrees with the auditor's", {});
    return;
  }
  const milliseconds off = ahead ? -quickest->behind : quickest->behind;
  if (off > another_time) {
    out.unknown(context.cluster(),
                "the answers are from another day: a replay of a recorded cluster?");
    return;
  }
  out.fail(
      context.cluster(),
      {.message =
           fmt::format("the JobManager's clock is {} {} the auditor's: processing-time windows, "
                       "timeouts and the "
                       "times in logs are off, and causes read as if they came after their effects",
                       base::format_duration(off), ahead ? "ahead of" : "behind"),
       .evidence = {{"the JobManager's time", quickest->job->now->time_since_epoch().count(),
                     model::unix_milliseconds, "the auditor's",
                     model::EvidenceSource{quickest->job->details.source, "/now"},
                     quickest->job->details.observed_at}},
       .remediation =
           "Look at the time synchronisation (chrony, NTP) of the JobManager's host, and of the "
           "auditor's own: one of the two is wrong. Set a clock that is ahead back by slewing, not "
           "by a step."});
}

}  // namespace

extern constinit const Check clock_skew{
    .info = {.id = "clock-skew",
             .title = "Clocks differ",
             .practice = "resources",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::clock | model::Resource::other_jobs,
             .uses = model::Resource::job,
             .options = options,
             .pending_for = std::chrono::minutes(5),
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
