#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"

namespace auditor::checks {

namespace {

using model::Checkpoint;
using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::CheckpointStatus;
using model::JobDetails;
using model::UnfinishedCheckpoint;
using std::chrono::milliseconds;

constexpr milliseconds least{10'000};
constexpr int times_the_median = 3;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "share_of_timeout",
     .kind = model::OptionKind::percent,
     .otherwise = 50,
     .minimum = 1,
     .maximum = 100,
     .help = "a checkpoint in progress is stuck beyond this part of the timeout"},
}};

/// The oldest checkpoint in progress that counts: savepoints take what they take, and the first one
/// after a restore waits for a job that catches up.
const Checkpoint* in_progress(const CheckpointStatistics& checkpoints) {
  const auto restored_at =
      checkpoints.latest_restored ? checkpoints.latest_restored->restored_at : std::nullopt;
  const bool first_after_restore =
      restored_at && std::ranges::none_of(checkpoints.history, [&](const Checkpoint& c) {
        return c.status == CheckpointStatus::completed && !c.is_savepoint && c.triggered_at &&
               *c.triggered_at >= *restored_at;
      });
  const Checkpoint* oldest = nullptr;
  for (const Checkpoint& checkpoint : checkpoints.history) {
    if (checkpoint.status == CheckpointStatus::in_progress && !checkpoint.is_savepoint &&
        checkpoint.triggered_at && !first_after_restore) {
      oldest = &checkpoint;
    }
  }
  return oldest;
}

/// What the checkpoint waits for, as far as its details were looked at.
std::string waits_for(const Context& context, const Checkpoint& checkpoint,
                      std::vector<model::Evidence>& evidence) {
  const auto* const unfinished = context.find<UnfinishedCheckpoint>();
  const auto& job = context.get<JobDetails>();
  const model::JobVertex* const vertex = unfinished == nullptr || unfinished->id != checkpoint.id
                                             ? nullptr
                                             : job.vertex(unfinished->vertex);
  if (vertex == nullptr) {
    return checkpoint.subtasks && checkpoint.acknowledged
               ? fmt::format("{} of {} subtasks", *checkpoint.subtasks - *checkpoint.acknowledged,
                             *checkpoint.subtasks)
               : "subtasks that Flink does not tell";
  }
  const model::VertexState& state = unfinished->details.vertices.at(vertex->id);
  evidence.push_back(context.evidence<UnfinishedCheckpoint>(
      fmt::format("subtasks of \"{}\" that acknowledged", base::shorten(vertex->name, 60)),
      *state.acknowledged, fmt::format("/tasks/{}/num_acknowledged_subtasks", vertex->id.value),
      fmt::format("all {}", *state.subtasks)));
  const std::int64_t missing = *state.subtasks - *state.acknowledged;
  if (!unfinished->waiting.empty()) {
    evidence.push_back(context.evidence<UnfinishedCheckpoint>(
        fmt::format("subtask {}", unfinished->waiting.front()), "pending_or_failed",
        fmt::format("/subtasks/{}/status", unfinished->waiting.front())));
    evidence.back().source->path = unfinished->subtasks_path;
  }
  if (missing == 1 && (unfinished->waiting.size() == 1 || state.subtasks == 1)) {
    return name_of(*vertex, unfinished->waiting.empty() ? 0 : unfinished->waiting.front(),
                   state.subtasks, nullptr);
  }
  constexpr std::size_t most = 5;
  std::vector<std::string> indices;
  for (const std::size_t index : unfinished->waiting) {
    if (indices.size() == most) {
      indices.emplace_back("…");
      break;
    }
    indices.push_back(fmt::to_string(index + 1));
  }
  return fmt::format(
      "{} of the {} subtasks of \"{}\"{}", missing, *state.subtasks,
      base::shorten(base::printable(vertex->name), 60),
      indices.empty() ? std::string() : fmt::format(" (number {})", base::join(indices, ", ")));
}

std::string remediation(const Context& context) {
  std::string text =
      "Look at that subtask first: whether it is busy or backpressured (its barrier then waits "
      "behind records), blocked in user code or in snapshotState() (a thread dump of its "
      "TaskManager tells), or slow to write to the checkpoint storage. What is behind it waits for "
      "its barrier. ";
  if (context.get<CheckpointConfiguration>().unaligned != true) {
    text +=
        "Against backpressure, unaligned checkpoints help soon:\n"
        "    execution.checkpointing.unaligned: true\n";
  }
  return text + "A longer timeout helps only where checkpoints do get done.";
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const auto& checkpoints = context.get<CheckpointStatistics>();
  const auto& settings = context.get<CheckpointConfiguration>();
  const std::vector<const Checkpoint*> expired = checkpoints.expired();
  std::vector<model::Evidence> evidence;
  if (settings.timeout) {
    evidence.push_back(timeout_evidence(context));
  }
  if (expired.size() >= 2) {
    const Checkpoint& last = *expired.front();
    evidence.insert(evidence.begin(), context.evidence<CheckpointStatistics>(
                                          fmt::format("reason of checkpoint {}", last.id),
                                          last.failure_message.text(),
                                          fmt::format("/history/{}/failure_message", last.index)));
    const std::string place = waits_for(context, last, evidence);
    out.fail(
        context.job(),
        {.message = fmt::format(
             "the last {} checkpoints expired{}: checkpoint {} waited for {}. What completed "
             "before is all that there is to recover from",
             expired.size(),
             settings.timeout ? fmt::format(" after {}", base::format_duration(*settings.timeout))
                              : "",
             last.id, place),
         .evidence = std::move(evidence),
         .remediation = remediation(context)});
    return;
  }
  const Checkpoint* const running = in_progress(checkpoints);
  if (running == nullptr) {
    out.pass(context.job(), "no checkpoint is in progress for long", std::move(evidence));
    return;
  }
  if (!context.knows_now() || !settings.timeout) {
    out.unknown(context.job(), "the JobManager's clock or the checkpoint timeout is not known");
    return;
  }
  constexpr double percent = 100;
  const milliseconds share(
      static_cast<std::int64_t>(static_cast<double>(settings.timeout->count()) *
                                chosen.number("share_of_timeout") / percent));
  const std::vector<milliseconds> durations = usual_durations(checkpoints);
  const milliseconds usual = durations.empty() ? milliseconds(0) : median_of(durations);
  const milliseconds long_enough = std::max({least, share, times_the_median * usual});
  // From that moment on, not after it.
  if (!context.is_past(*running->triggered_at + long_enough - milliseconds(1))) {
    out.pass(context.job(),
             fmt::format("checkpoint {} is in progress, and not for long", running->id),
             std::move(evidence));
    return;
  }
  const base::Timestamp now = *context.now();
  evidence.insert(evidence.begin(),
                  context.evidence<CheckpointStatistics>(
                      fmt::format("start of checkpoint {}", running->id), *running->triggered_at,
                      fmt::format("/history/{}/trigger_timestamp", running->index)));
  evidence.push_back(context.evidence<JobDetails>("the JobManager's time", now, "/now"));
  std::string place = waits_for(context, *running, evidence);
  out.fail(context.job(),
           {.message = fmt::format(
                "checkpoint {} is in progress for {} and waits for {}; {} it expires. Until one "
                "completes, a failure replays all that came since",
                running->id, base::format_duration(now - *running->triggered_at), place,
                fmt::format("after {}", base::format_duration(*settings.timeout))),
            .evidence = std::move(evidence),
            .remediation = remediation(context)});
}

}  // namespace

extern constinit const Check checkpoint_stuck{
    .info = {.id = "checkpoint-stuck",
             .title = "A checkpoint does not get done",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = checkpoint_needs,
             .uses = model::Resource::unfinished_checkpoint | model::Resource::clock,
             .options = options,
             .keep_firing_for = std::chrono::minutes(10)},
    .evaluate = evaluate};

}  // namespace auditor::checks
