#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::JobDetails;
using std::chrono::milliseconds;

constexpr std::array options_info{
    model::OptionInfo{.name = "longest",
                      .kind = model::OptionKind::duration,
                      .otherwise = 600'000,
                      .minimum = 1'000,
                      .maximum = 604'800'000,
                      .help = "the longest interval that is not reported"}};

/// Three minutes, or four times what most checkpoints take, in whole minutes: less would checkpoint
/// all the time.
milliseconds better_interval(std::optional<milliseconds> duration) {
  const auto room = std::chrono::ceil<std::chrono::minutes>(4 * duration.value_or(milliseconds(0)));
  return std::max(milliseconds(room), milliseconds(std::chrono::minutes(3)));
}

std::string remediation(const Context& context, milliseconds effective,
                        std::optional<milliseconds> duration) {
  const milliseconds better = better_interval(duration);
  if (better >= effective) {
    return fmt::format(
        "Its checkpoints take {} (95 of 100 take no longer): a shorter interval would leave the "
        "job little time in between. Make checkpoints faster first (incremental ones, less "
        "backpressure, more parallelism).",
        base::format_duration(*duration));
  }
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  const bool sql = is_sql(context.get<JobDetails>());
  std::string text =
      job_line(sql, model::keys::checkpoint_interval, context.version(), flink_duration(better),
               fmt::format("env.enableCheckpointing({});", better.count()));
  if (checkpointing.min_pause && *checkpointing.min_pause > better) {
    const milliseconds pause = better / 2;
    text += job_line(
        sql, model::keys::checkpoint_min_pause, context.version(), flink_duration(pause),
        fmt::format("env.getCheckpointConfig().setMinPauseBetweenCheckpoints({});", pause.count()));
  }
  return text +
         "It takes effect with a new start, from a savepoint. More frequent checkpoints write more "
         "to their storage; with RocksDB, incremental ones write only what changed.";
}

void evaluate(const Context& context, const Options& options, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  const milliseconds interval = *checkpointing.interval;
  const milliseconds longest = options.duration("longest");
  // Flink raises an interval that is shorter than the pause to the pause.
  const milliseconds effective =
      std::max(interval, checkpointing.min_pause.value_or(milliseconds(0)));
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "checkpoint interval", interval.count(), "/interval",
      fmt::format("at most {}", longest.count()), "ms")};
  if (effective > interval) {
    evidence.push_back(context.evidence<CheckpointConfiguration>(
        "pause between checkpoints", effective.count(), "/min_pause",
        fmt::format("at most {}", longest.count()), "ms"));
  }
  if (effective <= longest) {
    out.pass(context.job(),
             fmt::format("a checkpoint is taken every {}", base::format_duration(effective)),
             std::move(evidence));
    return;
  }
  out.fail(
      context.job(),
      {.message = fmt::format(
           "a checkpoint is taken only every {}{}: after a failure the job does up to that much "
           "work again, and until it has caught up its results are late by as much; exactly-once "
           "sinks publish no more often",
           base::format_duration(effective),
           effective > interval
               ? fmt::format(" (the interval is {}, but the pause between them is longer)",
                             base::format_duration(interval))
               : ""),
       .evidence = std::move(evidence),
       .remediation = remediation(context, effective,
                                  p95_checkpoint_duration(context.find<CheckpointStatistics>()))});
}

}  // namespace

extern constinit const Check checkpoint_interval_long{
    .info = {.id = "checkpoint-interval-long",
             .title = "The checkpoint interval is long",
             .practice = "checkpointing",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster | model::Resource::checkpoints,
             .options = options_info},
    .evaluate = evaluate};

}  // namespace auditor::checks
