#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"
#include "checks/facts.h"
#include "checks/liveness/failures.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::Evidence;
using model::JobDetails;
using model::JobExceptions;
using std::chrono::milliseconds;

constexpr milliseconds long_window = std::chrono::hours(6);
constexpr std::size_t many_in_long_window = 6;
constexpr std::size_t stuck_failures = 2;

constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "failures",
     .kind = model::OptionKind::number,
     .otherwise = 3,
     .minimum = 2,
     .maximum = 16,
     .help = "how many failures within the window make a loop"},
    {.name = "window",
     .kind = model::OptionKind::duration,
     .otherwise = 600'000,
     .minimum = 60'000,
     .maximum = 21'600'000,
     .help = "the window in which they are counted"},
}};

std::vector<Incident> since(const std::vector<Incident>& all, base::Timestamp start) {
  std::vector<Incident> found;
  std::ranges::copy_if(all, std::back_inserter(found),
                       [start](const Incident& incident) { return incident.at >= start; });
  return found;
}

std::vector<Incident> within(const Context& context, const std::vector<Incident>& all,
                             milliseconds window) {
  std::vector<Incident> found;
  std::ranges::copy_if(all, std::back_inserter(found), [&](const Incident& incident) {
    return !context.is_past(incident.at + window);
  });
  return found;
}

/// When the newest completed checkpoint or savepoint was completed; nullopt where none is known.
std::optional<base::Timestamp> last_completion(const CheckpointStatistics& checkpoints) {
  std::optional<base::Timestamp> last;
  const auto consider = [&last](const model::Checkpoint& checkpoint) {
    if (checkpoint.triggered_at) {
      last = std::max(last, std::optional(*checkpoint.triggered_at +
                                          checkpoint.duration.value_or(milliseconds(0))));
    }
  };
  for (const model::Checkpoint* checkpoint : checkpoints.completed()) {
    consider(*checkpoint);
  }
  if (checkpoints.latest_completed) {
    consider(*checkpoints.latest_completed);
  }
  return last;
}

/// The failures after the last completed checkpoint: each restart replays what the one before did.
/// None where the job takes no checkpoints. A drained node is no reason to wake anybody for that.
std::vector<Incident> without_progress(const Context& context, const std::vector<Incident>& all) {
  const auto* settings = context.find<CheckpointConfiguration>();
  const auto* checkpoints = context.find<CheckpointStatistics>();
  if (settings == nullptr || settings->enabled() != true || checkpoints == nullptr) {
    return {};
  }
  const auto completed = last_completion(*checkpoints);
  if (!completed && checkpoints->completed_count != 0) {
    return {};  // the history shows none, and yet there were some
  }
  std::vector<Incident> found = completed ? since(all, *completed) : all;
  std::erase_if(found, [](const Incident& incident) { return tells_of_drain(incident); });
  return found;
}

/// JobManagers that failed over, and the job with them, within an hour; true where that is a loop
/// of its own, and written.
bool report_failovers(const Context& context, Verdicts& out) {
  constexpr std::size_t many = 3;
  constexpr milliseconds window = std::chrono::hours(1);
  const std::vector<base::Timestamp>& all = context.job_history().failovers;
  const auto count = static_cast<std::size_t>(std::ranges::count_if(
      all, [&](base::Timestamp at) { return !context.is_past(at + window); }));
  if (count < many) {
    return false;
  }
  out.fail(
      context.job(),
      {.message = fmt::format(
           "JobManagers failed over {} times within {}, and each time the job began again from "
           "its latest checkpoint",
           count, base::format_duration(window)),
       .evidence = {context.evidence<JobDetails>("latest start", all.back(), "/start-time"),
                    {"starts of the same deployment that were seen within 1 h",
                     static_cast<std::int64_t>(count), "", fmt::format("less than {}", many),
                     std::nullopt, std::nullopt}},
       .remediation =
           "Look at how the JobManagers ended: their logs and exit codes (out of memory, "
           "evicted), their garbage collections, and the session with ZooKeeper or the lease "
           "in Kubernetes. A job whose main method or whose restore fails the whole process "
           "does the same.",
       .severity = model::Severity::critical});
  return true;
}

/// How many failures Flink keeps; more cannot be counted.
std::size_t history_size(const Context& context) {
  constexpr std::size_t otherwise = 16;
  const auto* configuration = context.find<model::Configuration>();
  const auto* entry =
      configuration == nullptr ? nullptr : configuration->find(model::keys::exception_history_size);
  std::size_t size = otherwise;
  if (entry != nullptr) {
    const std::string_view text = base::trim(entry->value);
    std::from_chars(text.data(), text.data() + text.size(), size);
  }
  return size;
}

/// How long Flink may try to restart on a TaskManager that is gone: until its heartbeat times out,
/// and what was sent to it before.
milliseconds given_up_after(const Context& context) {
  static constexpr model::ConfigurationKey key{{{{"heartbeat.timeout"}, {}, {}}}};
  constexpr milliseconds otherwise = std::chrono::seconds(50);
  constexpr milliseconds sent_before = std::chrono::seconds(30);
  const auto* configuration = context.find<model::Configuration>();
  const auto* entry = configuration == nullptr ? nullptr : configuration->find(key);
  const milliseconds timeout =
      entry == nullptr ? otherwise
                       : base::parse_duration(base::trim(entry->value)).value_or(otherwise);
  return timeout + sent_before;
}

/// Why failures cannot be counted; empty where they can.
std::string uncountable(const Context& context) {
  const auto* configuration = context.find<model::Configuration>();
  const bool adaptive = configuration != nullptr && model::is_adaptive(*configuration);
  if (adaptive && !context.version().at_least(1, 15)) {
    return "before 1.15 the adaptive scheduler keeps no history of exceptions, and its restarts "
           "may "
           "be rescales";
  }
  return {};
}

std::string cause_words(const std::vector<CauseCount>& causes, std::size_t failures) {
  const CauseCount& first = causes.front();
  const std::string title = base::shorten(first.latest->exception.title, 160);
  if (causes.size() == 1) {
    return failures == 1 ? fmt::format("the cause: {}", title)
                         : fmt::format("one cause: {}", title);
  }
  return fmt::format("{} causes, {} of {} times: {}", causes.size(), first.incidents, failures,
                     title);
}

std::vector<Evidence> evidence_of(const Context& context, const std::vector<Incident>& counted,
                                  const std::vector<CauseCount>& causes) {
  constexpr std::size_t most_causes = 3;
  const model::RootException& latest = *counted.front().roots.front();
  const std::string row = fmt::format("/exceptionHistory/entries/{}", latest.index);
  std::vector<Evidence> evidence;
  evidence.push_back(context.evidence<JobExceptions>("latest failure", *latest.exception.at,
                                                     fmt::format("{}/timestamp", row)));
  evidence.push_back(context.evidence<JobExceptions>("exception of the latest failure",
                                                     latest.exception.name,
                                                     fmt::format("{}/exceptionName", row)));
  for (std::size_t i = 0; i < std::min(most_causes, causes.size()); ++i) {
    const model::JobException& cause = causes[i].latest->exception;
    Evidence told = context.evidence<JobExceptions>(
        fmt::format("cause of {} of {}, fingerprint {}", causes[i].incidents,
                    base::plural(counted.size(), "failure"), cause.fingerprint),
        cause.title, "");
    told.source.reset();  // made of the stack trace
    evidence.push_back(std::move(told));
  }
  if (const auto* checkpoints = context.find<CheckpointStatistics>();
      checkpoints != nullptr && checkpoints->completed_count) {
    evidence.push_back(context.evidence<CheckpointStatistics>(
        "completed checkpoints since the JobManager started the job", *checkpoints->completed_count,
        "/counts/completed"));
  }
  return evidence;
}

std::string remediation(const Context& context, bool stuck, bool drains) {
  if (drains) {
    return "The TaskManagers were taken away: drain nodes one after the other, with the time that "
           "a restart takes in between, and keep spare slots "
           "(slotmanager.redundant-taskmanager-num "
           "on Kubernetes and YARN) and local recovery, so that each restart is short.";
  }
  std::string text = fmt::format(
      "Mend the cause: its stack trace is under Exceptions of the job in Flink's web UI, or at "
      "/jobs/{}/exceptions. Where a record cannot be processed, catch it in the operator and put "
      "it "
      "into a side output: that costs a new version of the job, started from its latest "
      "checkpoint or a savepoint.\n",
      context.job()->job_id->value);
  if (stuck) {
    text +=
        "Until then, stop the restarts: cancel the job, with its checkpoints retained on "
        "cancellation, so that it neither loads its sources and sinks for nothing nor falls "
        "behind further. Look whether the checkpoints themselves fail.\n";
  }
  text +=
      "A longer delay between restarts (exponential-delay) spares what the job connects to, but "
      "mends nothing.";
  return text;
}

struct Judgement {
  std::vector<Incident> counted;
  std::string words;  // "5 times in 10 min"
  model::Severity severity = model::Severity::high;
  bool stuck = false;
  bool drains = false;
};

void report(const Context& context, const Judgement& judgement, Verdicts& out) {
  const std::vector<CauseCount> causes = causes_of(judgement.counted);
  const std::string consequence =
      judgement.drains ? "its TaskManagers were terminated each time, and it replays after each"
      : judgement.stuck
          ? "no checkpoint has completed in between, so that each restart replays the same input "
            "and gets no further"
          : "it replays its input after each, and falls behind";
  out.fail(context.job(),
           {.message = fmt::format("the job failed {}, {}: {}", judgement.words,
                                   cause_words(causes, judgement.counted.size()), consequence),
            .evidence = evidence_of(context, judgement.counted, causes),
            .remediation = remediation(context, judgement.stuck, judgement.drains),
            .severity = judgement.severity});
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (model::is_terminal(context.get<JobDetails>().state)) {
    out.not_applicable(context.job(), "the job has ended");
    return;
  }
  if (is_being_set_up(context.get<JobDetails>())) {
    out.unknown(context.job(), fmt::format("the job is {}: earlier failures are not shown",
                                           to_text(context.get<JobDetails>().state)));
    return;
  }
  if (!context.knows_now()) {
    out.unknown(context.job(), "Flink's answer has no time: failures cannot be dated");
    return;
  }
  if (report_failovers(context, out)) {
    return;
  }
  if (std::string reason = uncountable(context); !reason.empty()) {
    out.unknown(context.job(), std::move(reason));
    return;
  }
  const auto& exceptions = context.get<JobExceptions>();
  const milliseconds window = chosen.duration("window");
  const auto enough = static_cast<std::size_t>(chosen.number("failures"));
  const std::vector<Incident> all =
      within(context, incidents(exceptions, given_up_after(context)), long_window);
  const std::vector<Incident> lately = within(context, all, window);
  const std::vector<Incident> stuck = without_progress(context, all);
  const std::string of_window = base::format_duration(window);
  if (stuck.size() >= stuck_failures) {
    report(context,
           {.counted = stuck,
            .words = fmt::format("{} times without a completed checkpoint", stuck.size()),
            .severity = model::Severity::critical,
            .stuck = true},
           out);
  } else if (lately.size() >= enough) {
    const bool drains =
        std::ranges::all_of(lately, [](const Incident& i) { return tells_of_drain(i); });
    report(context,
           {.counted = lately,
            .words = fmt::format("{} times in {}", lately.size(), of_window),
            .severity = drains ? model::Severity::medium : model::Severity::high,
            .drains = drains},
           out);
  } else if (all.size() >= many_in_long_window) {
    const bool drains =
        std::ranges::all_of(all, [](const Incident& i) { return tells_of_drain(i); });
    report(context,
           {.counted = all,
            .words = fmt::format("{} times in {}", all.size(), base::format_duration(long_window)),
            .severity = model::Severity::medium,
            .drains = drains},
           out);
  } else if (const std::size_t kept = history_size(context);
             kept < many_in_long_window && exceptions.history.size() >= kept && !all.empty()) {
    out.unknown(context.job(), fmt::format("Flink keeps no more than the last {} "
                                           "(web.exception-history-size): a loop cannot be seen",
                                           base::plural(kept, "failure")));
  } else {
    out.pass(context.job(),
             fmt::format("fewer than {} failures in {}, and fewer than {} in {}", enough, of_window,
                         many_in_long_window, base::format_duration(long_window)),
             {});
  }
}

}  // namespace

extern constinit const Check restart_loop{
    .info = {.id = "restart-loop",
             .title = "The job fails over and over",
             .practice = "liveness",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::exceptions | model::Resource::clock,
             .uses = model::Resource::checkpoints | model::Resource::checkpoint_configuration |
                     model::Resource::configuration | model::Resource::cluster |
                     model::Resource::job_history,
             .options = options,
             .pending_for = std::chrono::minutes(1),
             .keep_firing_for = std::chrono::minutes(10),
             .any_state = true},
    .evaluate = evaluate};

}  // namespace auditor::checks
