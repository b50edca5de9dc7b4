#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::Confidence;
using model::JobDetails;
using model::Severity;

std::string remediation(const Context& context, bool in_memory) {
  std::string text =
      "Take a checkpoint every minute, or as often as the work to redo after a failure may "
      "cost:\n" +
      job_line(is_sql(context.get<JobDetails>()), model::keys::checkpoint_interval,
               context.version(), "1 min", "env.enableCheckpointing(60_000);");
  if (in_memory) {
    text += fmt::format("and let it keep them outside of the JobManager, in {} or for the job:\n{}",
                        configuration_file(context.version()),
                        configuration_line(model::keys::checkpoint_directory, context.version(),
                                           "s3://bucket/checkpoints"));
  }
  text +=
      "It takes effect with a new start: stop the job with a savepoint to keep the state it has. "
      "It costs the upload of the state at each checkpoint; exactly-once sinks then publish at "
      "each checkpoint; and a failed job is restarted, by default without end, where without "
      "checkpoints it would end.";
  return text;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  if (is_collect_job(job)) {
    out.not_applicable(context.job(),
                       "a query whose result a client collects: it has no state to come back to");
    return;
  }
  const auto enabled = checkpointing.enabled();
  if (!enabled) {
    out.unknown(context.job(), "Flink's answer has no checkpoint interval");
    return;
  }
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "checkpoint interval (the largest number: off)", checkpointing.interval->count(), "/interval",
      "an interval, such as 60000", "ms")};
  if (*enabled) {
    out.pass(context.job(),
             fmt::format("a checkpoint is taken every {}",
                         base::format_duration(*checkpointing.interval)),
             std::move(evidence));
    return;
  }
  // A savepoint with state proves what names only hint at.
  const bool saved = holds_state(context.find<CheckpointStatistics>()) == true;
  const bool stateful = saved || names_tell_of_state(job);
  Failure failure;
  if (stateful) {
    failure.message =
        "checkpointing is off: after any failure the job starts with empty state, so that what its "
        "keyed or windowed operators have gathered is lost and its results are wrong from there";
  } else {
    failure.message =
        "checkpointing is off: after any failure the job reads its sources from where they start, "
        "so that records are lost or written again";
  }
  failure.evidence = std::move(evidence);
  failure.remediation =
      remediation(context, checkpointing.storage == "JobManagerCheckpointStorage" ||
                               checkpointing.storage == "MemoryStateBackend");
  failure.severity = stateful ? Severity::critical : Severity::medium;
  failure.confidence = stateful ? Confidence::certain : Confidence::likely;
  out.fail(context.job(), std::move(failure));
}

}  // namespace

extern constinit const Check checkpointing_off{
    .info = {.id = "checkpointing-off",
             .title = "Checkpointing is off",
             .practice = "checkpointing",
             .scope = model::SubjectKind::job,
             .severity = Severity::critical,
             .confidence = Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster | model::Resource::checkpoints},
    .evaluate = evaluate};

}  // namespace auditor::checks
