#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::JobDetails;
using model::Severity;
using std::chrono::milliseconds;

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  if (!checkpointing.tolerable_failures) {
    out.unknown(context.job(), "Flink's answer has no number of tolerable checkpoint failures");
    return;
  }
  const std::int64_t tolerated = *checkpointing.tolerable_failures;
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "tolerable failed checkpoints", tolerated, "/tolerable_failed_checkpoints", "1 or more")};
  if (tolerated > 0) {
    out.pass(context.job(),
             fmt::format("the job tolerates {} failed checkpoints in a row", tolerated),
             std::move(evidence));
    return;
  }
  const auto p95 = p95_checkpoint_duration(context.find<CheckpointStatistics>());
  const bool close = p95 && checkpointing.timeout && *p95 * 2 >= *checkpointing.timeout;
  std::string chance;
  if (close) {
    evidence.push_back(context.evidence<CheckpointConfiguration>(
        "checkpoint timeout", checkpointing.timeout->count(), "/timeout",
        "more than twice the 95th percentile", "ms"));
    evidence.push_back({"95th percentile of the checkpoints' duration", p95->count(), "ms",
                        fmt::format("less than {}", checkpointing.timeout->count() / 2),
                        std::nullopt, std::nullopt});
    chance = fmt::format(
        ". It is near: one in twenty of its checkpoints takes {} or more, the timeout is {}",
        base::format_duration(*p95), base::format_duration(*checkpointing.timeout));
  }
  out.fail(context.job(),
           {.message = fmt::format(
                "the first checkpoint that expires or cannot be written restarts the whole job: a "
                "short fault of the checkpoint storage becomes an outage of the job{}",
                chance),
            .evidence = std::move(evidence),
            .remediation =
                job_line(is_sql(context.get<JobDetails>()),
                         model::keys::checkpoint_tolerable_failures, context.version(), "3",
                         "env.getCheckpointConfig().setTolerableCheckpointFailureNumber(3);") +
                "It takes effect with a new start, from a savepoint. It costs that a lasting fault "
                "shows three checkpoints later, with as much more work to redo: alert on failed "
                "checkpoints." +
                (close ? " Also make checkpoints faster, or raise the timeout." : ""),
            .severity = close ? Severity::medium : Severity::low});
}

}  // namespace

extern constinit const Check checkpoint_failure_restarts_job{
    .info = {.id = "checkpoint-failure-restarts-job",
             .title = "One failed checkpoint restarts the job",
             .practice = "checkpointing",
             .scope = model::SubjectKind::job,
             .severity = Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster | model::Resource::checkpoints},
    .evaluate = evaluate};

}  // namespace auditor::checks
