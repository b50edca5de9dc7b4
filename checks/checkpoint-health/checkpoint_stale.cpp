#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::JobDetails;
using std::chrono::milliseconds;

constexpr model::ConfigurationKey backlog_interval{
    {{{"execution.checkpointing.interval-during-backlog"}, {}, {}}}};

/// The newest moment since which nothing has been saved, and how it reads.
struct Since {
  base::Timestamp at;
  std::string what;
  model::Evidence evidence;
};

std::optional<base::Timestamp> end_of(const model::Checkpoint& checkpoint) {
  if (checkpoint.acknowledged_at) {
    return checkpoint.acknowledged_at;
  }
  return checkpoint.triggered_at ? std::optional(*checkpoint.triggered_at +
                                                 checkpoint.duration.value_or(milliseconds(0)))
                                 : std::nullopt;
}

/// All tasks must run, since `running_since`.
Since latest_of(const Context& context, base::Timestamp running_since) {
  const auto& checkpoints = context.get<CheckpointStatistics>();
  Since latest{
      running_since, "all its tasks run since",
      context.overview_evidence("last change of a task", running_since, "last-modification")};
  const auto take = [&](std::optional<base::Timestamp> at, std::string what, base::Wording label,
                        std::string pointer) {
    if (at && *at > latest.at) {
      latest = {*at, std::move(what),
                context.evidence<CheckpointStatistics>(std::move(label), *at, std::move(pointer))};
    }
  };
  if (checkpoints.latest_completed) {
    take(end_of(*checkpoints.latest_completed), "the last checkpoint completed at",
         "end of the last completed checkpoint", "/latest/completed/latest_ack_timestamp");
  }
  if (checkpoints.latest_savepoint &&
      checkpoints.latest_savepoint->status == model::CheckpointStatus::completed) {
    take(end_of(*checkpoints.latest_savepoint), "the last savepoint completed at",
         "end of the last savepoint", "/latest/savepoint/latest_ack_timestamp");
  }
  if (checkpoints.latest_restored) {
    take(checkpoints.latest_restored->restored_at, "the job was restored at", "the last restore",
         "/latest/restored/restore_timestamp");
  }
  return latest;
}

/// Flink ≤ 1.14, or the option of later ones that is off: a finished task ends all checkpoints.
bool finished_tasks_end_checkpoints(const Context& context) {
  const auto& job = context.get<JobDetails>();
  const bool finished = std::ranges::any_of(
      job.vertices, [](const model::JobVertex& vertex) { return vertex.status == "FINISHED"; });
  const bool by_option = context.get<CheckpointConfiguration>().after_tasks_finish == false;
  return finished && (!context.version().at_least(1, 15) || by_option);
}

bool has_backlog_interval(const Context& context) {
  const auto* const configuration = context.find<model::Configuration>();
  return configuration != nullptr && configuration->find(backlog_interval) != nullptr;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!context.knows_now() || !settings.timeout) {
    out.unknown(context.job(), "the JobManager's clock or the checkpoint timeout is not known");
    return;
  }
  const auto running_since = context.all_tasks_run_since();
  if (!running_since || context.get<JobDetails>().state != model::JobState::running) {
    out.unknown(context.job(),
                "not all of its tasks run: no checkpoint can be taken until they do");
    return;
  }
  constexpr std::int64_t most_tolerated = 3;
  const std::int64_t attempts =
      std::clamp<std::int64_t>(settings.tolerable_failures.value_or(0), 0, most_tolerated) + 2;
  const milliseconds limit =
      attempts * std::max({*settings.interval, settings.min_pause.value_or(milliseconds(0)),
                           *settings.timeout});
  const Since since = latest_of(context, *running_since);
  std::vector<model::Evidence> evidence;
  evidence.push_back(since.evidence);
  evidence.back().expected = fmt::format("at most {} ago", base::format_duration(limit));
  evidence.push_back(interval_evidence(context));
  evidence.push_back(timeout_evidence(context));
  if (!context.is_past(since.at + limit)) {
    out.pass(context.job(), fmt::format("{} {}", since.what, base::format_rfc3339(since.at)),
             std::move(evidence));
    return;
  }
  if (has_backlog_interval(context)) {
    evidence.push_back(context.evidence(backlog_interval));
    out.unknown(context.job(),
                "no checkpoint has completed for long, but the cluster sets an interval for the "
                "time in which a source works off its backlog, and REST does not tell when that is",
                std::move(evidence));
    return;
  }
  const base::Timestamp now = *context.now();
  evidence.insert(evidence.begin() + 1,
                  context.evidence<JobDetails>("the JobManager's time", now, "/now"));
  const bool finished = finished_tasks_end_checkpoints(context);
  out.fail(
      context.job(),
      {.message = fmt::format(
           "no checkpoint has completed for {}: {} {}, and {} would be normal. A failure now "
           "replays all of that{}",
           base::format_duration(now - since.at), since.what, base::format_rfc3339(since.at),
           base::format_duration(limit),
           finished
               ? "; the job cannot checkpoint any more, because some of its tasks have finished"
               : ""),
       .evidence = std::move(evidence),
       .remediation =
           finished
               ? "Up to Flink 1.14, and without execution.checkpointing.checkpoints-after-tasks-"
                 "finish.enabled in later releases, a job with finished tasks takes no checkpoint: "
                 "keep the bounded sources running, or upgrade. Until then take care with "
                 "restarts: "
                 "they go back to the last checkpoint."
               : "Look at checkpoint-failing and checkpoint-stuck for why; where neither fires, "
                 "the "
                 "JobManager's log tells why none is triggered (search \"checkpoint\"). Before any "
                 "restart, try a savepoint: it saves the progress if it succeeds."});
}

}  // namespace

extern constinit const Check checkpoint_stale{
    .info = {.id = "checkpoint-stale",
             .title = "No checkpoint has completed for long",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::critical,
             .confidence = model::Confidence::likely,
             .needs = checkpoint_needs,
             .uses =
                 model::Resource::cluster | model::Resource::configuration | model::Resource::clock,
             .pending_for = std::chrono::minutes(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
