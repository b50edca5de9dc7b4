#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"
#include "checks/checkpoint-health/trend.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Checkpoint;
using model::CheckpointConfiguration;
using model::CheckpointDetails;
using model::CheckpointStatistics;
using model::JobDetails;
using model::TaskManagers;
using std::chrono::milliseconds;

constexpr std::size_t fewest = 8;
constexpr double clear_trend = 0.6;

constexpr std::array<model::OptionInfo, 3> options{{
    {.name = "horizon",
     .kind = model::OptionKind::number,
     .otherwise = 20,
     .minimum = 1,
     .maximum = 1'000,
     .help = "how far ahead a trend counts, in times of what Flink's history covers"},
    {.name = "days_ahead",
     .kind = model::OptionKind::number,
     .otherwise = 14,
     .minimum = 1,
     .maximum = 365,
     .help = "how many days ahead the trend of the daily sizes counts"},
    {.name = "size",
     .kind = model::OptionKind::bytes,
     .otherwise = 0,
     .minimum = 0,
     .maximum = 1e15,
     .help = "a size that the state is not to reach; 0: none"},
}};

/// A trend over days needs as many of them, the present one included.
constexpr std::size_t fewest_days = 5;

template <class Value>
Trend trend_of(const std::vector<const Checkpoint*>& usual, Value value) {
  Trend trend;
  for (auto it = usual.rbegin(); it != usual.rend(); ++it) {
    const std::optional<double> found = value(**it);
    if (found && (*it)->triggered_at) {
      constexpr double a_second = 1000;
      const auto since = *(*it)->triggered_at - *usual.back()->triggered_at;
      trend.points.emplace_back(static_cast<double>(since.count()) / a_second, *found);
    }
  }
  return trend;
}

/// What the growth runs into.
struct Limit {
  double value;      ///< of the series
  std::string text;  ///< "the 16 MiB of task heap that a slot has"
  std::string consequence;
  std::vector<model::Evidence> evidence;
};

/// How much state the job may have until its fullest subtask fills the heap of a slot, if subtasks
/// and vertices keep their shares; nullopt off the heap, or where Flink does not tell.
std::optional<Limit> heap_limit(const Context& context) {
  const auto& settings = context.get<CheckpointConfiguration>();
  const auto* const details = context.find<CheckpointDetails>();
  const auto heap = task_heap_per_slot(context.find<TaskManagers>());
  if (!settings.state_backend || !is_heap_backend(*settings.state_backend) || details == nullptr ||
      !heap || heap->size.count <= 0) {
    return std::nullopt;
  }
  double all = 0;
  double fullest = 0;
  for (const auto& [vertex, state] : details->vertices) {
    if (state.state_size && state.subtasks.value_or(0) > 0) {
      const auto size = static_cast<double>(state.state_size->count);
      all += size;
      fullest = std::max(fullest, size / static_cast<double>(*state.subtasks));
    }
  }
  if (fullest <= 0) {
    return std::nullopt;
  }
  return Limit{
      static_cast<double>(heap->size.count) * all / fullest,
      fmt::format("the {} of task heap that a slot has", base::format_bytes(heap->size)),
      "then the job ends in OutOfMemoryError, and the restart loads the same state again",
      {context.evidence<TaskManagers>(
           fmt::format("task heap of a TaskManager with {}",
                       base::plural(static_cast<std::size_t>(*heap->smallest->slots), "slot")),
           heap->smallest->task_heap->count,
           fmt::format("/taskmanagers/{}/memoryConfiguration/taskHeap", heap->smallest->index), {},
           "bytes"),
       context.evidence<CheckpointConfiguration>("state backend", *settings.state_backend,
                                                 "/state_backend")}};
}

std::string in_words(double seconds) {
  constexpr double a_second = 1000;
  return base::format_duration(milliseconds(static_cast<std::int64_t>(seconds * a_second)));
}

constexpr std::string_view remedy =
    "Look at what is never removed: state without a time-to-live (StateTtlConfig, "
    "table.exec.state.ttl), keys that never come again, windows that do not close because "
    "their watermark stands still, a join without a time bound. A job that was just started "
    "may grow until its windows and time-to-live are full once: then waive it until that "
    "date. More heap, more parallelism or RocksDB win time, at the price of a restart.";

void report(const Context& context, const std::vector<const Checkpoint*>& usual, const Trend& sizes,
            const Limit& limit, double until, Verdicts& out) {
  const Checkpoint& first = *usual.back();
  const Checkpoint& last = *usual.front();
  std::vector<model::Evidence> evidence;
  for (const Checkpoint* checkpoint : {&last, &first}) {
    evidence.push_back(context.evidence<CheckpointStatistics>(
        fmt::format("state in checkpoint {}", checkpoint->id), checkpoint->state_size->count,
        fmt::format("/history/{}/state_size", checkpoint->index), {}, "bytes"));
  }
  evidence.push_back({"Kendall's tau of the state's size", sizes.tau(), "",
                      fmt::format("less than {}", clear_trend), std::nullopt, std::nullopt});
  evidence.insert(evidence.end(), limit.evidence.begin(), limit.evidence.end());
  out.fail(context.job(),
           {.message = fmt::format(
                "the state grew from {} to {} within {}, and {}: {}",
                base::format_bytes(*first.state_size), base::format_bytes(*last.state_size),
                in_words(sizes.span()),
                until > 0 ? fmt::format("at that rate meets {} in {}", limit.text, in_words(until))
                          : fmt::format("is past {} already", limit.text),
                limit.consequence),
            .evidence = std::move(evidence),
            .remediation = std::string(remedy)});
}

/// The daily maxima since the job's first look, oldest first; in days.
template <class Value>
Trend daily(const model::JobHistory& history, Value value) {
  Trend trend;
  for (const model::StateDay& day : history.state_days) {
    if (const std::optional<double> found = value(day)) {
      trend.points.emplace_back(
          static_cast<double>((day.day - history.state_days.front().day).count()), *found);
    }
  }
  return trend;
}

std::string day_words(const model::JobHistory& history, double days_ahead) {
  const auto day = history.state_days.back().day +
                   std::chrono::days(static_cast<int>(std::min(days_ahead, 10'000.0)));
  return base::format_rfc3339(day).substr(0, 10);
}

void report_days(const Context& context, const Trend& sizes, const Trend& met, const Limit& limit,
                 Verdicts& out) {
  const model::JobHistory& history = context.job_history();
  const model::StateDay& first = history.state_days.front();
  const model::StateDay& last = history.state_days.back();
  const double until = met.until(limit.value).value_or(0);
  const auto [slow, fast] = met.slope_quartiles();
  const auto date = [&](double slope) {
    return slope > 0 ? day_words(history, std::max(0.0, (limit.value - met.last()) / slope))
                     : std::string("never");
  };
  std::vector<model::Evidence> evidence{
      {fmt::format("largest state on {}", base::format_rfc3339(last.day).substr(0, 10)),
       last.largest.count, "bytes", "", std::nullopt, std::nullopt},
      {fmt::format("largest state on {}", base::format_rfc3339(first.day).substr(0, 10)),
       first.largest.count, "bytes", "", std::nullopt, std::nullopt},
      {"Kendall's tau of the daily sizes", sizes.tau(), "",
       fmt::format("less than {}", clear_trend), std::nullopt, std::nullopt},
      {"met, at the slower and the faster quarter of slopes",
       fmt::format("{} to {}", date(slow), date(fast)), "", "", std::nullopt, std::nullopt}};
  evidence.insert(evidence.end(), limit.evidence.begin(), limit.evidence.end());
  out.fail(context.job(),
           {.message = fmt::format("the state grew from {} to {} in {} days, and {}: {}",
                                   base::format_bytes(first.largest),
                                   base::format_bytes(last.largest), static_cast<int>(sizes.span()),
                                   until > 0 ? fmt::format("at that rate meets {} on about {}",
                                                           limit.text, day_words(history, until))
                                             : fmt::format("is past {} already", limit.text),
                                   limit.consequence),
            .evidence = std::move(evidence),
            .remediation = std::string(remedy)});
}

/// Judges by the days that the daemon has seen; false where they are too few.
bool judge_days(const Context& context, const Options& chosen, Verdicts& out) {
  const model::JobHistory& history = context.job_history();
  if (history.state_days.size() < fewest_days) {
    return false;
  }
  const Trend sizes = daily(history, [](const model::StateDay& day) {
    return std::optional(static_cast<double>(day.largest.count));
  });
  const Trend durations = daily(history, [](const model::StateDay& day) {
    return day.longest_duration ? std::optional(static_cast<double>(day.longest_duration->count()))
                                : std::nullopt;
  });
  const auto& settings = context.get<CheckpointConfiguration>();
  const double ahead = chosen.number("days_ahead");
  struct Candidate {
    const Trend* trend;
    std::optional<Limit> limit;
  };
  std::vector<Candidate> candidates{{&sizes, heap_limit(context)}};
  if (const base::Bytes size = chosen.bytes("size"); size.count > 0) {
    candidates.push_back(
        {&sizes, Limit{static_cast<double>(size.count),
                       fmt::format("the {} of the option size", base::format_bytes(size)),
                       "it was not meant to be so large",
                       {}}});
  }
  if (settings.timeout && durations.points.size() >= fewest_days) {
    candidates.push_back({&durations, Limit{static_cast<double>(settings.timeout->count()),
                                            fmt::format("the checkpoint timeout of {}",
                                                        base::format_duration(*settings.timeout)),
                                            "then no checkpoint completes any more",
                                            {timeout_evidence(context)}}});
  }
  for (const Candidate& candidate : candidates) {
    const Trend& trend = *candidate.trend;
    if (candidate.limit && sizes.grows() && sizes.tau() >= clear_trend && trend.grows() &&
        trend.tau() >= clear_trend &&
        trend.until(candidate.limit->value).value_or(ahead + 1) <= ahead) {
      report_days(context, sizes, trend, *candidate.limit, out);
      return true;
    }
  }
  out.pass(context.job(),
           sizes.tau() < clear_trend || !sizes.grows()
               ? fmt::format("the state's size has no trend over {} days",
                             static_cast<int>(sizes.span()))
               : fmt::format("the state grows, and meets no known limit within {} days",
                             static_cast<int>(ahead)),
           {{"Kendall's tau of the daily sizes", sizes.tau(), "", "", std::nullopt, std::nullopt}});
  return true;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out) || judge_days(context, chosen, out)) {
    return;
  }
  const std::vector<const Checkpoint*> usual = context.get<CheckpointStatistics>().usual();
  const Trend sizes = trend_of(usual, [](const Checkpoint& checkpoint) {
    return checkpoint.state_size ? std::optional(static_cast<double>(checkpoint.state_size->count))
                                 : std::nullopt;
  });
  if (sizes.points.size() < fewest_checkpoints || sizes.points.size() != usual.size()) {
    out.unknown(context.job(),
                "fewer than three checkpoints have completed (savepoints and the first one after a "
                "restore do not count), or Flink does not tell their size: too few to tell");
    return;
  }
  // Before 1.15 the size is what a checkpoint wrote: of incremental ones that is not the state.
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!context.version().at_least(1, 15) && settings.state_backend &&
      is_disk_backend(*settings.state_backend)) {
    out.not_applicable(context.job(),
                       "before Flink 1.15 REST does not tell the size of incremental checkpoints");
    return;
  }
  const double horizon = sizes.span() * chosen.number("horizon");
  std::optional<Limit> limit = heap_limit(context);
  constexpr double never = std::numeric_limits<double>::infinity();
  double until = limit && sizes.grows() ? sizes.until(limit->value).value_or(never) : never;
  const Trend durations = trend_of(usual, [](const Checkpoint& checkpoint) {
    return checkpoint.duration ? std::optional(static_cast<double>(checkpoint.duration->count()))
                               : std::nullopt;
  });
  const bool slower = durations.points.size() == usual.size() && durations.tau() >= clear_trend &&
                      durations.grows() && sizes.grows();
  if (until > horizon && slower && settings.timeout) {
    limit =
        Limit{static_cast<double>(settings.timeout->count()),
              fmt::format("the checkpoint timeout of {}", base::format_duration(*settings.timeout)),
              "then no checkpoint completes any more",
              {timeout_evidence(context)}};
    until = durations.until(limit->value).value_or(never);
  }
  if (until > horizon) {
    out.pass(
        context.job(), "the state does not grow into the heap or the checkpoint timeout soon",
        {{"Kendall's tau of the state's size", sizes.tau(), "", "", std::nullopt, std::nullopt}});
    return;
  }
  if (usual.size() < fewest) {
    out.unknown(context.job(), fmt::format("the state grows, but {} checkpoints are too few to "
                                           "tell a trend: {} are needed",
                                           usual.size(), fewest));
    return;
  }
  if (sizes.tau() < clear_trend) {
    out.pass(context.job(), "the state's size has no trend",
             {{"Kendall's tau of the state's size", sizes.tau(), "",
               fmt::format("less than {}", clear_trend), std::nullopt, std::nullopt}});
    return;
  }
  report(context, usual, sizes, *limit, until, out);
}

}  // namespace

extern constinit const Check state_growing{
    .info = {.id = "state-growing",
             .title = "State grows towards a limit",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::likely,
             .needs = checkpoint_needs,
             .uses = model::Resource::cluster | model::Resource::task_managers |
                     model::Resource::checkpoint_details | model::Resource::job_history,
             .options = options,
             .pending_for = std::chrono::minutes(30),
             .keep_firing_for = std::chrono::hours(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
