#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::JobDetails;
using std::chrono::milliseconds;

constexpr double percent = 100;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "share_of_interval",
     .kind = model::OptionKind::percent,
     .otherwise = 80,
     .minimum = 1,
     .maximum = 1'000,
     .help = "checkpoints are too long for their interval beyond this part of it"},
}};

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!settings.min_pause) {
    out.unknown(context.job(), "Flink's answer has no pause between checkpoints");
    return;
  }
  std::vector<model::Evidence> evidence{
      interval_evidence(context),
      context.evidence<CheckpointConfiguration>(
          "pause between checkpoints", settings.min_pause->count(), "/min_pause", "", "ms")};
  if (settings.min_pause->count() > 0) {
    out.pass(context.job(),
             fmt::format("a pause of {} between checkpoints is set",
                         base::format_duration(*settings.min_pause)),
             std::move(evidence));
    return;
  }
  const std::vector<milliseconds> durations = usual_durations(context.get<CheckpointStatistics>());
  if (durations.size() < fewest_checkpoints) {
    out.unknown(context.job(),
                "fewer than three checkpoints have completed (savepoints and the first one after a "
                "restore do not count): too few to tell",
                std::move(evidence));
    return;
  }
  const milliseconds median = median_of(durations);
  const milliseconds limit(
      static_cast<std::int64_t>(static_cast<double>(settings.interval->count()) *
                                chosen.number("share_of_interval") / percent));
  evidence.insert(
      evidence.begin(),
      {fmt::format("median of the last {} checkpoints' duration", durations.size()), median.count(),
       "ms", fmt::format("less than {}", limit.count()), std::nullopt, std::nullopt});
  if (median < limit) {
    out.pass(context.job(),
             fmt::format("half of the checkpoints take {} or less, at an interval of {}",
                         base::format_duration(median), base::format_duration(*settings.interval)),
             std::move(evidence));
    return;
  }
  const milliseconds pause = std::max(*settings.interval / 2, milliseconds(1));
  out.fail(context.job(),
           {.message = fmt::format(
                "half of the checkpoints take {} or more, at an interval of {} and without a pause "
                "between them: the job is checkpointing nearly all the time",
                base::format_duration(median), base::format_duration(*settings.interval)),
            .evidence = std::move(evidence),
            .remediation =
                fmt::format(
                    "A longer interval, or a pause:\n{}",
                    job_line(is_sql(context.get<JobDetails>()), model::keys::checkpoint_min_pause,
                             context.version(), flink_duration(pause),
                             fmt::format("env.getCheckpointConfig()."
                                         "setMinPauseBetweenCheckpoints({});",
                                         pause.count()))) +
                "It takes effect with a new start, and costs more work to redo after a failure. "
                "What makes the checkpoints faster helps more: see checkpoint-async-slow and its "
                "neighbours."});
}

}  // namespace

extern constinit const Check checkpoint_longer_than_interval{
    .info = {.id = "checkpoint-longer-than-interval",
             .title = "Checkpoints take as long as their interval",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = checkpoint_needs,
             .uses = model::Resource::cluster,
             .options = options,
             .pending_for = std::chrono::minutes(10),
             .keep_firing_for = std::chrono::minutes(30)},
    .evaluate = evaluate};

}  // namespace auditor::checks
