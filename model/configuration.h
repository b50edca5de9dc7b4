#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "model/flink_version.h"

namespace auditor::model {

/// One name of an option, and the release it came with.
struct KeyName {
  std::string_view name;
  int since_major = 1;
  int since_minor = 0;
};

/// A Flink option under all its names, the newest first, as Flink itself looks them up (flink-facts
/// F.2).
struct ConfigurationKey {
  std::array<KeyName, 3> names;

  /// The name to write in the configuration of `version`.
  [[nodiscard]] std::string_view name_in(const FlinkVersion& version) const;
};

/// What `/jobmanager/config` lists: only keys that are set, under the name that the user wrote.
struct ConfigurationEntry {
  std::string key;
  std::string value;
  std::size_t index = 0;  ///< in the answer's array

  friend bool operator==(const ConfigurationEntry&, const ConfigurationEntry&) = default;

  /// Flink shows "******" for keys that look secret, also for harmless ones.
  [[nodiscard]] bool masked() const { return value == "******"; }
};

/// The JobManager's configuration. It never changes during the process' life: a copy shares it.
class Configuration {
 public:
  Configuration() = default;
  explicit Configuration(std::vector<ConfigurationEntry> entries);

  /// The entry that Flink would use; nullptr where no name of the key is set.
  [[nodiscard]] const ConfigurationEntry* find(const ConfigurationKey& key) const;
  [[nodiscard]] const ConfigurationEntry* find(std::string_view name) const;

  /// The value as a bool, "true" or "false" in any case. nullopt where it is masked or reads
  /// otherwise; `otherwise` where the key is not set.
  [[nodiscard]] std::optional<bool> flag(const ConfigurationKey& key, bool otherwise) const;

  [[nodiscard]] const std::vector<ConfigurationEntry>& entries() const;

  friend bool operator==(const Configuration& a, const Configuration& b) {
    return a.entries_ == b.entries_ || a.entries() == b.entries();
  }

 private:
  std::shared_ptr<const std::vector<ConfigurationEntry>> entries_;  // nullptr: none
};

/// How the cluster's processes come to be, as far as its configuration tells.
enum class Platform { standalone, yarn, kubernetes };
Platform platform_of(const Configuration& configuration);

/// Scheduler facts that several checks ask for.
bool is_reactive(const Configuration& configuration);
bool is_adaptive(const Configuration& configuration);

/// The scheme of a path, lower case, without the colon: "hdfs" of "hdfs:/a" and "hdfs://a"; empty
/// where it has none (Flink then uses the default file system).
std::string scheme_of(std::string_view path);

namespace keys {

inline constexpr ConfigurationKey high_availability{
    {{{"high-availability.type", 1, 17}, {"high-availability"}, {"recovery.mode"}}}};
inline constexpr ConfigurationKey high_availability_storage{
    {{{"high-availability.storageDir"},
      {"high-availability.zookeeper.storageDir"},
      {"recovery.zookeeper.storageDir"}}}};
inline constexpr ConfigurationKey high_availability_cluster_id{
    {{{"high-availability.cluster-id"},
      {"high-availability.zookeeper.path.namespace"},
      {"recovery.zookeeper.path.namespace"}}}};
inline constexpr ConfigurationKey zookeeper_quorum{
    {{{"high-availability.zookeeper.quorum"}, {"recovery.zookeeper.quorum"}, {}}}};
inline constexpr ConfigurationKey kubernetes_cluster_id{{{{"kubernetes.cluster-id"}, {}, {}}}};
inline constexpr ConfigurationKey execution_target{{{{"execution.target"}, {}, {}}}};
inline constexpr ConfigurationKey yarn_application_attempts{
    {{{"yarn.application-attempts"}, {}, {}}}};
inline constexpr ConfigurationKey state_backend{
    {{{"state.backend.type", 1, 17}, {"state.backend"}, {}}}};
inline constexpr ConfigurationKey checkpoint_interval{
    {{{"execution.checkpointing.interval"}, {}, {}}}};
inline constexpr ConfigurationKey checkpoint_min_pause{
    {{{"execution.checkpointing.min-pause"}, {}, {}}}};
inline constexpr ConfigurationKey checkpoint_max_concurrent{
    {{{"execution.checkpointing.max-concurrent-checkpoints"}, {}, {}}}};
inline constexpr ConfigurationKey checkpoint_tolerable_failures{
    {{{"execution.checkpointing.tolerable-failed-checkpoints"}, {}, {}}}};
inline constexpr ConfigurationKey checkpoint_retention{
    {{{"execution.checkpointing.externalized-checkpoint-retention"}, {}, {}}}};
inline constexpr ConfigurationKey checkpoint_storage{
    {{{"execution.checkpointing.storage", 1, 20}, {"state.checkpoint-storage"}, {}}}};
inline constexpr ConfigurationKey checkpoint_directory{{{{"execution.checkpointing.dir", 1, 20},
                                                         {"state.checkpoints.dir"},
                                                         {"state.backend.fs.checkpointdir"}}}};
inline constexpr ConfigurationKey savepoint_directory{
    {{{"execution.checkpointing.savepoint-dir", 1, 20},
      {"state.savepoints.dir"},
      {"savepoints.state.backend.fs.dir"}}}};
inline constexpr ConfigurationKey checkpoints_retained{
    {{{"execution.checkpointing.num-retained", 1, 20}, {"state.checkpoints.num-retained"}, {}}}};
inline constexpr ConfigurationKey incremental_checkpoints{
    {{{"execution.checkpointing.incremental", 1, 20}, {"state.backend.incremental"}, {}}}};
inline constexpr ConfigurationKey local_recovery{
    {{{"execution.state-recovery.from-local", 1, 20}, {"state.backend.local-recovery"}, {}}}};
inline constexpr ConfigurationKey rocksdb_memory_managed{
    {{{"state.backend.rocksdb.memory.managed"}, {}, {}}}};
inline constexpr ConfigurationKey rocksdb_memory_fixed_per_slot{
    {{{"state.backend.rocksdb.memory.fixed-per-slot"}, {}, {}}}};
inline constexpr ConfigurationKey rocksdb_memory_fixed_per_task_manager{
    {{{"state.backend.rocksdb.memory.fixed-per-tm"}, {}, {}}}};
inline constexpr ConfigurationKey restart_strategy{
    {{{"restart-strategy.type", 1, 17}, {"restart-strategy"}, {}}}};
inline constexpr ConfigurationKey restart_fixed_delay_attempts{
    {{{"restart-strategy.fixed-delay.attempts"}, {}, {}}}};
inline constexpr ConfigurationKey failover_strategy{
    {{{"jobmanager.execution.failover-strategy"}, {}, {}}}};
inline constexpr ConfigurationKey exception_history_size{
    {{{"web.exception-history-size"}, {}, {}}}};
inline constexpr ConfigurationKey scheduler{{{{"jobmanager.scheduler"}, {}, {}}}};
inline constexpr ConfigurationKey scheduler_mode{{{{"scheduler-mode"}, {}, {}}}};
inline constexpr ConfigurationKey redundant_task_managers{
    {{{"slotmanager.redundant-taskmanager-num"}, {}, {}}}};
inline constexpr ConfigurationKey web_submit{
    {{{"web.submit.enable"}, {"jobmanager.web.submit.enable"}, {}}}};
inline constexpr ConfigurationKey rest_tls{{{{"security.ssl.rest.enabled"}, {}, {}}}};
inline constexpr ConfigurationKey rest_bind_address{{{{"rest.bind-address"}, {}, {}}}};
inline constexpr ConfigurationKey rest_tls_authentication{
    {{{"security.ssl.rest.authentication-enabled"}, {}, {}}}};
inline constexpr ConfigurationKey max_parallelism{{{{"pipeline.max-parallelism"}, {}, {}}}};
inline constexpr ConfigurationKey auto_generate_uids{{{{"pipeline.auto-generate-uids"}, {}, {}}}};
inline constexpr ConfigurationKey vertex_parallelism_overrides{
    {{{"pipeline.jobvertex-parallelism-overrides"}, {}, {}}}};
inline constexpr ConfigurationKey autoscaler_enabled{
    {{{"job.autoscaler.enabled"}, {"kubernetes.operator.job.autoscaler.enabled"}, {}}}};

}  // namespace keys

}  // namespace auditor::model
