#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::Platform;

/// Flink's own default, or nothing; slashes around it make no difference to the path in ZooKeeper.
bool is_default(std::string_view id) {
  id = base::trim(id);
  while (id.starts_with('/')) {
    id.remove_prefix(1);
  }
  while (id.ends_with('/')) {
    id.remove_suffix(1);
  }
  return id.empty() || id == "default";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto mode = high_availability_on(context, out);
  if (!mode) {
    return;
  }
  const auto& configuration = context.get<Configuration>();
  if (*mode != HighAvailability::zookeeper) {
    out.not_applicable(context.cluster(), "high availability does not use ZooKeeper");
    return;
  }
  const model::ConfigurationEntry* entry =
      configuration.find(model::keys::high_availability_cluster_id);
  if (entry == nullptr && platform_of(configuration) != Platform::standalone) {
    out.not_applicable(context.cluster(), "YARN and Kubernetes give each cluster an id of its own");
    return;
  }
  std::vector<model::Evidence> evidence{context.evidence(model::keys::high_availability_cluster_id,
                                                         "an id that only this cluster has")};
  if (entry != nullptr && entry->masked()) {
    out.unknown(context.cluster(), "Flink masks the value of " + entry->key, std::move(evidence));
    return;
  }
  if (entry != nullptr && !is_default(entry->value)) {
    out.pass(context.cluster(),
             fmt::format("the cluster has its own id, {}",
                         base::shorten(base::printable(entry->value), 80)),
             std::move(evidence));
    return;
  }
  out.fail(context.cluster(),
           {.message = "the high-availability cluster id is Flink's default, /default: a second "
                       "cluster on the same ZooKeeper that sets none either would share this one's "
                       "leader and job graphs, and each would start the other's jobs",
            .evidence = std::move(evidence),
            .remediation =
                fmt::format("Give each cluster an id, in {}:\n{}A cluster with a new id does not "
                            "know the jobs that run now: stop each with a savepoint first, change "
                            "the id on every process, and start the jobs again from there.",
                            configuration_file(context.version()),
                            configuration_line(model::keys::high_availability_cluster_id,
                                               context.version(), "/this-cluster"))});
}

}  // namespace

extern constinit const Check high_availability_cluster_id_default{
    .info = {.id = "high-availability-cluster-id-default",
             .title = "The high-availability cluster id is Flink's default",
             .practice = "high-availability",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
