#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::JobSnapshot;

enum class Use { none, possible, certain };

bool names_rocksdb(std::string_view backend) {
  return base::to_lower(backend).find("rocksdb") != std::string::npos;
}

Use use_of(const JobSnapshot& job) {
  if (job.details.known() && job.details.value->type == model::JobType::batch) {
    return Use::none;
  }
  if (!job.checkpoint_configuration.known()) {
    return Use::possible;
  }
  const auto& backend = job.checkpoint_configuration.value->state_backend;
  if (!backend || *backend == "Unknown" || *backend == "ChangelogStateBackend") {
    return Use::possible;
  }
  return names_rocksdb(*backend) ? Use::certain : Use::none;
}

std::string remediation(const Context& context) {
  const model::FlinkVersion version = context.version();
  const auto* task_managers = context.find<model::TaskManagers>();
  const bool no_managed_memory =
      task_managers != nullptr &&
      std::ranges::any_of(task_managers->list, [](const model::TaskManager& tm) {
        return tm.managed_memory == base::Bytes{0};
      });
  std::string text = fmt::format(
      "Let Flink bound it by its managed memory, in {}:\n{}", configuration_file(version),
      configuration_line(model::keys::rocksdb_memory_managed, version, "true"));
  if (no_managed_memory) {
    text +=
        "    taskmanager.memory.managed.fraction: 0.4\n"
        "(The TaskManagers have no managed memory now; RocksDB could not start on nothing.) ";
  }
  text +=
      "or give each slot a fixed size, for which the process needs room beside Flink's own "
      "(taskmanager.memory.task.off-heap.size):\n" +
      configuration_line(model::keys::rocksdb_memory_fixed_per_slot, version, "512mb") +
      "It takes a restart of the TaskManagers and leaves the state as it is. RocksDB gets slower "
      "where it used more memory than that; watch the jobs after the change.";
  return text;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& configuration = context.get<Configuration>();
  const model::ConfigurationEntry* backend = configuration.find(model::keys::state_backend);
  Use use = backend != nullptr && names_rocksdb(backend->value) ? Use::certain : Use::none;
  if (backend != nullptr && backend->masked()) {
    use = Use::possible;
  }
  std::size_t jobs = 0;
  for (const JobSnapshot& job : context.jobs()) {
    const Use of_job = use_of(job);
    use = std::max(use, of_job);
    jobs += of_job == Use::certain ? 1 : 0;
  }
  if (use == Use::none) {
    out.not_applicable(context.cluster(), "neither the cluster nor a job on it uses RocksDB");
    return;
  }
  std::vector<model::Evidence> evidence{
      context.evidence(model::keys::rocksdb_memory_managed, "true, or a fixed size")};
  const auto managed = configuration.flag(model::keys::rocksdb_memory_managed, true);
  if (!managed) {
    out.unknown(context.cluster(), "whether RocksDB uses managed memory is masked or not readable",
                std::move(evidence));
    return;
  }
  if (*managed) {
    out.pass(context.cluster(), "RocksDB's memory is bounded by Flink's managed memory",
             std::move(evidence));
    return;
  }
  for (const auto* key : {&model::keys::rocksdb_memory_fixed_per_slot,
                          &model::keys::rocksdb_memory_fixed_per_task_manager}) {
    evidence.push_back(context.evidence(*key));
    // A size for the whole TaskManager is read since 1.17.
    const bool read =
        key == &model::keys::rocksdb_memory_fixed_per_slot || context.version().at_least(1, 17);
    if (read && configuration.find(*key) != nullptr) {
      out.pass(context.cluster(), "RocksDB's memory has a fixed size", std::move(evidence));
      return;
    }
  }
  out.fail(
      context.cluster(),
      {.message = fmt::format(
           "RocksDB's memory is not bounded{}: managed memory is off and no size is set, so each "
           "state of each operator brings its own block cache and write buffers. It grows with the "
           "number of states and slots until the container is killed for its memory",
           jobs == 0 ? "" : fmt::format(" ({})", base::plural(jobs, "job uses it", "jobs use it"))),
       .evidence = std::move(evidence),
       .remediation = remediation(context),
       .confidence = use == Use::certain ? model::Confidence::certain : model::Confidence::likely});
}

}  // namespace

extern constinit const Check rocksdb_memory_unbounded{
    .info = {.id = "rocksdb-memory-unbounded",
             .title = "RocksDB's memory is not bounded",
             .practice = "state-backend",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster | model::Resource::task_managers |
                     model::Resource::checkpoint_configuration | model::Resource::job |
                     model::Resource::other_jobs},
    .evaluate = evaluate};

}  // namespace auditor::checks
