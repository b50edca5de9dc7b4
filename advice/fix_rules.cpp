#include "advice/fix_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::advice {

namespace {

using model::ConfigurationKey;
using model::Platform;
using Settings = std::vector<Setting>;
namespace keys = model::keys;

Setting setting(const FixContext& context, const ConfigurationKey& key, std::string value,
                Reach reach) {
  return {std::string(key.name_in(context.version)), std::move(value), reach};
}

/// A folder that the user has to name.
std::string folder(const FixContext& context, std::string_view name) {
  return fmt::format("{}://{}/{}", context.platform == Platform::yarn ? "hdfs" : "s3", fill_in,
                     name);
}

bool is_set(const FixContext& context, const ConfigurationKey& key) {
  return context.configuration != nullptr && context.configuration->find(key) != nullptr;
}

std::string three_zookeepers() {
  return fmt::format("{0}-1:2181,{0}-2:2181,{0}-3:2181", fill_in);
}

/// One setting with one value, whatever the finding.
template <const ConfigurationKey& key, Reach reach>
Settings constant(const FixContext& context, std::string_view value) {
  return {setting(context, key, std::string(value), reach)};
}

bool kept_on_job_manager(const FixContext& context) {
  return context.job != nullptr && context.job->checkpoint_configuration.known() &&
         context.job->checkpoint_configuration.value->storage == "JobManagerCheckpointStorage";
}

/// Where checkpoints go, if nothing sets it yet.
void add_checkpoint_directory(const FixContext& context, Settings& settings) {
  if (kept_on_job_manager(context) && !is_set(context, keys::checkpoint_directory)) {
    settings.push_back(
        setting(context, keys::checkpoint_directory, folder(context, "checkpoints"), Reach::any));
    // A storage that was chosen wins over the directory.
    if (is_set(context, keys::checkpoint_storage)) {
      settings.push_back(setting(context, keys::checkpoint_storage, "filesystem", Reach::any));
    }
  }
}

Settings high_availability(const FixContext& context) {
  const model::FlinkVersion& version = context.version;
  Settings settings;
  if (context.platform == Platform::kubernetes) {
    settings.push_back(
        setting(context, keys::high_availability,
                version.at_least(1, 16)
                    ? "kubernetes"
                    : "org.apache.flink.kubernetes.highavailability.KubernetesHaServicesFactory",
                Reach::cluster));
  } else {
    settings.push_back(setting(context, keys::high_availability, "zookeeper", Reach::cluster));
    settings.push_back(
        setting(context, keys::zookeeper_quorum, three_zookeepers(), Reach::cluster));
    settings.push_back(
        context.platform == Platform::standalone
            ? setting(context, keys::high_availability_cluster_id, fmt::format("/{}", fill_in),
                      Reach::cluster)
            : setting(context, keys::yarn_application_attempts, "4", Reach::cluster));
  }
  settings.push_back(setting(context, keys::high_availability_storage, folder(context, "flink-ha"),
                             Reach::cluster));
  return settings;
}

Settings high_availability_storage(const FixContext& context) {
  return {setting(context, keys::high_availability_storage, folder(context, "flink-ha"),
                  Reach::cluster)};
}

Settings quorum(const FixContext& context) {
  return {setting(context, keys::zookeeper_quorum, three_zookeepers(), Reach::cluster)};
}

Settings cluster_id(const FixContext& context) {
  return {setting(context, keys::high_availability_cluster_id, fmt::format("/{}", fill_in),
                  Reach::cluster)};
}

Settings rocksdb_memory(const FixContext& context) {
  Settings settings{setting(context, keys::rocksdb_memory_managed, "true", Reach::cluster)};
  constexpr std::string_view fraction = "taskmanager.memory.managed.fraction";
  if (context.verdict->remediation.text().find(fraction) != std::string::npos) {
    settings.push_back({std::string(fraction), "0.4", Reach::cluster});
  }
  return settings;
}

Settings savepoint_directory(const FixContext& context) {
  return {setting(context, keys::savepoint_directory, folder(context, "savepoints"), Reach::any)};
}

Settings retained(const FixContext& context) {
  return constant<keys::checkpoints_retained, Reach::any>(context, "3");
}

Settings storage_on_job_manager(const FixContext& context) {
  Settings settings;
  add_checkpoint_directory(context, settings);
  return settings;
}

Settings storage_local(const FixContext& context) {
  return {setting(context, keys::checkpoint_directory, folder(context, "checkpoints"), Reach::any)};
}

Settings checkpointing(const FixContext& context) {
  Settings settings{setting(context, keys::checkpoint_interval, "1 min", Reach::any)};
  add_checkpoint_directory(context, settings);
  return settings;
}

Settings retention(const FixContext& context) {
  Settings settings{
      setting(context, keys::checkpoint_retention, "RETAIN_ON_CANCELLATION", Reach::any)};
  add_checkpoint_directory(context, settings);
  return settings;
}

/// The interval that the finding's text gives: it depends on how long checkpoints take.
Settings interval(const FixContext& context) {
  constexpr std::string_view call = "enableCheckpointing(";
  constexpr std::string_view statement = "'execution.checkpointing.interval' = '";
  const std::string_view text = context.verdict->remediation;
  if (const std::size_t at = text.find(statement); at != std::string_view::npos) {
    const std::string_view rest = text.substr(at + statement.size());
    return {setting(context, keys::checkpoint_interval,
                    std::string(rest.substr(0, rest.find('\''))), Reach::any)};
  }
  const std::size_t at = text.find(call);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = text.substr(at + call.size());
  std::int64_t milliseconds = 0;
  const auto [end, wrong] = std::from_chars(rest.data(), rest.data() + rest.size(), milliseconds);
  if (wrong != std::errc{}) {
    return {};
  }
  return {setting(context, keys::checkpoint_interval,
                  checks::flink_duration(std::chrono::milliseconds(milliseconds)), Reach::any)};
}

Settings tolerated(const FixContext& context) {
  return constant<keys::checkpoint_tolerable_failures, Reach::any>(context, "10");
}

Settings one_failure(const FixContext& context) {
  return constant<keys::checkpoint_tolerable_failures, Reach::any>(context, "3");
}

Settings concurrent(const FixContext& context) {
  return constant<keys::checkpoint_max_concurrent, Reach::any>(context, "1");
}

/// Half the job's interval.
Settings pause(const FixContext& context) {
  if (context.job == nullptr || !context.job->checkpoint_configuration.known() ||
      !context.job->checkpoint_configuration.value->interval) {
    return {};
  }
  const std::chrono::milliseconds half = std::max(
      *context.job->checkpoint_configuration.value->interval / 2, std::chrono::milliseconds(1));
  return {setting(context, keys::checkpoint_min_pause, checks::flink_duration(half), Reach::any)};
}

Settings incremental(const FixContext& context) {
  return constant<keys::incremental_checkpoints, Reach::any>(context, "true");
}

Settings restarts(const FixContext& context) {
  const std::string_view text = context.verdict->remediation;
  // Without checkpoints a strategy brings the job back with empty state.
  if (text.starts_with("Switch on checkpointing")) {
    return checkpointing(context);
  }
  const bool sql = context.job != nullptr && context.job->details.known() &&
                   checks::is_sql(*context.job->details.value);
  if (text.starts_with("In the job") && !sql) {
    return {};  // its code chooses: no setting reaches that
  }
  return constant<keys::restart_strategy, Reach::any>(context, "exponential-delay");
}

Settings failover(const FixContext& context) {
  return constant<keys::failover_strategy, Reach::cluster>(context, "region");
}

Settings attempts(const FixContext& context) {
  return constant<keys::yarn_application_attempts, Reach::cluster>(context, "4");
}

Settings local_recovery(const FixContext& context) {
  return constant<keys::local_recovery, Reach::any>(context, "true");
}

Settings submission(const FixContext& context) {
  return constant<keys::web_submit, Reach::cluster>(context, "false");
}

Settings rest_tls(const FixContext& context) {
  Settings settings{setting(context, keys::rest_tls, "true", Reach::cluster)};
  for (const std::string_view store :
       {"keystore", "keystore-password", "key-password", "truststore", "truststore-password"}) {
    settings.push_back(
        {fmt::format("security.ssl.rest.{}", store), std::string(fill_in), Reach::cluster});
  }
  return settings;
}

/// The backend that the job has now: another one would not read its checkpoints.
Settings backend(const FixContext& context) {
  return constant<keys::state_backend, Reach::job>(context, "hashmap");
}

/// The value that the job has now, where one does for all its vertices.
Settings max_parallelism(const FixContext& context) {
  if (context.job == nullptr || !context.job->details.known()) {
    return {};
  }
  std::optional<std::int64_t> value;
  for (const model::JobVertex& vertex : context.job->details.value->vertices) {
    if (checks::is_pinned(vertex) || !vertex.max_parallelism) {
      continue;
    }
    if (value && *value != *vertex.max_parallelism) {
      return {};
    }
    value = vertex.max_parallelism;
  }
  return value ? constant<keys::max_parallelism, Reach::job>(context, std::to_string(*value))
               : Settings{};
}

Settings unaligned(const FixContext& context) {
  constexpr ConfigurationKey enabled{{{{"execution.checkpointing.unaligned.enabled", 1, 17},
                                       {"execution.checkpointing.unaligned"},
                                       {}}}};
  if (context.verdict->remediation.text().find("execution.checkpointing.unaligned") ==
      std::string::npos) {
    return {};
  }
  Settings settings{setting(context, enabled, "true", Reach::any)};
  if (context.version.at_least(1, 14)) {
    settings.push_back({"execution.checkpointing.aligned-checkpoint-timeout", "10 s", Reach::any});
  }
  return settings;
}

constexpr std::array rules = std::to_array<FixRule>({
    {"max-parallelism-unset", max_parallelism,
     "its vertices have different values, each to be set in its code"},
    {"state-backend-unchosen", backend},
    {"checkpoint-storage-on-jobmanager", storage_on_job_manager},
    {"checkpoint-storage-local", storage_local},
    {"rocksdb-memory-unbounded", rocksdb_memory},
    {"full-checkpoints-of-large-state", incremental},
    {"high-availability-off", high_availability},
    {"high-availability-storage-local", high_availability_storage},
    {"zookeeper-quorum-small", quorum},
    {"high-availability-cluster-id-default", cluster_id},
    {"checkpointing-off", checkpointing},
    {"checkpoints-not-retained", retention},
    {"checkpoint-interval-long", interval},
    {"checkpoint-failures-tolerated", tolerated},
    {"checkpoint-failure-restarts-job", one_failure},
    {"concurrent-checkpoints", concurrent},
    {"checkpoint-min-pause-unset", pause},
    {"single-retained-checkpoint", retained},
    {"savepoint-directory-unset", savepoint_directory},
    {"restart-strategy-none", restarts},
    {"restart-attempts-few", restarts},
    {"failover-restarts-everything", failover},
    {"yarn-single-attempt", attempts},
    {"local-recovery-off", local_recovery},
    {"rest-submission-open", submission},
    {"rest-unencrypted", rest_tls},
    {"checkpoint-alignment-slow", unaligned},
    {"checkpoint-longer-than-interval", pause},
});

constexpr std::string_view other_value =
    "any other max parallelism makes the restore from the job's state fail: it takes a start "
    "without that state";
constexpr std::string_view other_backend =
    "another state backend needs a savepoint in canonical format, job by job: nothing to set for "
    "all";
constexpr std::string_view in_code = "it is in the job's code";
constexpr std::string_view by_upgrade = "an upgrade mends it: audit-now upgrade";
constexpr std::string_view an_event = "it tells of what happened: its cause is to be found";
constexpr std::string_view sizing = "it takes more resources, and how many the job decides";
constexpr std::string_view by_cause = "its cause is to be found first";

constexpr std::array others = std::to_array<NotBySetting>({
    {"max-parallelism-without-headroom", other_value},
    {"max-parallelism-needlessly-high", other_value},
    {"key-groups-uneven",
     "a parallelism that divides the max parallelism is chosen for the job: "
     "audit-now what-if"},
    {"operator-uid-missing", "UIDs are in the job's code: audit-now uids"},
    {"sql-plan-not-compiled", "the job has to be started from a compiled plan"},
    {"heap-state-large", other_backend},
    {"no-spare-slots", "it takes a further TaskManager, or another scheduler for all jobs"},
    {"flink-version-unsupported", by_upgrade},
    {"configuration-gone-in-2", by_upgrade},
    {"legacy-state-backend", in_code},
    {"job-name-not-unique", in_code},
    {"cluster-unreachable", an_event},
    {"job-not-running", an_event},
    {"job-disappeared", an_event},
    {"started-without-state", an_event},
    {"restored-from-old-checkpoint", an_event},
    {"tasks-not-running", sizing},
    {"running-below-parallelism", sizing},
    {"restart-loop", an_event},
    {"taskmanager-oom", sizing},
    {"taskmanager-lost", an_event},
    {"jobmanager-failover", an_event},
    {"checkpoint-async-slow", by_cause},
    {"checkpoint-sync-slow", by_cause},
    {"checkpoint-start-delayed", by_cause},
    {"checkpoint-straggler", by_cause},
    {"checkpoint-failing", by_cause},
    {"checkpoint-stale", by_cause},
    {"checkpoint-stuck", by_cause},
    {"checkpoint-near-timeout", by_cause},
    {"state-growing", in_code},
    {"backpressure-sustained", sizing},
    {"bottleneck", sizing},
    {"data-skew", in_code},
    {"source-lag-growing", sizing},
    {"source-stuck", by_cause},
    {"watermark-stalled", in_code},
    {"job-idle", by_cause},
    {"recovery-debt-large", sizing},
    {"taskmanager-heap-high", sizing},
    {"gc-time-high", sizing},
    {"metaspace-high", sizing},
    {"jobmanager-heap-high", sizing},
    {"network-buffers-exhausted", sizing},
    {"clock-skew", "the hosts' clocks are to be set"},
    {"operator-ids-changed", an_event},
    {"max-parallelism-changed", an_event},
    {"state-backend-changed", an_event},
    {"checkpoint-storage-changed", an_event},
    {"flink-version-changed", an_event},
});

}  // namespace

std::span<const FixRule> fix_rules() {
  return rules;
}

std::span<const NotBySetting> not_by_setting() {
  return others;
}

}  // namespace auditor::advice
