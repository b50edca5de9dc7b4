#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;

struct GoneKey {
  std::string_view name;
  std::string_view instead;  ///< what to set; empty where there is nothing left to set
};

/// Options that some 1.x reads and 2.0 to 2.3 do not, under no alias either: compared over the
/// option classes of all releases. Not here: what 2.x still reads as a deprecated name
/// (state.checkpoints.dir, web.port, taskmanager.network.memory.max …).
constexpr std::array gone = std::to_array<GoneKey>({
    {"akka.watch.heartbeat.interval", "heartbeat.interval"},
    {"akka.watch.heartbeat.pause", "heartbeat.timeout"},
    {"akka.watch.threshold", ""},
    {"cluster.declarative-resource-management.enabled", ""},
    {"cluster.evenly-spread-out-slots", "taskmanager.load-balance.mode: SLOTS"},
    {"cluster.fine-grained-resource-management.enabled", ""},
    {"execution.async-state.buffer-size", "execution.async-state.active-buffer-size"},
    {"execution.async-state.buffer-timeout", "execution.async-state.active-buffer-timeout"},
    {"execution.async-state.in-flight-records-limit", "execution.async-state.total-buffer-size"},
    {"execution.checkpointing.force", ""},
    {"execution.checkpointing.prefer-checkpoint-for-recovery", ""},
    {"high-availability.job.delay", ""},
    {"high-availability.use-old-ha-services", ""},
    {"high-availability.zookeeper.path.checkpoint-counter", ""},
    {"high-availability.zookeeper.path.checkpoints", ""},
    {"high-availability.zookeeper.path.latch", ""},
    {"high-availability.zookeeper.path.leader", ""},
    {"high-availability.zookeeper.path.mesos-workers", ""},
    {"high-availability.zookeeper.path.running-registry", "job-result-store.storage-path"},
    {"jobmanager.heap.mb", "jobmanager.memory.process.size"},
    {"jobmanager.heap.size", "jobmanager.memory.process.size"},
    {"jobmanager.web.backpressure.cleanup-interval", ""},
    {"jobmanager.web.backpressure.delay-between-samples", ""},
    {"jobmanager.web.backpressure.num-samples", ""},
    {"jobmanager.web.backpressure.refresh-interval", ""},
    {"jobmanager.web.ssl.enabled", "security.ssl.rest.enabled"},
    {"pipeline.auto-type-registration", ""},
    {"pipeline.default-kryo-serializers", "pipeline.serialization-config"},
    {"pipeline.registered-kryo-types", "pipeline.serialization-config"},
    {"pipeline.registered-pojo-types", "pipeline.serialization-config"},
    {"pipeline.time-characteristic", ""},
    {"recovery.job.delay", ""},
    {"security.ssl.enabled", "security.ssl.{internal,rest}.enabled; else TLS is off"},
    {"slotmanager.request-timeout", "slot.request.timeout"},
    {"slotmanager.taskmanager-timeout", "resourcemanager.taskmanager-timeout"},
    {"state.backend.async", ""},
    {"state.backend.rocksdb.checkpointdir", "state.backend.rocksdb.localdir"},
    {"taskmanager.net.client.numThreads", ""},
    {"taskmanager.net.num-arenas", ""},
    {"taskmanager.net.sendReceiveBufferSize", ""},
    {"taskmanager.net.server.backlog", ""},
    {"taskmanager.net.server.numThreads", ""},
    {"taskmanager.net.transport", ""},
    {"taskmanager.network.batch-shuffle.compression.enabled", ""},
    {"taskmanager.network.blocking-shuffle.compression.enabled", ""},
    {"taskmanager.network.blocking-shuffle.type", ""},
    {"taskmanager.network.hybrid-shuffle.enable-new-mode", ""},
    {"taskmanager.network.hybrid-shuffle.num-retained-in-memory-regions-max", ""},
    {"taskmanager.network.hybrid-shuffle.spill-index-region-group-size", ""},
    {"taskmanager.network.hybrid-shuffle.spill-index-segment-size", ""},
    {"taskmanager.network.max-num-tcp-connections", ""},
    {"taskmanager.network.memory.buffers-per-channel", ""},
    {"taskmanager.network.memory.floating-buffers-per-gate", ""},
    {"taskmanager.network.memory.max-buffers-per-channel", ""},
    {"taskmanager.network.memory.max-overdraft-buffers-per-gate", ""},
    {"taskmanager.network.netty.client.numThreads", ""},
    {"taskmanager.network.netty.num-arenas", ""},
    {"taskmanager.network.netty.sendReceiveBufferSize", ""},
    {"taskmanager.network.netty.server.backlog", ""},
    {"taskmanager.network.netty.server.numThreads", ""},
    {"taskmanager.network.netty.transport", ""},
    {"taskmanager.network.numberOfBuffers", "taskmanager.memory.network.max"},
    {"taskmanager.network.sort-shuffle.min-parallelism", ""},
    {"web.backpressure.cleanup-interval", ""},
    {"web.backpressure.delay-between-samples", ""},
    {"web.backpressure.num-samples", ""},
    {"web.backpressure.refresh-interval", ""},
    {"web.ssl.enabled", "security.ssl.rest.enabled"},
});

std::string remediation(const std::vector<const GoneKey*>& found) {
  constexpr std::size_t most = 12;
  std::string text =
      "Nothing to do on 1.x. Before the step to 2.x replace what has a successor, and remove the "
      "rest "
      "once you know that you can do without:\n";
  for (std::size_t i = 0; i < found.size() && i < most; ++i) {
    text += found[i]->instead.empty()
                ? fmt::format("    {}: remove\n", found[i]->name)
                : fmt::format("    {}:\n        now {}\n", found[i]->name, found[i]->instead);
  }
  if (found.size() > most) {
    text += fmt::format("    … and {} more\n", found.size() - most);
  }
  return text +
         "Flink 2 reads config.yaml only, no flink-conf.yaml. A changed key takes effect with a "
         "restart "
         "of the cluster's processes.";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (context.get<model::ClusterInfo>().version.major >= 2) {
    out.not_applicable(context.cluster(), "the cluster runs Flink 2 already");
    return;
  }
  const auto& configuration = context.get<Configuration>();
  constexpr std::size_t most_named = 10;
  std::vector<const GoneKey*> found;
  std::vector<std::string> names;
  std::vector<model::Evidence> evidence;
  for (const GoneKey& key : gone) {
    if (configuration.find(key.name) == nullptr) {
      continue;
    }
    found.push_back(&key);
    if (names.size() < most_named) {
      names.emplace_back(key.name);
      evidence.push_back(
          context.evidence(model::ConfigurationKey{{{{key.name}, {}, {}}}}, "not set"));
    }
  }
  if (found.empty()) {
    out.pass(context.cluster(), "the configuration sets no key that Flink 2 does not read", {});
    return;
  }
  const std::string more =
      found.size() > names.size() ? fmt::format(" and {} more", found.size() - names.size()) : "";
  out.fail(
      context.cluster(),
      {.message = fmt::format("the configuration sets {} that Flink 2 does not read: {}{}. After "
                              "an upgrade {} would be ignored without a word",
                              base::plural(found.size(), "key"), base::join(names, ", "), more,
                              found.size() == 1 ? "it" : "they"),
       .evidence = std::move(evidence),
       .remediation = remediation(found)});
}

}  // namespace

extern constinit const Check configuration_gone_in_2{
    .info = {.id = "configuration-gone-in-2",
             .title = "The configuration sets keys that Flink 2 does not read",
             .practice = "upgrade",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::cluster | model::Resource::configuration},
    .evaluate = evaluate};

}  // namespace auditor::checks
