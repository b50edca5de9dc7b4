#include <fmt/format.h>

#include "checks/deployments/changes.h"

namespace auditor::checks {

namespace {

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  judge_change(
      context, "checkpoint storage", &model::Deployment::checkpoint_storage,
      [&context](const Redeployment& change) {
        return Failure{
            .message = fmt::format(
                "the job was redeployed with another checkpoint storage: {} instead of {}. New "
                "checkpoints go there; those before stay where they are until somebody removes "
                "them",
                change.now->checkpoint_storage, change.before->checkpoint_storage),
            .evidence = {context.evidence<model::CheckpointConfiguration>(
                "checkpoint storage", change.now->checkpoint_storage, "/checkpoint_storage")},
            .remediation =
                "If it was meant, nothing is to be done. If not, set the storage as "
                "before: JobManagerCheckpointStorage keeps checkpoints in the memory of "
                "the JobManager, which loses them without high availability."};
      },
      out);
}

}  // namespace

extern constinit const Check checkpoint_storage_changed{
    .info = {.id = "checkpoint-storage-changed",
             .title = "The checkpoint storage changed with the deployment",
             .practice = "deployments",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::info,
             .confidence = model::Confidence::certain,
             .needs = deployment_needs | model::Resource::checkpoint_configuration},
    .evaluate = evaluate};

}  // namespace auditor::checks
