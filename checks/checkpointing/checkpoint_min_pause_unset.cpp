#include <algorithm>

#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::JobDetails;
using std::chrono::milliseconds;

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  if (!checkpointing.min_pause) {
    out.unknown(context.job(), "Flink's answer has no pause between checkpoints");
    return;
  }
  const milliseconds interval = *checkpointing.interval;
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "pause between checkpoints", checkpointing.min_pause->count(), "/min_pause",
      "more than 0 where checkpoints take half of the interval", "ms")};
  if (*checkpointing.min_pause > milliseconds(0)) {
    out.pass(context.job(),
             fmt::format("checkpoints are {} apart or more",
                         base::format_duration(*checkpointing.min_pause)),
             std::move(evidence));
    return;
  }
  evidence.push_back(context.evidence<CheckpointConfiguration>(
      "checkpoint interval", interval.count(), "/interval", "", "ms"));
  const auto median = median_checkpoint_duration(context.find<CheckpointStatistics>());
  if (!median) {
    out.unknown(context.job(),
                "no pause between checkpoints is set, and too few have completed to tell whether "
                "one is needed",
                std::move(evidence));
    return;
  }
  evidence.push_back({"median of the checkpoints' duration", median->count(), "ms",
                      fmt::format("less than {}", interval.count() / 2), std::nullopt,
                      std::nullopt});
  if (*median * 2 < interval) {
    out.pass(context.job(),
             fmt::format("checkpoints take {} of the interval of {}: no pause is needed",
                         base::format_duration(*median), base::format_duration(interval)),
             std::move(evidence));
    return;
  }
  const milliseconds pause = std::max(interval / 2, milliseconds(1));
  out.fail(
      context.job(),
      {.message = fmt::format("no pause between checkpoints is set, and half of them take {} or "
                              "more at an interval of {}: one that is late is followed by the next "
                              "at once, and the job checkpoints all the time instead of working",
                              base::format_duration(*median), base::format_duration(interval)),
       .evidence = std::move(evidence),
       .remediation =
           job_line(is_sql(context.get<JobDetails>()), model::keys::checkpoint_min_pause,
                    context.version(), flink_duration(pause),
                    fmt::format("env.getCheckpointConfig().setMinPauseBetweenCheckpoints({});",
                                pause.count())) +
           "It takes effect with a new start, from a savepoint. It costs that checkpoints which "
           "take long come less often, with more work to redo after a failure. Whatever makes them "
           "faster (incremental checkpoints, less backpressure) helps more."});
}

}  // namespace

extern constinit const Check checkpoint_min_pause_unset{
    .info = {.id = "checkpoint-min-pause-unset",
             .title = "No pause between slow checkpoints",
             .practice = "checkpointing",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster | model::Resource::checkpoints},
    .evaluate = evaluate};

}  // namespace auditor::checks
