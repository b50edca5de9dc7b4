#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::Configuration;
using model::Severity;
using model::TaskManagers;

constexpr model::ConfigurationKey jobmanager_address{{{{"jobmanager.rpc.address"}, {}, {}}}};

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]";
}

/// Whether JobManager and TaskManagers are shown to share one machine. One TaskManager alone shows
/// nothing: in containers it and the JobManager have a file system each.
bool all_on_one_host(const Context& context) {
  const auto* task_managers = context.find<TaskManagers>();
  const auto* configuration = context.find<Configuration>();
  if (on_one_host(task_managers) != true || configuration == nullptr) {
    return false;
  }
  const std::string& host = task_managers->list.front().host;
  const model::ConfigurationEntry* address = configuration->find(jobmanager_address);
  const bool with_jobmanager =
      is_loopback(host) ||
      (address != nullptr && (address->value == host || is_loopback(address->value)));
  return with_jobmanager || (task_managers->list.size() > 1 &&
                             platform_of(*configuration) == model::Platform::standalone);
}

std::string remediation(const Context& context) {
  const model::FlinkVersion version = context.version();
  const auto* configuration = context.find<Configuration>();
  const bool yarn =
      configuration != nullptr && platform_of(*configuration) == model::Platform::yarn;
  return fmt::format(
      "If the path is a mount that every process shares (NFS, EFS, a shared volume), waive this. "
      "Otherwise move to an object store or HDFS, in {}:\n"
      "{}The file system's plugin must be in plugins/ of every process. Running jobs go over with "
      "a restart, from a savepoint or their last checkpoint; keep the old directory until a "
      "checkpoint of the new run is complete and, with incremental checkpoints, as long as one "
      "refers to files in it.",
      configuration_file(version),
      configuration_line(model::keys::checkpoint_directory, version,
                         yarn ? "hdfs:///flink/checkpoints" : "s3://bucket/checkpoints"));
}

/// Where the job's checkpoints go: the path of the latest one, else the cluster's directory.
std::optional<std::string> checkpoint_path(const Context& context,
                                           std::vector<model::Evidence>& evidence) {
  const auto* checkpoints = context.find<CheckpointStatistics>();
  if (checkpoints != nullptr && checkpoints->latest_completed &&
      !model::scheme_of(checkpoints->latest_completed->external_path).empty()) {
    const std::string& path = checkpoints->latest_completed->external_path;
    evidence.push_back(context.evidence<CheckpointStatistics>(
        "path of the latest checkpoint", path, "/latest/completed/external_path",
        "a file system that every host can read"));
    return path;
  }
  const auto* configuration = context.find<Configuration>();
  const auto* entry =
      configuration == nullptr ? nullptr : configuration->find(model::keys::checkpoint_directory);
  if (entry == nullptr || entry->masked()) {
    return std::nullopt;
  }
  evidence.push_back(context.evidence(model::keys::checkpoint_directory,
                                      "a file system that every host can read"));
  return entry->value;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto& settings = context.get<CheckpointConfiguration>();
  if (settings.storage == "JobManagerCheckpointStorage" ||
      settings.storage == "MemoryStateBackend") {
    out.not_applicable(context.job(), "checkpoints are kept on the JobManager's heap");
    return;
  }
  std::vector<model::Evidence> evidence;
  const auto path = checkpoint_path(context, evidence);
  const std::string scheme = path ? model::scheme_of(*path) : "";
  if (scheme.empty()) {
    out.unknown(context.job(),
                "neither a completed checkpoint nor the cluster's configuration tells where the "
                "checkpoints go",
                std::move(evidence));
    return;
  }
  const std::string shown = base::shorten(base::printable(*path), 80);
  if (scheme != "file") {
    out.pass(context.job(), fmt::format("checkpoints go to {}", shown), std::move(evidence),
             model::Confidence::certain);
    return;
  }
  const auto* checkpoints = context.find<CheckpointStatistics>();
  const bool restored = checkpoints != nullptr && checkpoints->latest_restored &&
                        checkpoints->latest_restored->external_path &&
                        model::scheme_of(*checkpoints->latest_restored->external_path) == "file";
  if (restored) {
    evidence.push_back(context.evidence<CheckpointStatistics>(
        "path that the job was restored from", *checkpoints->latest_restored->external_path,
        "/latest/restored/external_path"));
  }
  const bool one_host = all_on_one_host(context);
  const auto* task_managers = context.find<TaskManagers>();
  std::set<std::string> hosts;
  if (task_managers != nullptr) {
    for (const model::TaskManager& tm : task_managers->list) {
      hosts.insert(tm.host);
    }
  }
  std::string consequence;
  if (one_host) {
    consequence =
        "all processes are on one host, so it works until that host is lost, and the state with it";
  } else if (restored) {
    consequence =
        "a restore from such a path has worked, so it may be a shared mount; on disks of their own "
        "a restore on other hosts would not find the files";
  } else {
    consequence = fmt::format(
        "unless that is a mount that all of them share, each of the {} writes its part to its own "
        "disk, and a restore on another host does not find it",
        hosts.size() > 1 ? fmt::format("{} hosts", hosts.size()) : "processes");
  }
  out.fail(context.job(), {.message = fmt::format("checkpoints go to {}: {}", shown, consequence),
                           .evidence = std::move(evidence),
                           .remediation = remediation(context),
                           .severity = one_host || restored ? Severity::low : Severity::high});
}

}  // namespace

extern constinit const Check checkpoint_storage_local{
    .info = {.id = "checkpoint-storage-local",
             .title = "Checkpoints go to a local path",
             .practice = "state-backend",
             .scope = model::SubjectKind::job,
             .severity = Severity::high,
             .confidence = model::Confidence::likely,
             .needs = model::Resource::checkpoint_configuration,
             .uses = model::Resource::checkpoints | model::Resource::configuration |
                     model::Resource::task_managers | model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
