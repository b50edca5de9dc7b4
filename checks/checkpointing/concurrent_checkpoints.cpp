#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::JobDetails;

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  if (!checkpointing.max_concurrent) {
    out.unknown(context.job(), "Flink's answer has no number of concurrent checkpoints");
    return;
  }
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "concurrent checkpoints", *checkpointing.max_concurrent, "/max_concurrent", "1")};
  if (*checkpointing.max_concurrent <= 1) {
    out.pass(context.job(), "one checkpoint is taken at a time", std::move(evidence));
    return;
  }
  out.fail(
      context.job(),
      {.message = fmt::format("up to {} checkpoints run at the same time: when one is slow, the "
                              "next ones (every {}) compete with it for network, disk and storage, "
                              "and all get slower. It also rules out unaligned checkpoints",
                              *checkpointing.max_concurrent,
                              base::format_duration(*checkpointing.interval)),
       .evidence = std::move(evidence),
       .remediation = job_line(is_sql(context.get<JobDetails>()),
                               model::keys::checkpoint_max_concurrent, context.version(), "1",
                               "env.getCheckpointConfig().setMaxConcurrentCheckpoints(1);") +
                      "It takes effect with a new start, from a savepoint. It costs that "
                      "checkpoints which take longer than the interval come less often, with more "
                      "work to redo after a failure; exactly-once sinks publish less often then."});
}

}  // namespace

extern constinit const Check concurrent_checkpoints{
    .info = {.id = "concurrent-checkpoints",
             .title = "Several checkpoints run at the same time",
             .practice = "checkpointing",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
