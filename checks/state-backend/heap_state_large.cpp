#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointDetails;
using model::CheckpointStatistics;
using model::Evidence;
using model::JobDetails;
using model::SubtaskState;
using model::TaskManagers;

constexpr double large = 0.1;
constexpr double critical = 0.3;

/// What the fullest subtask of a vertex holds.
struct Fullest {
  model::JobVertexId vertex;
  base::Bytes size{};
  bool at_least = false;  ///< the mean of the vertex: no subtask was looked at
  Evidence evidence;
};

/// The fullest subtask of a vertex with much state; the mean stands for it where no subtask was
/// looked at.
Fullest fullest_of(const Context& context, const model::JobVertexId& id,
                   const model::VertexState& state) {
  const auto& details = *context.find<CheckpointDetails>();
  const std::int64_t subtasks = std::max<std::int64_t>(state.subtasks.value_or(1), 1);
  const base::Bytes mean{(state.state_size->count + subtasks - 1) / subtasks};
  if (const auto* sampled = context.find<SubtaskState>()) {
    const auto found = std::ranges::find_if(
        sampled->vertices, [&id](const SubtaskState::Vertex& v) { return v.id == id; });
    // Less than the mean cannot be: sizes were missing.
    if (found != sampled->vertices.end() && (!state.subtasks || found->largest >= mean)) {
      Evidence evidence = context.evidence<SubtaskState>(
          fmt::format("state of the fullest subtask in checkpoint {}", details.id),
          found->largest.count, fmt::format("/subtasks/{}/state_size", found->largest_index), {},
          "bytes");
      evidence.source->path = found->path;
      return {id, found->largest, false, std::move(evidence)};
    }
  }
  const bool one = state.subtasks == 1;
  return {
      id, mean, !one,
      context.evidence<CheckpointDetails>(
          fmt::format("state of the vertex in checkpoint {}, {}", details.id,
                      state.subtasks ? base::plural(static_cast<std::size_t>(subtasks), "subtask")
                                     : "of unknown subtasks"),
          state.state_size->count, fmt::format("/tasks/{}/state_size", id.value), {}, "bytes")};
}

std::string remediation(const Context& context) {
  const model::FlinkVersion version = context.version();
  const auto* job = context.find<JobDetails>();
  const bool sql = job != nullptr && is_sql(*job);
  return "Soon: more heap for each slot (a larger taskmanager.memory.process.size, a smaller "
         "taskmanager.memory.managed.fraction, which the heap backend does not use, or fewer slots "
         "on a TaskManager), or a higher parallelism where the state is keyed. Either costs a "
         "restart.\n"
         "For good: move the job to RocksDB, which keeps state on disk. Stop it with a savepoint "
         "in the canonical format (a checkpoint or a native savepoint cannot be read by another "
         "backend):\n" +
         std::string(version.at_least(1, 15) ? "    flink stop --type canonical <job id>\n"
                                             : "    flink stop <job id>\n") +
         job_line(sql, model::keys::state_backend, version, "rocksdb",
                  version.at_least(1, 19)
                      ? "configuration.set(StateBackendOptions.STATE_BACKEND, \"rocksdb\");"
                      : "env.setStateBackend(new EmbeddedRocksDBStateBackend(true));") +
         "RocksDB needs managed memory on the TaskManagers and takes throughput: every access to "
         "state then serializes.";
}

void judge(const Context& context, const SlotHeap& heap, const CheckpointDetails& details,
           Evidence of_backend, Verdicts& out) {
  const auto share = [&heap](base::Bytes size) {
    return static_cast<double>(size.count) / static_cast<double>(heap.size.count);
  };
  std::optional<Fullest> worst;
  std::size_t unclear = 0;
  for (const auto& [id, state] : details.vertices) {
    if (!state.state_size) {
      ++unclear;
      continue;
    }
    if (share(*state.state_size) <= large) {
      continue;
    }
    Fullest fullest = fullest_of(context, id, state);
    if (fullest.at_least && (!state.subtasks || share(fullest.size) <= large)) {
      ++unclear;
    } else if (!worst || worst->size < fullest.size) {
      worst = std::move(fullest);
    }
  }
  std::vector<Evidence> evidence;
  evidence.push_back(std::move(of_backend));
  evidence.push_back(context.evidence<TaskManagers>(
      fmt::format("task heap of a TaskManager with {}",
                  base::plural(static_cast<std::size_t>(*heap.smallest->slots), "slot")),
      heap.smallest->task_heap->count,
      fmt::format("/taskmanagers/{}/memoryConfiguration/taskHeap", heap.smallest->index), {},
      "bytes"));
  if (worst && share(worst->size) > large) {
    const auto* job = context.find<JobDetails>();
    const model::JobVertex* vertex = job == nullptr ? nullptr : job->vertex(worst->vertex);
    const double part = share(worst->size);
    worst->evidence.expected =
        fmt::format("10 % of the {} of task heap per slot, or less", base::format_bytes(heap.size));
    evidence.insert(evidence.begin(), worst->evidence);
    // With a changelog the checkpoint also counts changes that the heap does not hold.
    const bool changelog = context.get<CheckpointConfiguration>().changelog == true;
    out.fail(
        context.job(),
        {.message = fmt::format(
             "the fullest subtask of \"{}\" holds {}{} of state, {:.0f} % of the {} of task heap "
             "that a slot has. On the heap objects take 3 to 10 times their serialized size: long "
             "garbage collections first, then OutOfMemoryError, and the restart loads the same "
             "state again",
             base::shorten(
                 base::printable(vertex == nullptr ? worst->vertex.value.view() : vertex->name),
                 60),
             worst->at_least ? "at least " : "", base::format_bytes(worst->size), 100 * part,
             base::format_bytes(heap.size)),
         .evidence = std::move(evidence),
         .remediation = remediation(context),
         .severity = part > critical ? model::Severity::critical : model::Severity::high,
         .confidence = changelog ? model::Confidence::likely : model::Confidence::certain});
    return;
  }
  if (unclear > 0) {
    out.unknown(
        context.job(),
        fmt::format("{} enough state to look into, but Flink's answers do not tell how it is "
                    "spread over the subtasks",
                    unclear == 1 ? "a vertex has" : fmt::format("{} vertices have", unclear)),
        std::move(evidence));
    return;
  }
  out.pass(context.job(),
           fmt::format("no subtask's state is more than 10 % of the {} of task heap per slot",
                       base::format_bytes(heap.size)),
           std::move(evidence));
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!settings.state_backend || *settings.state_backend == "Unknown") {
    out.unknown(context.job(), "Flink's answer has no state backend");
    return;
  }
  if (*settings.state_backend == "ChangelogStateBackend") {
    out.unknown(context.job(), "the changelog hides which state backend is beneath it");
    return;
  }
  if (!is_heap_backend(*settings.state_backend)) {
    out.not_applicable(context.job(),
                       "the state is not on the JVM heap: " + *settings.state_backend);
    return;
  }
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto heap = task_heap_per_slot(context.find<TaskManagers>());
  if (!heap || heap->size.count <= 0) {
    out.unknown(context.job(), "the task heap and slots of the TaskManagers are not known");
    return;
  }
  Evidence of_backend = context.evidence<CheckpointConfiguration>(
      "state backend", *settings.state_backend, "/state_backend");
  const auto* details = context.find<CheckpointDetails>();
  if (details != nullptr && !details->vertices.empty()) {
    judge(context, *heap, *details, std::move(of_backend), out);
    return;
  }
  const auto* checkpoints = context.find<CheckpointStatistics>();
  const bool little = checkpoints != nullptr && checkpoints->latest_completed &&
                      checkpoints->latest_completed->state_size &&
                      static_cast<double>(checkpoints->latest_completed->state_size->count) <=
                          large * static_cast<double>(heap->size.count);
  if (little) {
    out.pass(context.job(),
             fmt::format("all of the job's state is less than 10 % of the {} of task heap per slot",
                         base::format_bytes(heap->size)),
             {std::move(of_backend), context.evidence<CheckpointStatistics>(
                                         "state in the latest checkpoint",
                                         checkpoints->latest_completed->state_size->count,
                                         "/latest/completed/state_size", {}, "bytes")});
  } else {
    out.unknown(context.job(), "there is no completed checkpoint whose state could be looked at",
                {std::move(of_backend)});
  }
}

}  // namespace

extern constinit const Check heap_state_large{
    .info = {.id = "heap-state-large",
             .title = "Large state on the JVM heap",
             .practice = "state-backend",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::checkpoint_configuration,
             .uses = model::Resource::checkpoints | model::Resource::checkpoint_details |
                     model::Resource::subtask_state | model::Resource::task_managers |
                     model::Resource::job | model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
