#include "checks/upgrade/gone_keys.h"

#include <array>

#include <fmt/format.h>

namespace auditor::checks {

namespace {

constexpr std::array gone = std::to_array<GoneKey>({
    {"akka.watch.heartbeat.interval", "heartbeat.interval", "", ""},
    {"akka.watch.heartbeat.pause", "heartbeat.timeout", "", ""},
    {"akka.watch.threshold", "", "", ""},
    {"cluster.declarative-resource-management.enabled", "", "", ""},
    {"cluster.evenly-spread-out-slots", "taskmanager.load-balance.mode", "SLOTS", ""},
    {"cluster.fine-grained-resource-management.enabled", "", "", ""},
    {"execution.async-state.buffer-size", "execution.async-state.active-buffer-size", "", ""},
    {"execution.async-state.buffer-timeout", "execution.async-state.active-buffer-timeout", "", ""},
    {"execution.async-state.in-flight-records-limit", "execution.async-state.total-buffer-size", "",
     ""},
    {"execution.checkpointing.force", "", "", ""},
    {"execution.checkpointing.prefer-checkpoint-for-recovery", "", "", ""},
    {"high-availability.job.delay", "", "", ""},
    {"high-availability.use-old-ha-services", "", "", ""},
    {"high-availability.zookeeper.path.checkpoint-counter", "", "", ""},
    {"high-availability.zookeeper.path.checkpoints", "", "", ""},
    {"high-availability.zookeeper.path.latch", "", "", ""},
    {"high-availability.zookeeper.path.leader", "", "", ""},
    {"high-availability.zookeeper.path.mesos-workers", "", "", ""},
    {"high-availability.zookeeper.path.running-registry", "job-result-store.storage-path", "", "",
     true},
    {"jobmanager.heap.mb", "jobmanager.memory.process.size", "", "", true},
    {"jobmanager.heap.size", "jobmanager.memory.process.size", "", "", true},
    {"jobmanager.web.backpressure.cleanup-interval", "", "", ""},
    {"jobmanager.web.backpressure.delay-between-samples", "", "", ""},
    {"jobmanager.web.backpressure.num-samples", "", "", ""},
    {"jobmanager.web.backpressure.refresh-interval", "", "", ""},
    {"jobmanager.web.ssl.enabled", "security.ssl.rest.enabled", "", ""},
    {"pipeline.auto-type-registration", "", "", ""},
    {"pipeline.default-kryo-serializers", "pipeline.serialization-config", "", "", true},
    {"pipeline.registered-kryo-types", "pipeline.serialization-config", "", "", true},
    {"pipeline.registered-pojo-types", "pipeline.serialization-config", "", "", true},
    {"pipeline.time-characteristic", "", "", ""},
    {"recovery.job.delay", "", "", ""},
    {"security.ssl.enabled", "", "", "security.ssl.{internal,rest}.enabled; else TLS is off"},
    {"slotmanager.request-timeout", "slot.request.timeout", "", ""},
    {"slotmanager.taskmanager-timeout", "resourcemanager.taskmanager-timeout", "", ""},
    {"state.backend.async", "", "", ""},
    {"state.backend.rocksdb.checkpointdir", "state.backend.rocksdb.localdir", "", ""},
    {"taskmanager.net.client.numThreads", "", "", ""},
    {"taskmanager.net.num-arenas", "", "", ""},
    {"taskmanager.net.sendReceiveBufferSize", "", "", ""},
    {"taskmanager.net.server.backlog", "", "", ""},
    {"taskmanager.net.server.numThreads", "", "", ""},
    {"taskmanager.net.transport", "", "", ""},
    {"taskmanager.network.batch-shuffle.compression.enabled", "", "", ""},
    {"taskmanager.network.blocking-shuffle.compression.enabled", "", "", ""},
    {"taskmanager.network.blocking-shuffle.type", "", "", ""},
    {"taskmanager.network.hybrid-shuffle.enable-new-mode", "", "", ""},
    {"taskmanager.network.hybrid-shuffle.num-retained-in-memory-regions-max", "", "", ""},
    {"taskmanager.network.hybrid-shuffle.spill-index-region-group-size", "", "", ""},
    {"taskmanager.network.hybrid-shuffle.spill-index-segment-size", "", "", ""},
    {"taskmanager.network.max-num-tcp-connections", "", "", ""},
    {"taskmanager.network.memory.buffers-per-channel", "", "", ""},
    {"taskmanager.network.memory.floating-buffers-per-gate", "", "", ""},
    {"taskmanager.network.memory.max-buffers-per-channel", "", "", ""},
    {"taskmanager.network.memory.max-overdraft-buffers-per-gate", "", "", ""},
    {"taskmanager.network.netty.client.numThreads", "", "", ""},
    {"taskmanager.network.netty.num-arenas", "", "", ""},
    {"taskmanager.network.netty.sendReceiveBufferSize", "", "", ""},
    {"taskmanager.network.netty.server.backlog", "", "", ""},
    {"taskmanager.network.netty.server.numThreads", "", "", ""},
    {"taskmanager.network.netty.transport", "", "", ""},
    {"taskmanager.network.numberOfBuffers", "taskmanager.memory.network.max", "", "", true},
    {"taskmanager.network.sort-shuffle.min-parallelism", "", "", ""},
    {"web.backpressure.cleanup-interval", "", "", ""},
    {"web.backpressure.delay-between-samples", "", "", ""},
    {"web.backpressure.num-samples", "", "", ""},
    {"web.backpressure.refresh-interval", "", "", ""},
    {"web.ssl.enabled", "security.ssl.rest.enabled", "", ""},
});

}  // namespace

std::string GoneKey::instead() const {
  if (successor.empty()) {
    return std::string(note);
  }
  return value.empty() ? std::string(successor) : fmt::format("{}: {}", successor, value);
}

std::span<const GoneKey> keys_gone_in_2() {
  return gone;
}

}  // namespace auditor::checks
