#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using std::chrono::milliseconds;

constexpr double percent = 100;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "share_of_timeout",
     .kind = model::OptionKind::percent,
     .otherwise = 80,
     .minimum = 1,
     .maximum = 100,
     .help = "checkpoints are near their timeout beyond this part of it"},
}};

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!settings.timeout) {
    out.unknown(context.job(), "Flink's answer has no checkpoint timeout");
    return;
  }
  const std::vector<const model::Checkpoint*> usual = context.get<CheckpointStatistics>().usual();
  const milliseconds limit(
      static_cast<std::int64_t>(static_cast<double>(settings.timeout->count()) *
                                chosen.number("share_of_timeout") / percent));
  std::size_t known = 0;
  std::size_t near = 0;
  const model::Checkpoint* longest = nullptr;
  for (const model::Checkpoint* checkpoint : usual) {
    if (checkpoint->duration) {
      ++known;
      near += *checkpoint->duration >= limit ? 1U : 0U;
      longest =
          longest == nullptr || *longest->duration < *checkpoint->duration ? checkpoint : longest;
    }
  }
  if (longest == nullptr) {
    out.unknown(context.job(),
                "no checkpoint has completed that would tell (savepoints and the first one after a "
                "restore do not count)");
    return;
  }
  std::vector<model::Evidence> evidence{
      context.evidence<CheckpointStatistics>(
          fmt::format("duration of checkpoint {}, the longest", longest->id),
          longest->duration->count(),
          fmt::format("/history/{}/end_to_end_duration", longest->index),
          fmt::format("less than {}", limit.count()), "ms"),
      timeout_evidence(context)};
  // One alone is chance.
  if (near < 2) {
    out.pass(context.job(),
             fmt::format("the last {} checkpoints took {} at most, with a timeout of {}", known,
                         base::format_duration(*longest->duration),
                         base::format_duration(*settings.timeout)),
             std::move(evidence));
    return;
  }
  out.fail(
      context.job(),
      {.message = fmt::format(
           "{} of the last {} checkpoints took {:.0f} % of the timeout or more, one {} of {}: "
           "a little more, and they expire, and the job has nothing new to recover from",
           near, known, chosen.number("share_of_timeout"),
           base::format_duration(*longest->duration), base::format_duration(*settings.timeout)),
       .evidence = std::move(evidence),
       .remediation =
           "Give them time at once: a timeout of three times what they take "
           "(execution.checkpointing.timeout), which takes effect with the next start. Then "
           "find what they wait for: the other checks of checkpoint-health name the phase and "
           "the place."});
}

}  // namespace

extern constinit const Check checkpoint_near_timeout{
    .info = {.id = "checkpoint-near-timeout",
             .title = "Checkpoints nearly expire",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = checkpoint_needs,
             .options = options,
             .pending_for = std::chrono::minutes(5),
             .keep_firing_for = std::chrono::minutes(30)},
    .evaluate = evaluate};

}  // namespace auditor::checks
