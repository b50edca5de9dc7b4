#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::JobSnapshot;
using model::Platform;
using model::Severity;

/// A streaming job that is not shown to be without state.
bool may_hold_state(const JobSnapshot& job) {
  if (job.details.known() &&
      (job.details.value->type == model::JobType::batch || is_data_set(*job.details.value))) {
    return false;
  }
  return holds_state(job.checkpoints.known() ? &*job.checkpoints.value : nullptr) != false;
}

std::string loss(std::size_t stateful) {
  if (stateful == 0) {
    return "every job on it is gone and must be submitted again by hand";
  }
  return (stateful == 1
              ? "the stateful job on it is lost"
              : fmt::format("all {} on it are lost", base::plural(stateful, "stateful job"))) +
         " and must be restored by hand";
}

std::string remediation(const Configuration& configuration, const model::FlinkVersion& version) {
  std::string text = fmt::format("In {}:\n", configuration_file(version));
  if (platform_of(configuration) == Platform::kubernetes) {
    const std::string_view mode =
        version.at_least(1, 16)
            ? "kubernetes"
            : "org.apache.flink.kubernetes.highavailability.KubernetesHaServicesFactory";
    text += configuration_line(model::keys::high_availability, version, mode);
    text +=
        configuration_line(model::keys::high_availability_storage, version, "s3://bucket/flink-ha");
    text +=
        "The JobManager's service account needs the right to create, watch and edit ConfigMaps.\n";
  } else {
    text += configuration_line(model::keys::high_availability, version, "zookeeper");
    text +=
        configuration_line(model::keys::zookeeper_quorum, version, "zk1:2181,zk2:2181,zk3:2181");
    text += configuration_line(model::keys::high_availability_storage, version, "hdfs:///flink/ha");
    if (platform_of(configuration) == Platform::standalone) {
      text +=
          configuration_line(model::keys::high_availability_cluster_id, version, "/this-cluster");
    } else {
      text += configuration_line(model::keys::yarn_application_attempts, version, "4");
    }
  }
  text +=
      "It takes effect with a restart of the JobManager, which loses the running jobs: stop each "
      "with a savepoint first, and start it again from there.";
  return text;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& configuration = context.get<Configuration>();
  const auto mode = high_availability(configuration);
  std::vector<model::Evidence> evidence{
      context.evidence(model::keys::high_availability, "zookeeper, kubernetes or a factory class")};
  if (!mode) {
    out.unknown(context.cluster(), "Flink masks the value of the high-availability mode",
                std::move(evidence));
    return;
  }
  if (*mode != HighAvailability::off) {
    out.pass(context.cluster(), "high availability is on", std::move(evidence));
    return;
  }
  const auto stateful =
      static_cast<std::size_t>(std::ranges::count_if(context.jobs(), may_hold_state));
  out.fail(context.cluster(),
           {.message =
                "JobManager high availability is off: when the JobManager dies, " + loss(stateful),
            .evidence = std::move(evidence),
            .remediation = remediation(configuration, context.version()),
            .severity = stateful > 0 ? Severity::critical : Severity::high});
}

}  // namespace

extern constinit const Check high_availability_off{
    .info = {.id = "high-availability-off",
             .title = "JobManager high availability is off",
             .practice = "high-availability",
             .scope = model::SubjectKind::cluster,
             .severity = Severity::critical,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster | model::Resource::checkpoints |
                     model::Resource::other_jobs},
    .evaluate = evaluate};

}  // namespace auditor::checks
