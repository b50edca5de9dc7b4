#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::JobDetails;
using model::SubtaskState;
using std::chrono::milliseconds;

constexpr milliseconds very_slow{5000};

constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "longest",
     .kind = model::OptionKind::duration,
     .otherwise = 1'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "the longest synchronous part that is fine"},
    {.name = "longest_flush",
     .kind = model::OptionKind::duration,
     .otherwise = 5'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "the longest time of a sink that no phase of the checkpoint accounts for"},
}};

bool has_consumer(const JobDetails& job, const model::JobVertex& vertex) {
  return std::ranges::any_of(job.plan, [&vertex](const model::PlanNode& node) {
    return std::ranges::find(node.inputs, vertex.id, &model::PlanInput::id) != node.inputs.end();
  });
}

std::string remediation(const Context& context) {
  const auto& settings = context.get<CheckpointConfiguration>();
  std::string text =
      "The synchronous part is what operators do in snapshotState() themselves: move work from "
      "there (flushing, calling other systems) to the asynchronous part, or do it with the "
      "records. ";
  if (settings.state_backend && is_disk_backend(*settings.state_backend)) {
    text +=
        "RocksDB flushes its write buffers in it: a slow local disk makes it long; fewer or "
        "smaller "
        "write buffers make it shorter. ";
  }
  return text +
         "Timers on the heap (state.backend.rocksdb.timer-service.factory: HEAP) and very "
         "many operator states are written in it, too.";
}

Failure flush_failure(const SlowSubtask& slow) {
  return {.message = fmt::format(
              "checkpoint {} spent {} in {} outside of start delay, alignment, synchronous and "
              "asynchronous part: a sink that flushes before it passes the barrier on takes no "
              "records meanwhile",
              slow.sample->checkpoint_id, base::format_duration(slow.duration), slow.name),
          .evidence = {},
          .remediation =
              "Let the sink flush more often than with each checkpoint (batch size, flush "
              "interval), or write to a system that takes the batch faster. If the sink is quick, "
              "compare the clocks of its TaskManager and the JobManager: the start delay is "
              "measured across both.",
          .confidence = model::Confidence::likely};
}

Failure sync_failure(const Context& context, const SlowSubtask& slow) {
  return {.message = fmt::format(
              "the synchronous part of checkpoint {} took {} in {}: it takes no records for that "
              "long, in each checkpoint, and what is before it waits",
              slow.sample->checkpoint_id, base::format_duration(slow.duration), slow.name),
          .evidence = {},
          .remediation = remediation(context),
          .severity = slow.duration > very_slow ? model::Severity::high : model::Severity::medium};
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const auto& job = context.get<JobDetails>();
  const std::array<Phase, 2> phases{{{.name = "synchronous part",
                                      .pointer = "/checkpoint/sync",
                                      .limit = chosen.duration("longest"),
                                      .expected = "option longest",
                                      .longest = &SubtaskState::Vertex::longest_sync,
                                      .subtask = &SubtaskState::Vertex::longest_sync_index},
                                     {.name = "time outside of all phases",
                                      .pointer = "",
                                      .limit = chosen.duration("longest_flush"),
                                      .expected = "option longest_flush",
                                      .longest = &SubtaskState::Vertex::longest_other,
                                      .subtask = &SubtaskState::Vertex::longest_other_index,
                                      .concerns = [&job](const model::JobVertex& vertex) {
                                        return !has_consumer(job, vertex);
                                      }}}};
  judge_phases(
      context, phases,
      [&](const SlowSubtask& slow) {
        return slow.phase == phases.data() ? sync_failure(context, slow) : flush_failure(slow);
      },
      out);
}

}  // namespace

extern constinit const Check checkpoint_sync_slow{
    .info = {.id = "checkpoint-sync-slow",
             .title = "The synchronous part of checkpoints is slow",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = checkpoint_needs,
             .uses = phase_uses,
             .options = options,
             .pending_for = std::chrono::minutes(10),
             .keep_firing_for = std::chrono::minutes(10)},
    .evaluate = evaluate};

}  // namespace auditor::checks
