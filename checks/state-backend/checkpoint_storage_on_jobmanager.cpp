#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::Configuration;
using model::JobDetails;
using model::Severity;

std::string_view example_directory(const Configuration* configuration) {
  const bool yarn =
      configuration != nullptr && platform_of(*configuration) == model::Platform::yarn;
  return yarn ? "hdfs:///flink/checkpoints" : "s3://bucket/checkpoints";
}

std::string remediation(const Context& context, std::string_view storage) {
  const model::FlinkVersion version = context.version();
  const auto* configuration = context.find<Configuration>();
  const auto* job = context.find<JobDetails>();
  const std::string_view directory = example_directory(configuration);
  std::string text;
  if (storage == "MemoryStateBackend") {
    text =
        "Replace the MemoryStateBackend by the HashMapStateBackend, which reads the same "
        "savepoints and leaves the storage to the directory.\n";
  }
  const auto* chosen =
      configuration == nullptr ? nullptr : configuration->find(model::keys::checkpoint_storage);
  const auto* present =
      configuration == nullptr ? nullptr : configuration->find(model::keys::checkpoint_directory);
  if (chosen != nullptr) {
    text += fmt::format("Take {} out of {}, where it asks for this storage.\n", chosen->key,
                        configuration_file(version));
  }
  if (present != nullptr) {
    text += fmt::format(
        "The cluster has a checkpoint directory ({}), which this job does not use: remove the call "
        "in its code that chooses the storage.\n",
        present->key);
  } else {
    const std::string java =
        version.at_least(2, 0)
            ? fmt::format(
                  "configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY,\n"
                  "        \"{}\");",
                  directory)
            : fmt::format("env.getCheckpointConfig().setCheckpointStorage(\"{}\");", directory);
    text += "Give the job a directory on storage that outlives the JobManager:\n" +
            job_line(job != nullptr && is_sql(*job), model::keys::checkpoint_directory, version,
                     directory, java);
    text += fmt::format("or all jobs of the cluster, in {}:\n{}", configuration_file(version),
                        configuration_line(model::keys::checkpoint_directory, version, directory));
    text += "The file system's plugin must be in plugins/ of every process. ";
  }
  return text +
         "It takes a restart of the job: stop it with a savepoint, for its checkpoints of today "
         "cannot be restored from, and start it again from there.";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!settings.storage || *settings.storage == "Unknown") {
    out.unknown(context.job(), "Flink's answer has no checkpoint storage");
    return;
  }
  const std::string& storage = *settings.storage;
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "checkpoint storage", storage, "/checkpoint_storage", "FileSystemCheckpointStorage")};
  if (storage != "JobManagerCheckpointStorage" && storage != "MemoryStateBackend") {
    out.pass(context.job(), "checkpoints are not kept on the JobManager's heap",
             std::move(evidence));
    return;
  }
  const auto* checkpoints = context.find<CheckpointStatistics>();
  std::string what = "its checkpoints are";
  bool written = false;
  if (checkpoints != nullptr && checkpoints->latest_completed) {
    const model::Checkpoint& latest = *checkpoints->latest_completed;
    if (latest.state_size && latest.state_size->count > 0) {
      what = fmt::format("its checkpoints, {} of state in the latest, are",
                         base::format_bytes(*latest.state_size));
      evidence.push_back(context.evidence<CheckpointStatistics>(
          "state in the latest checkpoint", latest.state_size->count,
          "/latest/completed/state_size", {}, "bytes"));
    }
    // With a directory this storage writes state and metadata into one file there: then they do
    // outlive the JobManager.
    written = !model::scheme_of(latest.external_path).empty();
    if (written) {
      evidence.push_back(context.evidence<CheckpointStatistics>("path of the latest checkpoint",
                                                                latest.external_path.text(),
                                                                "/latest/completed/external_path"));
    }
  }
  const bool stateless = holds_state(checkpoints) == false;
  Failure failure;
  failure.message =
      written
          ? fmt::format(
                "{} held on the JobManager's heap and written from there: all state passes through "
                "one process, and more than 5 MiB (by default) in one operator's subtask fails the "
                "checkpoint",
                what)
          : fmt::format(
                "{} kept on the JobManager's heap alone: when the JobManager dies they are gone{}, "
                "and more than 5 MiB (by default) in one operator's subtask fails the checkpoint",
                what,
                stateless ? " (they hold no state so far)"
                          : " and the job starts without its state");
  failure.evidence = std::move(evidence);
  failure.remediation = remediation(context, storage);
  failure.severity = stateless ? Severity::low : written ? Severity::high : Severity::critical;
  out.fail(context.job(), std::move(failure));
}

}  // namespace

extern constinit const Check checkpoint_storage_on_jobmanager{
    .info = {.id = "checkpoint-storage-on-jobmanager",
             .title = "Checkpoints are kept on the JobManager's heap",
             .practice = "state-backend",
             .scope = model::SubjectKind::job,
             .severity = Severity::critical,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::checkpoint_configuration,
             .uses = model::Resource::checkpoints | model::Resource::configuration |
                     model::Resource::job | model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
