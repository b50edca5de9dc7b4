#include <fmt/format.h>

#include "checks/deployments/changes.h"

namespace auditor::checks {

namespace {

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  judge_change(
      context, "Flink version", &model::Deployment::flink_version,
      [&context](const Redeployment& change) {
        return Failure{
            .message = fmt::format("the job runs on Flink {} now; before its redeployment it ran "
                                   "on {}",
                                   change.now->flink_version, change.before->flink_version),
            .evidence = {context.evidence<model::ClusterInfo>(
                "Flink version", change.now->flink_version, "/flink-version")},
            .remediation =
                "If it was meant, nothing is to be done: state that the new release has written "
                "may not be read by the old one, so keep the savepoint from before until the new "
                "one has proved itself."};
      },
      out);
}

}  // namespace

extern constinit const Check flink_version_changed{
    .info = {.id = "flink-version-changed",
             .title = "The Flink version changed with the deployment",
             .practice = "deployments",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::info,
             .confidence = model::Confidence::certain,
             .needs = deployment_needs | model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
