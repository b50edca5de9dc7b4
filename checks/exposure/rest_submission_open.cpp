#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::ClusterInfo;
using model::Configuration;

/// In application and per-job mode the JobManager takes no jar, yet `features.web-submit` reads
/// true there as well. Its entry point writes "embedded" over the target; the client's own target
/// and the program stay where an image was started.
bool runs_one_application(const Configuration& configuration) {
  const auto* entry = configuration.find(model::keys::execution_target);
  const std::string target = entry == nullptr ? "" : base::to_lower(base::trim(entry->value));
  return target == "embedded" || target.ends_with("-application") || target.ends_with("-per-job") ||
         std::ranges::any_of(configuration.entries(), [](const model::ConfigurationEntry& e) {
           return e.key.starts_with("$internal.application.");
         });
}

std::string remediation(const Configuration& configuration, const model::FlinkVersion& version) {
  const bool kubernetes = platform_of(configuration) == model::Platform::kubernetes;
  return fmt::format(
      "First keep strangers from the port: {} in front of it. Then, where nobody submits jars over "
      "REST (the page's \"Submit New Job\", tools that call /jars), in {}:\n{}"
      "{}It closes /jars only: \"flink run\" and SQL clients send their jobs another way and go on "
      "working, for an attacker too. It takes effect with a restart of the JobManager (without "
      "high "
      "availability, stop each job with a savepoint first).",
      kubernetes ? "a network policy" : "a firewall rule or an authenticating proxy",
      configuration_file(version), configuration_line(model::keys::web_submit, version, "false"),
      kubernetes
          ? "The Kubernetes operator's session jobs (FlinkSessionJob) submit over /jars: they "
            "stop working. "
          : "");
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& configuration = context.get<Configuration>();
  if (runs_one_application(configuration)) {
    out.not_applicable(context.cluster(), "application mode: the cluster takes no other job");
    return;
  }
  const auto* cluster = context.find<ClusterInfo>();
  std::optional<bool> open;
  std::vector<model::Evidence> evidence;
  if (cluster != nullptr && cluster->web_submit) {
    open = cluster->web_submit;
    evidence.push_back(context.evidence<ClusterInfo>("jars may be submitted over REST",
                                                     *open ? "true" : "false",
                                                     "/features/web-submit", "false"));
  } else {
    open = configuration.flag(model::keys::web_submit, true);
    evidence.push_back(context.evidence(model::keys::web_submit, "false"));
  }
  if (!open) {
    out.unknown(context.cluster(), "Flink does not tell whether jars may be submitted over REST",
                std::move(evidence));
    return;
  }
  if (!*open) {
    out.pass(context.cluster(), "no jar can be submitted over REST", std::move(evidence));
    return;
  }
  if (configuration.flag(model::keys::rest_tls, false) == true &&
      configuration.flag(model::keys::rest_tls_authentication, false) == true) {
    evidence.push_back(context.evidence(model::keys::rest_tls_authentication, "true"));
    out.pass(context.cluster(), "only who holds a client certificate reaches the REST API",
             std::move(evidence));
    return;
  }
  out.fail(context.cluster(),
           {.message = "REST takes jars from anyone: who reaches this address may upload a program "
                       "and run it in the cluster, with access to the state and credentials of all "
                       "jobs on it",
            .evidence = std::move(evidence),
            .remediation = remediation(configuration, context.version())});
}

}  // namespace

extern constinit const Check rest_submission_open{
    .info = {.id = "rest-submission-open",
             .title = "Anyone who reaches the REST API may run code",
             .practice = "exposure",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
