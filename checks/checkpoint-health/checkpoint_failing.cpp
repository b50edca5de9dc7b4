#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"

namespace auditor::checks {

namespace {

using model::Checkpoint;
using model::CheckpointStatistics;
using model::CheckpointStatus;

constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "in_a_row",
     .kind = model::OptionKind::number,
     .otherwise = 2,
     .minimum = 1,
     .maximum = 100,
     .help = "so many failed checkpoints in a row, the newest ones, are too many"},
    {.name = "share",
     .kind = model::OptionKind::percent,
     .otherwise = 10,
     .minimum = 0,
     .maximum = 100,
     .help = "so many of those that Flink remembers may fail, if two or more do"},
}};

/// What CheckpointFailureManager counts against tolerable-failed-checkpoints. Restarts, subsumption
/// and tasks that are not ready end checkpoints, too, and say nothing about them.
bool counts(const Checkpoint& checkpoint) {
  constexpr std::array<std::string_view, 5> reasons{
      "Checkpoint expired before completing.", "Asynchronous task checkpoint failed.",
      "Checkpoint was declined.", "Failure to finalize checkpoint.", "IO-problem detected"};
  return std::ranges::any_of(reasons, [&checkpoint](std::string_view reason) {
    return checkpoint.failure_message.text().find(reason) != std::string::npos;
  });
}

/// What the history tells of checkpoints that have ended; savepoints left out.
struct Ended {
  std::size_t all = 0;      ///< completed, or failed for a reason that counts
  std::size_t counted = 0;  ///< failed for a reason that counts
  std::size_t failed = 0;   ///< for whatever reason
  std::size_t in_a_row = 0;
  const Checkpoint* newest = nullptr;          ///< failed one
  const Checkpoint* newest_counted = nullptr;  ///< of those that count
};

Ended ended_of(const CheckpointStatistics& checkpoints) {
  Ended ended;
  bool unbroken = true;
  for (const Checkpoint& checkpoint : checkpoints.history) {
    if (checkpoint.is_savepoint) {
      continue;
    }
    if (checkpoint.status == CheckpointStatus::completed) {
      ++ended.all;
      unbroken = false;
    } else if (checkpoint.status == CheckpointStatus::failed) {
      ++ended.failed;
      ended.newest = ended.newest == nullptr ? &checkpoint : ended.newest;
      if (counts(checkpoint)) {
        ++ended.all;
        ++ended.counted;
        ended.in_a_row += unbroken ? 1U : 0U;
        ended.newest_counted = ended.newest_counted == nullptr ? &checkpoint : ended.newest_counted;
      }
    }
  }
  return ended;
}

std::string remediation(const Checkpoint& failed) {
  const std::string& reason = failed.failure_message;
  if (failed.expired()) {
    return "They take longer than the timeout: see checkpoint-stuck for the subtask that they wait "
           "for. A longer timeout helps only where they get done at all.";
  }
  if (reason.find("Asynchronous") != std::string::npos ||
      reason.find("IO-problem") != std::string::npos ||
      reason.find("finalize") != std::string::npos) {
    return "Look for the exception in the log of the TaskManager (\"Asynchronous part of "
           "checkpoint … could not be completed\") or the JobManager: mostly the checkpoint "
           "storage, its permissions, its quota or throttling.";
  }
  if (reason.find("suspending") != std::string::npos ||
      reason.find("restarting") != std::string::npos) {
    return "A restart ended them: look at the job's exceptions (/jobs/:id/exceptions) for its "
           "cause. An exception in the synchronous part of a snapshot (snapshotState() of an "
           "operator) fails the task itself, and so each checkpoint restarts the job.";
  }
  return "Look for the exception in the logs of the TaskManagers and the JobManager at the time of "
         "the failure.";
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const auto& checkpoints = context.get<CheckpointStatistics>();
  const Ended ended = ended_of(checkpoints);
  constexpr std::size_t several = 3;
  constexpr double percent = 100;
  const bool never = checkpoints.completed_count == 0 && ended.failed >= several;
  const bool row = ended.newest_counted != nullptr &&
                   static_cast<double>(ended.in_a_row) >= chosen.number("in_a_row");
  const bool share =
      ended.counted >= 2 && percent * static_cast<double>(ended.counted) >
                                chosen.number("share") * static_cast<double>(ended.all);
  if (!never && !row && !share) {
    if (ended.all + ended.failed == 0) {
      out.unknown(context.job(), "no checkpoint has completed or failed yet");
      return;
    }
    out.pass(context.job(),
             ended.failed == 0 ? std::string("no checkpoint that Flink remembers has failed")
                               : fmt::format("{} of the last {} failed by themselves",
                                             ended.counted, base::plural(ended.all, "checkpoint")),
             {});
    return;
  }
  const Checkpoint& failed = row || share ? *ended.newest_counted : *ended.newest;
  const std::string fact =
      never ? fmt::format("none has ever completed, and {} failed",
                          ended.failed == 1 ? "one" : fmt::format("the last {}", ended.failed))
      : row ? fmt::format("the last {} failed", ended.in_a_row)
            : fmt::format("{} of the last {} failed", ended.counted, ended.all);
  std::vector<model::Evidence> evidence{
      context.evidence<CheckpointStatistics>(
          fmt::format("reason of checkpoint {}", failed.id), failed.failure_message.text(),
          fmt::format("/history/{}/failure_message", failed.index)),
      context.evidence<CheckpointStatistics>(fmt::format("status of checkpoint {}", failed.id),
                                             "FAILED",
                                             fmt::format("/history/{}/status", failed.index))};
  if (checkpoints.completed_count) {
    evidence.push_back(
        context.evidence<CheckpointStatistics>("completed checkpoints since the JobManager started",
                                               *checkpoints.completed_count, "/counts/completed"));
  }
  out.fail(context.job(),
           {.message =
                fmt::format("checkpoints fail: {}, with \"{}\". {}", fact,
                            base::shorten(base::printable(failed.failure_message), 200),
                            never && !checkpoints.latest_restored
                                ? "A failure of the job starts it anew, without its state"
                                : "A failure of the job goes back to the last one that completed"),
            .evidence = std::move(evidence),
            .remediation = remediation(failed)});
}

}  // namespace

extern constinit const Check checkpoint_failing{
    .info = {.id = "checkpoint-failing",
             .title = "Checkpoints fail",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = checkpoint_needs,
             .options = options,
             .pending_for = std::chrono::minutes(1),
             .keep_firing_for = std::chrono::minutes(10)},
    .evaluate = evaluate};

}  // namespace auditor::checks
