#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Confidence;
using model::Configuration;
using model::Platform;

/// The distinct hosts of "zk1:2181,zk2:2181/chroot": several servers on one host die together.
std::set<std::string> hosts_of(std::string_view quorum) {
  std::set<std::string> hosts;
  for (const std::string_view server : base::split(quorum.substr(0, quorum.find('/')), ',')) {
    std::string_view host = base::trim(server);
    if (host.starts_with('[')) {
      host = host.substr(1, host.find(']') - 1);
    } else if (std::ranges::count(host, ':') == 1) {
      host = host.substr(0, host.find(':'));
    }
    if (!host.empty()) {
      hosts.insert(base::to_lower(host));
    }
  }
  return hosts;
}

/// An address, or this host: it stands for one server, where a name may stand for a whole ensemble.
bool is_one_server(std::string_view host) {
  return host == "localhost" || host.find(':') != std::string_view::npos ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// The name of a Kubernetes service, behind which there may be any number of servers.
bool is_service(const Configuration& configuration, std::string_view host) {
  return !is_one_server(host) &&
         (platform_of(configuration) == Platform::kubernetes || host.ends_with(".svc") ||
          host.find(".svc.") != std::string_view::npos);
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  constexpr std::size_t enough = 3;
  const auto mode = high_availability_on(context, out);
  if (!mode) {
    return;
  }
  if (*mode != HighAvailability::zookeeper) {
    out.not_applicable(context.cluster(), "high availability does not use ZooKeeper");
    return;
  }
  const auto& configuration = context.get<Configuration>();
  const model::ConfigurationEntry* entry = configuration.find(model::keys::zookeeper_quorum);
  std::vector<model::Evidence> evidence{
      context.evidence(model::keys::zookeeper_quorum, "three hosts or more")};
  if (entry == nullptr || entry->masked()) {
    out.unknown(context.cluster(),
                entry == nullptr ? "Flink shows no ZooKeeper quorum"
                                 : "Flink masks the value of " + entry->key,
                std::move(evidence));
    return;
  }
  const std::set<std::string> hosts = hosts_of(entry->value);
  if (hosts.empty()) {
    out.unknown(context.cluster(), "the ZooKeeper quorum names no host", std::move(evidence));
    return;
  }
  if (hosts.size() >= enough) {
    out.pass(context.cluster(), fmt::format("the ZooKeeper quorum has {} hosts", hosts.size()),
             std::move(evidence));
    return;
  }
  if (hosts.size() == 1 && is_service(configuration, *hosts.begin())) {
    out.unknown(context.cluster(),
                "the ZooKeeper quorum is one service name, which may stand for a whole ensemble",
                std::move(evidence));
    return;
  }
  const bool alias = hosts.size() == 1 && !is_one_server(*hosts.begin());
  out.fail(context.cluster(),
           {.message = fmt::format("the ZooKeeper quorum has {}: {}; without a quorum no "
                                   "JobManager leads, and every job stops",
                                   base::plural(hosts.size(), "host"),
                                   hosts.size() == 1
                                       ? "when that one is down, there is no quorum"
                                       : "two need each other, so that either one's loss ends it"),
            .evidence = std::move(evidence),
            .remediation = fmt::format(
                "Grow the same ensemble to three servers on three hosts (it then bears the loss of "
                "one), and name them all in {}; if it has them already, only name them:\n{}Keep "
                "the ensemble and the paths in it: another one knows nothing of the jobs that run "
                "now and would orphan them. The key is read at the start of each process: restart "
                "JobManagers, then TaskManagers; the jobs recover from their latest checkpoint.",
                configuration_file(context.version()),
                configuration_line(model::keys::zookeeper_quorum, context.version(),
                                   "zk1:2181,zk2:2181,zk3:2181")),
            .confidence = alias ? Confidence::likely : Confidence::certain});
}

}  // namespace

extern constinit const Check zookeeper_quorum_small{
    .info = {.id = "zookeeper-quorum-small",
             .title = "The ZooKeeper quorum has fewer than three hosts",
             .practice = "high-availability",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
