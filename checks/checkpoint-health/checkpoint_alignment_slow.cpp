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
     .help = "an alignment is slow beyond this part of the checkpoint interval, and 1 s"},
    {.name = "longest",
     .kind = model::OptionKind::duration,
     .otherwise = 10'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "or beyond this, however long the interval is"},
}};

std::string remediation(const Context& context) {
  std::string text =
      "Find the input that is late: one upstream subtask that is backpressured or has more to do "
      "than the others (skew, a hot key), or a side of a join that is slower. ";
  if (context.get<CheckpointConfiguration>().unaligned != true) {
    text +=
        "Unaligned checkpoints do not wait for it; they cost storage for the records in flight and "
        "longer restores:\n"
        "    execution.checkpointing.unaligned: true\n";
    if (context.version().at_least(1, 14)) {
      text += "    execution.checkpointing.aligned-checkpoint-timeout: 10 s\n";
    }
  }
  return text;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  if (context.get<CheckpointConfiguration>().mode == "at_least_once") {
    out.not_applicable(context.job(), "at least once: nothing stands still for an alignment");
    return;
  }
  constexpr milliseconds least{1000};
  const milliseconds interval = *context.get<CheckpointConfiguration>().interval;
  const Phase phase{.name = "alignment",
                    .pointer = "/alignment/duration",
                    .limit = std::max(least, std::min(share_of_interval(context, chosen),
                                                      chosen.duration("longest"))),
                    .expected = "of the interval, or the longest",
                    .longest = &SubtaskState::Vertex::longest_blocking_alignment,
                    .subtask = &SubtaskState::Vertex::longest_blocking_alignment_index};
  judge_phases(
      context, {&phase, 1},
      [&](const SlowSubtask& slow) {
        return Failure{
            .message = fmt::format(
                "{} of checkpoint {} passed between the first barrier and the last one at {}, at "
                "an interval of {}: its inputs are unevenly fast, and those that are ahead stand "
                "still meanwhile",
                base::format_duration(slow.duration), slow.sample->checkpoint_id, slow.name,
                base::format_duration(interval)),
            .evidence = {},
            .remediation = remediation(context)};
      },
      out);
}

}  // namespace

extern constinit const Check checkpoint_alignment_slow{
    .info = {.id = "checkpoint-alignment-slow",
             .title = "Checkpoint barriers arrive unevenly",
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
