#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::FlinkVersion;
using model::JobDetails;

std::string_view java_call(const FlinkVersion& version) {
  if (version.at_least(1, 20)) {
    return "env.getCheckpointConfig().setExternalizedCheckpointRetention(\n"
           "        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);";
  }
  return version.at_least(1, 15)
             ? "env.getCheckpointConfig().setExternalizedCheckpointCleanup(\n"
               "      CheckpointConfig.ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION);"
             : "env.getCheckpointConfig().enableExternalizedCheckpoints(\n"
               "      CheckpointConfig.ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION);";
}

std::string remediation(const Context& context, bool in_memory) {
  const FlinkVersion version = context.version();
  std::string text;
  if (in_memory) {
    text = fmt::format(
        "First keep the checkpoints outside of the JobManager, which takes these with it, in "
        "{}:\n{}Then:\n",
        configuration_file(version),
        configuration_line(model::keys::checkpoint_directory, version, "s3://bucket/checkpoints"));
  }
  text += job_line(is_sql(context.get<JobDetails>()), model::keys::checkpoint_retention, version,
                   "RETAIN_ON_CANCELLATION", java_call(version));
  text +=
      "It takes effect with a new start, from a savepoint. Flink then never deletes the last "
      "checkpoints of a cancelled job: something must clean them up, and must not touch files that "
      "a job started from them still uses (incremental checkpoints share files).";
  return text;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  if (is_collect_job(context.get<JobDetails>())) {
    out.not_applicable(context.job(), "a query whose result a client collects: nobody restores it");
    return;
  }
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  if (!checkpointing.externalized ||
      (*checkpointing.externalized && !checkpointing.deleted_on_cancellation)) {
    out.unknown(context.job(), "Flink's answer does not tell whether checkpoints are retained");
    return;
  }
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "checkpoints are externalized", flag(*checkpointing.externalized), "/externalization/enabled",
      "true")};
  if (*checkpointing.externalized) {
    evidence.push_back(context.evidence<CheckpointConfiguration>(
        "deleted on cancellation", flag(*checkpointing.deleted_on_cancellation),
        "/externalization/delete_on_cancellation", "false"));
    if (!*checkpointing.deleted_on_cancellation) {
      out.pass(context.job(), "checkpoints are kept when the job is cancelled",
               std::move(evidence));
      return;
    }
  }
  const bool in_memory = checkpointing.storage == "JobManagerCheckpointStorage" ||
                         checkpointing.storage == "MemoryStateBackend";
  out.fail(
      context.job(),
      {.message =
           *checkpointing.externalized
               ? base::Wording(
                     "Flink deletes the job's checkpoints when the job is cancelled: whoever "
                     "cancels it without a savepoint, by mistake or because a savepoint does not "
                     "finish, loses its state")
               : base::Wording(
                     "Flink deletes the job's checkpoints when the job is cancelled and also when "
                     "it fails for good: without a savepoint its state is lost just when it is "
                     "needed"),
       .evidence = std::move(evidence),
       .remediation = remediation(context, in_memory)});
}

}  // namespace

extern constinit const Check checkpoints_not_retained{
    .info = {.id = "checkpoints-not-retained",
             .title = "Checkpoints are not retained",
             .practice = "checkpointing",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
