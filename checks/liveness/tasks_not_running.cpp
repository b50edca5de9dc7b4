#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using model::Evidence;
using model::JobDetails;
using model::JobState;
using model::JobVertex;
using model::TaskManagers;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 3> options{{
    {.name = "patience",
     .kind = model::OptionKind::duration,
     .otherwise = 300'000,
     .minimum = 0,
     .maximum = 86'400'000,
     .help = "how long subtasks may be CREATED, SCHEDULED or DEPLOYING"},
    {.name = "slots_patience",
     .kind = model::OptionKind::duration,
     .otherwise = 30'000,
     .minimum = 0,
     .maximum = 86'400'000,
     .help = "the same where fewer slots are free than they need, and none come on demand"},
    {.name = "restore_patience",
     .kind = model::OptionKind::duration,
     .otherwise = 900'000,
     .minimum = 0,
     .maximum = 86'400'000,
     .help = "how long subtasks may be INITIALIZING (they restore their state), unless three "
             "times the last restore that was seen is longer"},
}};

/// What the subtasks of a job wait for.
struct Waiting {
  std::int64_t for_slots = 0;  ///< CREATED or SCHEDULED
  std::int64_t deploying = 0;
  std::int64_t restoring = 0;  ///< INITIALIZING
  std::int64_t all = 0;
  std::int64_t slots = 0;            ///< that they need at least: subtasks of a slot share it
  const JobVertex* worst = nullptr;  ///< with the most that do not run
};

Waiting waiting_of(const JobDetails& job) {
  // Where one is FINISHED, others may wait for what it made: they are CREATED until then.
  const bool some_finished = std::ranges::any_of(
      job.vertices, [](const JobVertex& vertex) { return vertex.tasks.finished > 0; });
  Waiting waiting;
  std::int64_t most = 0;
  for (const JobVertex& vertex : job.vertices) {
    const model::SubtaskCounts& tasks = vertex.tasks;
    const std::int64_t for_slots = tasks.scheduled + (some_finished ? 0 : tasks.created);
    const std::int64_t idle = for_slots + tasks.deploying + tasks.initializing;
    waiting.for_slots += for_slots;
    waiting.deploying += tasks.deploying;
    waiting.restoring += tasks.initializing;
    waiting.all += idle + tasks.running + tasks.finished + (some_finished ? tasks.created : 0);
    waiting.slots = std::max(waiting.slots, for_slots);
    if (idle > most) {
      most = idle;
      waiting.worst = &vertex;
    }
  }
  return waiting;
}

/// Free slots of the cluster; nullopt where one TaskManager does not tell.
std::optional<std::int64_t> free_slots(const TaskManagers* task_managers) {
  if (task_managers == nullptr) {
    return std::nullopt;
  }
  std::int64_t sum = 0;
  for (const model::TaskManager& tm : task_managers->list) {
    if (!tm.free_slots) {
      return std::nullopt;
    }
    sum += *tm.free_slots;
  }
  return sum;
}

/// How many slots are missing; nullopt where they may come on demand, or that is not known.
std::optional<std::int64_t> missing_slots(const Context& context, const Waiting& waiting) {
  const auto* configuration = context.find<model::Configuration>();
  const auto free = free_slots(context.find<TaskManagers>());
  if (configuration == nullptr || !free || *free >= waiting.slots ||
      model::platform_of(*configuration) != model::Platform::standalone) {
    return std::nullopt;
  }
  return waiting.slots - *free;
}

std::vector<Evidence> evidence_of(const Context& context, const JobVertex& worst,
                                  base::Timestamp since, base::Timestamp now) {
  std::vector<Evidence> evidence;
  const auto add = [&](std::string_view state, std::int64_t count) {
    if (count > 0) {
      evidence.push_back(context.evidence<JobDetails>(
          fmt::format("{} subtasks of \"{}\"", state,
                      base::shorten(base::printable(worst.name), 60)),
          count, fmt::format("/vertices/{}/tasks/{}", worst.index, state), "RUNNING"));
    }
  };
  add("CREATED", worst.tasks.created);
  add("SCHEDULED", worst.tasks.scheduled);
  add("DEPLOYING", worst.tasks.deploying);
  add("INITIALIZING", worst.tasks.initializing);
  evidence.push_back(
      context.evidence<JobDetails>("the job entered RUNNING", since, "/timestamps/RUNNING"));
  evidence.push_back(context.evidence<JobDetails>("the JobManager's time", now, "/now"));
  return evidence;
}

void fail(const Context& context, const Waiting& waiting, base::Timestamp since,
          base::Timestamp now, Verdicts& out) {
  const std::string lasted = base::format_duration(now - since);
  const std::string name = base::shorten(base::printable(waiting.worst->name), 60);
  std::vector<Evidence> evidence = evidence_of(context, *waiting.worst, since, now);
  std::string message;
  std::string remedy;
  if (const auto missing = missing_slots(context, waiting); missing && waiting.for_slots > 0) {
    message = fmt::format(
        "the job reads RUNNING, but {} of its {} subtasks have waited {} for slots: {} more are "
        "needed than are free. It processes nothing until then, and after slot.request.timeout it "
        "fails and tries again",
        waiting.for_slots, waiting.all, lasted, *missing);
    remedy = fmt::format(
        "Start TaskManagers with {} more, or end a job that is not needed, or start this one with "
        "a lower parallelism (from a savepoint; that costs a restart).",
        base::plural(static_cast<std::size_t>(*missing), "slot"));
    Evidence free{"free slots of all TaskManagers",
                  waiting.slots - *missing,
                  "",
                  fmt::format("{} or more", waiting.slots),
                  std::nullopt,
                  evidence.front().observed_at};
    evidence.push_back(std::move(free));
  } else if (waiting.for_slots + waiting.deploying > 0) {
    message = fmt::format(
        "the job reads RUNNING, but {} of its {} subtasks do not run after {}, most of them of "
        "\"{}\": it processes nothing, or only a part",
        waiting.for_slots + waiting.deploying, waiting.all, lasted, name);
    remedy = waiting.for_slots > 0
                 ? "Look whether TaskManagers can be started (quota, nodes, image), and at the "
                   "JobManager's log for slot requests that are not met."
                 : "They are being deployed: look at the TaskManagers' logs for a download of the "
                   "job's files that does not end, and at the JobManager's load.";
  } else {
    message = fmt::format(
        "the job reads RUNNING, but {} of its {} subtasks have restored their state for {}, most "
        "of them of \"{}\": it processes nothing until they are done",
        waiting.restoring, waiting.all, lasted, name);
    remedy =
        "Look at the bandwidth to the checkpoint storage, and at the disks and the load of the "
        "TaskManagers that restore. Local recovery, a higher parallelism and smaller state make "
        "the next restore shorter; a rescale makes RocksDB's longer.";
  }
  out.fail(context.job(), {.message = std::move(message),
                           .evidence = std::move(evidence),
                           .remediation = std::move(remedy)});
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  if (model::is_terminal(job.state)) {
    out.not_applicable(context.job(), "the job has ended");
    return;
  }
  if (job.state != JobState::running) {
    out.unknown(context.job(),
                fmt::format("the job is {}: its tasks are yet to be started", to_text(job.state)));
    return;
  }
  const Waiting waiting = waiting_of(job);
  const auto since = job.entered.find(JobState::running);
  if (waiting.all == 0) {
    out.unknown(context.job(), "Flink's answer has no tasks of the job yet");
    return;
  }
  if (waiting.worst == nullptr) {
    out.pass(context.job(), "every subtask runs or is done", {});
    return;
  }
  const auto now = context.now();
  if (!now || since == job.entered.end()) {
    out.unknown(context.job(), "subtasks do not run, and since when is not known");
    return;
  }
  const milliseconds lasted = *now - since->second;
  const bool late =
      waiting.for_slots + waiting.deploying > 0 && lasted > chosen.duration("patience");
  const bool no_slots = waiting.for_slots > 0 && lasted > chosen.duration("slots_patience") &&
                        missing_slots(context, waiting).has_value();
  constexpr int times_the_last = 3;
  const milliseconds restore_patience =
      std::max(chosen.duration("restore_patience"),
               times_the_last * context.job_history().last_restore.value_or(milliseconds(0)));
  const bool restores_long = waiting.restoring > 0 && lasted > restore_patience;
  if (late || no_slots || restores_long) {
    fail(context, waiting, since->second, *now, out);
  } else {
    out.unknown(context.job(), "the job's tasks are being started");
  }
}

}  // namespace

extern constinit const Check tasks_not_running{
    .info = {.id = "tasks-not-running",
             .title = "Tasks of a running job do not run",
             .practice = "liveness",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::clock,
             .uses = model::Resource::task_managers | model::Resource::configuration |
                     model::Resource::cluster | model::Resource::job_history,
             .options = options,
             .pending_for = std::chrono::minutes(1),
             .keep_firing_for = std::chrono::minutes(2),
             .any_state = true},
    .evaluate = evaluate};

}  // namespace auditor::checks
