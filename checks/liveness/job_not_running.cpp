#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"
#include "checks/liveness/failures.h"

namespace auditor::checks {

namespace {

using model::Evidence;
using model::JobDetails;
using model::JobExceptions;
using model::JobState;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "patience",
     .kind = model::OptionKind::duration,
     .otherwise = 300'000,
     .minimum = 0,
     .maximum = 86'400'000,
     .help = "how long a job may be neither RUNNING nor RESTARTING"},
    {.name = "restart_patience",
     .kind = model::OptionKind::duration,
     .otherwise = 180'000,
     .minimum = 0,
     .maximum = 86'400'000,
     .help = "how long a job may be RESTARTING, unless its delay and the time-out of a "
             "cancellation take longer"},
}};

/// A job that never ran so long was never in production: whoever submits it looks at it.
constexpr milliseconds long_enough = std::chrono::minutes(10);

/// "1000 ms", "PT1M", or "60000.000000" (milliseconds) at the start of `text`.
std::optional<milliseconds> leading_duration(std::string_view text) {
  const std::string_view words = text.substr(0, text.find_first_of(").,"));
  return base::parse_duration(base::trim(words));
}

/// The delay in a restart strategy's text (flink-facts F.3).
std::optional<milliseconds> delay_in(std::string_view strategy) {
  for (const std::string_view before : {"fixed delay (", "fixed delay ", "with maximum "}) {
    if (const std::size_t at = strategy.find(before); at != std::string_view::npos) {
      return leading_duration(strategy.substr(at + before.size()));
    }
  }
  return std::nullopt;
}

/// The longest delay before a restart. Where nothing tells it, the longest that any release has by
/// itself.
milliseconds restart_delay(const Context& context) {
  static constexpr std::array<model::ConfigurationKey, 3> delays{{
      {{{{"restart-strategy.fixed-delay.delay"}, {}, {}}}},
      {{{{"restart-strategy.failure-rate.delay"}, {}, {}}}},
      {{{{"restart-strategy.exponential-delay.max-backoff"}, {}, {}}}},
  }};
  constexpr milliseconds longest_by_itself = std::chrono::minutes(5);
  if (const auto* job = context.find<model::JobConfiguration>();
      job != nullptr && job->restart_strategy) {
    if (const auto delay = delay_in(*job->restart_strategy)) {
      return *delay;
    }
  }
  std::optional<milliseconds> longest;
  if (const auto* configuration = context.find<model::Configuration>()) {
    for (const model::ConfigurationKey& key : delays) {
      if (const auto* entry = configuration->find(key)) {
        longest = std::max(longest, base::parse_duration(base::trim(entry->value)));
      }
    }
  }
  return longest.value_or(longest_by_itself);
}

/// Before a restart, tasks are cancelled; one that does not end kills its TaskManager after this.
milliseconds cancellation_timeout(const Context& context) {
  static constexpr model::ConfigurationKey key{{{{"task.cancellation.timeout"}, {}, {}}}};
  constexpr milliseconds otherwise = std::chrono::minutes(3);
  const auto* configuration = context.find<model::Configuration>();
  const auto* entry = configuration == nullptr ? nullptr : configuration->find(key);
  return entry == nullptr ? otherwise
                          : base::parse_duration(base::trim(entry->value)).value_or(otherwise);
}

milliseconds patience(const Context& context, const Options& chosen, JobState state) {
  return state == JobState::restarting
             ? std::max(chosen.duration("restart_patience"),
                        restart_delay(context) + cancellation_timeout(context))
             : chosen.duration("patience");
}

/// How long the job is in its state, by the JobManager's clock, else by what looks saw.
struct Stay {
  std::optional<milliseconds> lasted;
  std::optional<base::Timestamp> since;  ///< by the JobManager's clock
  bool ran_long = false;
};

Stay stay_of(const Context& context, const JobDetails& job) {
  Stay stay;
  const auto now = context.now();
  if (const auto found = job.entered.find(job.state); found != job.entered.end() && now) {
    stay.since = found->second;
    stay.lasted = *now - found->second;
    const bool has_run = job.entered.contains(JobState::running);
    stay.ran_long = has_run && job.start_time && found->second - *job.start_time >= long_enough;
  }
  const model::JobStay& seen = context.job_history().stay;
  if (seen.since != base::Timestamp{}) {
    if (!stay.lasted) {
      stay.lasted = context.taken_at() - seen.since;
    }
    stay.ran_long = stay.ran_long || seen.ran_long;
  }
  return stay;
}

std::vector<Evidence> evidence_of(const Context& context, const JobDetails& job, const Stay& stay) {
  std::vector<Evidence> evidence;
  evidence.push_back(
      context.evidence<JobDetails>("state", std::string(to_text(job.state)), "/state", "RUNNING"));
  if (stay.since) {
    evidence.push_back(context.evidence<JobDetails>(
        "entered that state", *stay.since, fmt::format("/timestamps/{}", to_text(job.state))));
  }
  if (const auto* exceptions = context.find<JobExceptions>();
      exceptions != nullptr && !exceptions->history.empty()) {
    const model::RootException& latest = exceptions->history.front();
    evidence.push_back(context.evidence<JobExceptions>(
        "latest exception", latest.exception.name,
        fmt::format("/exceptionHistory/entries/{}/exceptionName", latest.index)));
  }
  return evidence;
}

/// "…: its cause", where the latest exception tells one.
std::string cause_of_it(const Context& context) {
  const auto* exceptions = context.find<JobExceptions>();
  if (exceptions == nullptr || exceptions->history.empty()) {
    return {};
  }
  return fmt::format(" ({})", base::shorten(exceptions->history.front().exception.title, 160));
}

std::string remediation(JobState state) {
  switch (state) {
    case JobState::failed:
      return "Flink does not start it again: mend the cause, then start the job from its latest "
             "retained checkpoint or savepoint:\n"
             "    flink run -s <checkpoint path> …\n"
             "Checkpoints are kept only where they are retained on cancellation.";
    case JobState::restarting:
      return "Tasks do not end, or the restart strategy waits for long: look at the JobManager's "
             "log for tasks that are still cancelling, and at the delay of the restart strategy.";
    case JobState::created:
      return "The job waits for slots: start more TaskManagers, or lower its parallelism.";
    case JobState::initializing:
      return "The JobManager sets the job up or restores it: look at its log for the checkpoint "
             "that it reads, and whether it can reach the storage.";
    case JobState::cancelling:
    case JobState::failing:
      return "A task does not end: look at the stack of its thread (thread dump of its "
             "TaskManager), and restart that TaskManager if it hangs for good.";
    default:
      return "Look at the JobManager's log: whether it still leads, and whether another one takes "
             "the job over.";
  }
}

void report(const Context& context, const JobDetails& job, const Stay& stay, Verdicts& out) {
  const std::string_view state = to_text(job.state);
  out.fail(
      context.job(),
      {.message = job.state == JobState::failed
                      ? fmt::format("the job is FAILED{}: it does not run, and nothing starts "
                                    "it again",
                                    cause_of_it(context))
                      : fmt::format("the job has been {} for {}{}: it processes nothing", state,
                                    base::format_duration(*stay.lasted), cause_of_it(context)),
       .evidence = evidence_of(context, job, stay),
       .remediation = remediation(job.state)});
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  const std::string_view state = to_text(job.state);
  if (job.state == JobState::running) {
    out.pass(context.job(), "the job is RUNNING", {});
    return;
  }
  if (job.state == JobState::finished || job.state == JobState::canceled) {
    out.not_applicable(context.job(), fmt::format("the job is {}, as it was meant to", state));
    return;
  }
  if (job.state == JobState::other) {
    out.unknown(context.job(), "Flink names a state that none of its known releases has");
    return;
  }
  const Stay stay = stay_of(context, job);
  if (job.state == JobState::failed) {
    if (stay.ran_long) {
      report(context, job, stay, out);
    } else {
      out.not_applicable(context.job(), "the job FAILED before it had run for 10 min");
    }
    return;
  }
  const milliseconds allowed = patience(context, chosen, job.state);
  if (!stay.lasted) {
    out.unknown(context.job(), fmt::format("the job is {}, and since when is not known", state));
  } else if (*stay.lasted <= allowed) {
    out.unknown(context.job(), fmt::format("the job is {}, for less than {} so far", state,
                                           base::format_duration(allowed)));
  } else if (!stay.ran_long) {
    out.unknown(context.job(),
                fmt::format("the job is {} and was not seen to run for 10 min before", state));
  } else {
    report(context, job, stay, out);
  }
}

}  // namespace

extern constinit const Check job_not_running{
    .info = {.id = "job-not-running",
             .title = "The job does not run",
             .practice = "liveness",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::critical,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::clock | model::Resource::failed_jobs,
             .uses = model::Resource::exceptions | model::Resource::job_configuration |
                     model::Resource::configuration | model::Resource::reachability |
                     model::Resource::job_history,
             .options = options,
             .keep_firing_for = std::chrono::minutes(2),
             .any_state = true},
    .evaluate = evaluate};

}  // namespace auditor::checks
