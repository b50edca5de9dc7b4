#include <fmt/format.h>

#include "checks/deployments/changes.h"

namespace auditor::checks {

namespace {

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  judge_change(
      context, "state backend", &model::Deployment::state_backend,
      [&context](const Redeployment& change) {
        return Failure{
            .message = fmt::format(
                "the job was redeployed with another state backend: {} instead of {}. Only a "
                "savepoint in the canonical format carries state from one to the other",
                change.now->state_backend, change.before->state_backend),
            .evidence = {context.evidence<model::CheckpointConfiguration>(
                "state backend", change.now->state_backend, "/state_backend")},
            .remediation =
                "If it was meant, nothing is to be done: watch checkpoint durations and memory. If "
                "not, set state.backend.type as before and start the job from a savepoint:\n"
                "    flink savepoint --type canonical <job id> <directory>"};
      },
      out);
}

}  // namespace

extern constinit const Check state_backend_changed{
    .info = {.id = "state-backend-changed",
             .title = "The state backend changed with the deployment",
             .practice = "deployments",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::info,
             .confidence = model::Confidence::certain,
             .needs = deployment_needs | model::Resource::checkpoint_configuration},
    .evaluate = evaluate};

}  // namespace auditor::checks
