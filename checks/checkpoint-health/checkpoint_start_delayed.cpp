#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::SubtaskState;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "share_of_interval",
     .kind = model::OptionKind::percent,
     .otherwise = 50,
     .minimum = 1,
     .maximum = 1'000,
     .help = "a barrier is late beyond this part of the checkpoint interval, and 1 s"},
    {.name = "longest",
     .kind = model::OptionKind::duration,
     .otherwise = 10'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "or beyond this, however long the interval is"},
}};

std::string remediation(const Context& context) {
  const bool unaligned = context.get<CheckpointConfiguration>().unaligned == true;
  std::string text =
      "Find what is slow behind this vertex: the first vertex downstream that is busy and not "
      "backpressured. More parallelism or faster work there is the cure. ";
  if (!unaligned) {
    text +=
        "Until then unaligned checkpoints let barriers overtake records; they cost storage for the "
        "records in flight and longer restores:\n"
        "    execution.checkpointing.unaligned: true\n";
    if (context.version().at_least(1, 14)) {
      text += "    execution.checkpointing.aligned-checkpoint-timeout: 10 s\n";
    }
  }
  if (context.version().at_least(1, 14)) {
    text +=
        "Buffer debloating keeps fewer records in flight, so that barriers come sooner:\n"
        "    taskmanager.network.memory.buffer-debloat.enabled: true";
  }
  return text;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  constexpr milliseconds least{1000};
  const milliseconds interval = *context.get<CheckpointConfiguration>().interval;
  const Phase phase{.name = "start delay",
                    .pointer = "/start_delay",
                    .limit = std::max(least, std::min(share_of_interval(context, chosen),
                                                      chosen.duration("longest"))),
                    .expected = "of the interval, or the longest",
                    .longest = &SubtaskState::Vertex::longest_start_delay,
                    .subtask = &SubtaskState::Vertex::longest_start_delay_index};
  judge_phases(
      context, {&phase, 1},
      [&](const SlowSubtask& slow) {
        return Failure{
            .message = fmt::format(
                "the barrier of checkpoint {} reached {} only after {}, at an interval of {}: it "
                "waited behind records, which is backpressure. Checkpoints get as slow as the job, "
                "and a failure then replays more than the job can catch up with",
                slow.sample->checkpoint_id, slow.name, base::format_duration(slow.duration),
                base::format_duration(interval)),
            .evidence = {},
            .remediation = remediation(context)};
      },
      out);
}

}  // namespace

extern constinit const Check checkpoint_start_delayed{
    .info = {.id = "checkpoint-start-delayed",
             .title = "Checkpoint barriers come late",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::likely,
             .needs = checkpoint_needs,
             .uses = phase_uses,
             .options = options,
             .pending_for = std::chrono::minutes(10),
             .keep_firing_for = std::chrono::minutes(10)},
    .evaluate = evaluate};

}  // namespace auditor::checks
