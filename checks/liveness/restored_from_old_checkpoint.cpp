#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::JobDetails;
using model::PastCheckpoint;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "intervals",
     .kind = model::OptionKind::number,
     .otherwise = 2,
     .minimum = 1,
     .maximum = 1'000,
     .help = "how many checkpoint intervals older than the newest one the restored one may be"},
    {.name = "told_for",
     .kind = model::OptionKind::duration,
     .otherwise = 86'400'000,
     .minimum = 60'000,
     .maximum = 2'592'000'000,
     .help = "how long after the restore it is told"},
}};

/// The newest of those that `wanted` takes and that were triggered before the restore; nullptr
/// where none is known.
template <class Wanted>
const PastCheckpoint* newest(const model::JobHistory& history, base::Timestamp restored_at,
                             Wanted wanted) {
  const auto& completed = history.completed;
  const auto found = std::find_if(completed.rbegin(), completed.rend(), [&](const auto& past) {
    return past.triggered_at < restored_at && wanted(past);
  });
  return found == completed.rend() ? nullptr : &*found;
}

model::Evidence seen_before(const PastCheckpoint& past, std::string_view what) {
  return {fmt::format("{} ({} of job {}), seen before", what, past.id, past.flink_job_id->value),
          past.triggered_at.time_since_epoch().count(),
          model::unix_milliseconds,
          "",
          std::nullopt,
          std::nullopt};
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto& restored = context.get<CheckpointStatistics>().latest_restored;
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!restored) {
    out.not_applicable(context.job(), "the job was not restored from anything");
    return;
  }
  if (!restored->restored_at || !context.knows_now()) {
    out.unknown(context.job(), "Flink's answer does not tell when the job was restored");
    return;
  }
  if (settings.enabled() != true) {
    out.not_applicable(context.job(), "periodic checkpoints are off");
    return;
  }
  const model::JobHistory& history = context.job_history();
  // A savepoint beside the checkpoints is no place to recover from.
  const PastCheckpoint* const last =
      newest(history, *restored->restored_at,
             [](const PastCheckpoint& past) { return !past.is_savepoint; });
  if (last == nullptr) {
    out.not_applicable(context.job(), "no checkpoint from before the restore is known");
    return;
  }
  const PastCheckpoint* const source =
      newest(history, *restored->restored_at, [&](const PastCheckpoint& past) {
        // Of one that a path named, Flink says that it is a savepoint, whatever it was.
        return past.id == restored->id;
      });
  if (source == nullptr) {
    out.unknown(context.job(),
                fmt::format("what it was restored from, {}, was not seen before", restored->id));
    return;
  }
  const milliseconds behind = last->triggered_at - source->triggered_at;
  const auto allowed =
      std::chrono::duration_cast<milliseconds>(*settings.interval * chosen.number("intervals"));
  if (behind <= allowed) {
    out.pass(context.job(), "the job was restored from one of its newest checkpoints",
             {context.evidence<CheckpointStatistics>("restored from", restored->id,
                                                     "/latest/restored/id")});
    return;
  }
  const milliseconds age = *context.now() - *restored->restored_at;
  if (age > chosen.duration("told_for")) {
    out.pass(context.job(),
             fmt::format("the job was restored from an old checkpoint, but {} ago",
                         base::format_duration(age)),
             {context.evidence<CheckpointStatistics>("restored from", restored->id,
                                                     "/latest/restored/id")});
    return;
  }
  out.fail(
      context.job(),
      {.message = fmt::format(
           "the job was restored {} ago from {} {}, which is {} older than its newest checkpoint, "
           "{}: it does all work of that time again, and sinks that are not idempotent get it "
           "twice",
           base::format_duration(age), source->is_savepoint ? "savepoint" : "checkpoint",
           restored->id, base::format_duration(behind), last->id),
       .evidence = {context.evidence<CheckpointStatistics>("restored from", restored->id,
                                                           "/latest/restored/id",
                                                           std::to_string(last->id)),
                    context.evidence<CheckpointStatistics>("restored at", *restored->restored_at,
                                                           "/latest/restored/restore_timestamp"),
                    seen_before(*source, "the restored one was triggered"),
                    seen_before(*last, "the newest one was triggered"),
                    context.evidence<CheckpointConfiguration>(
                        "interval", settings.interval->count(), "/interval", {}, "ms")},
       .remediation =
           "If that was not meant: stop the job now, without a savepoint, and start it from the "
           "newest checkpoint, while it is retained:\n"
           "    flink run -s <path of the checkpoint> …\n"
           "Look at where the path came from: a script with a fixed savepoint, an operator whose "
           "last-state was lost, a JobManager that could not read the newest one from its high "
           "availability storage (its log says so)."});
}

}  // namespace

extern constinit const Check restored_from_old_checkpoint{
    .info = {.id = "restored-from-old-checkpoint",
             .title = "The job was restored from an old checkpoint",
             .practice = "liveness",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoints |
                      model::Resource::checkpoint_configuration | model::Resource::job_history |
                      model::Resource::clock,
             .options = options,
             .keep_firing_for = std::chrono::minutes(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
