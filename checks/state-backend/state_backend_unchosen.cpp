#include <algorithm>

#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::Configuration;
using model::JobDetails;
using model::TaskManagers;

/// The share of the task heap that the job's state takes, in percent, were it spread evenly over
/// the slots that the job fills; nullopt where its state or the heap is not known.
std::optional<double> share_of_heap(const Context& context,
                                    std::vector<model::Evidence>& evidence) {
  const auto* checkpoints = context.find<CheckpointStatistics>();
  if (checkpoints == nullptr || !checkpoints->latest_completed ||
      !checkpoints->latest_completed->state_size) {
    return std::nullopt;
  }
  const base::Bytes state = *checkpoints->latest_completed->state_size;
  evidence.push_back(context.evidence<CheckpointStatistics>(
      "state in the latest checkpoint", state.count, "/latest/completed/state_size", {}, "bytes"));
  if (state.count == 0) {
    return 0;
  }
  const auto heap = task_heap_per_slot(context.find<TaskManagers>());
  if (!heap || heap->size.count <= 0) {
    return std::nullopt;
  }
  std::int64_t slots = 1;
  if (const auto* job = context.find<JobDetails>()) {
    for (const model::JobVertex& vertex : job->vertices) {
      slots = std::max(slots, vertex.parallelism.value_or(1));
    }
  }
  evidence.push_back({.label = fmt::format("task heap of the job's {} slots", slots),
                      .value = heap->size.count * slots,
                      .unit = "bytes",
                      .expected = {},
                      .source = {},
                      .observed_at = {}});
  return 100 * static_cast<double>(state.count) /
         (static_cast<double>(heap->size.count) * static_cast<double>(slots));
}

std::string java(const model::FlinkVersion& version, std::string_view name) {
  return version.at_least(1, 19)
             ? fmt::format("configuration.set(StateBackendOptions.STATE_BACKEND, \"{}\");", name)
             : fmt::format("env.setStateBackend(new {}());", name == "hashmap"
                                                                 ? "HashMapStateBackend"
                                                                 : "EmbeddedRocksDBStateBackend");
}

std::string remediation(const Context& context, bool small) {
  const model::FlinkVersion version = context.version();
  const auto* job = context.find<JobDetails>();
  const bool sql = job != nullptr && is_sql(*job);
  const auto line = [&](std::string_view name) {
    return job_line(sql, model::keys::state_backend, version, name, java(version, name));
  };
  std::string text =
      "If the heap is what you want, say so (it changes nothing for the jobs that run, and costs "
      "nothing), in the job:\n" +
      line("hashmap") +
      fmt::format("or for the whole cluster, in {}:\n", configuration_file(version)) +
      configuration_line(model::keys::state_backend, version, "hashmap");
  if (!small) {
    text +=
        "If the state is to grow beyond the heap, move this job, not the cluster, to RocksDB:\n" +
        line("rocksdb") +
        "That needs a savepoint in the canonical format to restart from (a checkpoint or a native "
        "savepoint cannot be read by another backend), managed memory on the TaskManagers, and "
        "some throughput.";
  }
  return text;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& backend = context.get<CheckpointConfiguration>().state_backend;
  if (!backend || *backend == "Unknown") {
    out.unknown(context.job(), "Flink's answer has no state backend");
    return;
  }
  std::vector<model::Evidence> evidence{
      context.evidence<CheckpointConfiguration>("state backend", *backend, "/state_backend")};
  // Before 1.16 the changelog's name hides the backend beneath it.
  const bool hidden = *backend == "ChangelogStateBackend";
  if (*backend != "HashMapStateBackend" && !hidden) {
    out.pass(context.job(), "the job or the cluster chose its state backend: " + *backend,
             std::move(evidence), model::Confidence::certain);
    return;
  }
  const auto* configuration = context.find<Configuration>();
  if (configuration == nullptr) {
    out.unknown(context.job(),
                "the cluster's configuration is not known: the heap backend may be its choice",
                std::move(evidence));
    return;
  }
  evidence.push_back(context.evidence(model::keys::state_backend, "a backend"));
  if (configuration->find(model::keys::state_backend) != nullptr) {
    out.pass(context.job(), "the cluster's configuration chooses a state backend",
             std::move(evidence), model::Confidence::certain);
    return;
  }
  if (hidden) {
    out.unknown(context.job(), "the changelog hides which state backend is beneath it",
                std::move(evidence));
    return;
  }
  constexpr double small = 5;
  const auto share = share_of_heap(context, evidence);
  const bool is_small = share && *share < small;
  std::string message =
      "no state backend is set on the cluster: the job keeps its state as objects on the JVM heap, "
      "by default (or by a call in its code, which Flink does not show)";
  if (is_small) {
    message += fmt::format(". Its state is small, {} of the heap: fine as long as it stays so",
                           *share < 0.1 ? "less than 0.1 %" : fmt::format("{:.1f} %", *share));
  } else if (share) {
    message += fmt::format(
        ". Serialized, it is {:.0f} % of that heap already, and objects take 3 to 10 times as much",
        *share);
  } else {
    message +=
        ". How large it is is not known: beyond the heap, TaskManagers die of OutOfMemoryError";
  }
  out.fail(context.job(), {.message = std::move(message),
                           .evidence = std::move(evidence),
                           .remediation = remediation(context, is_small),
                           .severity = is_small ? model::Severity::info : model::Severity::medium});
}

}  // namespace

extern constinit const Check state_backend_unchosen{
    .info = {.id = "state-backend-unchosen",
             .title = "Nobody chose the state backend",
             .practice = "state-backend",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::likely,
             .needs = model::Resource::checkpoint_configuration,
             .uses = model::Resource::configuration | model::Resource::checkpoints |
                     model::Resource::task_managers | model::Resource::job |
                     model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
