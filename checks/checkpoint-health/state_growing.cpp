#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"
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

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "horizon",
     .kind = model::OptionKind::number,
     .otherwise = 20,
     .minimum = 1,
     .maximum = 1'000,
     .help = "how far ahead a trend counts, in times of what the history covers"},
}};

/// A series over the usual checkpoints, oldest first: seconds since the first one, and a value.
struct Series {
  std::vector<std::pair<double, double>> points;

  /// Kendall's tau: 1 where each value is larger than those before it, 0 without a trend.
  [[nodiscard]] double tau() const {
    std::int64_t score = 0;
    std::int64_t pairs = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      for (std::size_t j = i + 1; j < points.size(); ++j) {
        const double step = points[j].second - points[i].second;
        score += step > 0 ? 1 : step < 0 ? -1 : 0;
        ++pairs;
      }
    }
    return pairs == 0 ? 0 : static_cast<double>(score) / static_cast<double>(pairs);
  }

  /// Theil–Sen: the median of the slopes between all pairs, which no single outlier moves.
  [[nodiscard]] double slope() const {
    std::vector<double> slopes;
    for (std::size_t i = 0; i < points.size(); ++i) {
      for (std::size_t j = i + 1; j < points.size(); ++j) {
        if (points[j].first > points[i].first) {
          slopes.push_back((points[j].second - points[i].second) /
                           (points[j].first - points[i].first));
        }
      }
    }
    if (slopes.empty()) {
      return 0;
    }
    const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
    std::ranges::nth_element(slopes, middle);
    return *middle;
  }

  /// Whether it grows by a part that matters, over what the history covers.
  [[nodiscard]] bool grows() const {
    constexpr double least = 0.05;
    return slope() * span() >= least * last();
  }

  [[nodiscard]] double span() const { return points.back().first - points.front().first; }
  [[nodiscard]] double last() const { return points.back().second; }

  /// Seconds until the trend reaches the limit; nullopt where it does not go there.
  [[nodiscard]] std::optional<double> until(double limit) const {
    const double per_second = slope();
    if (limit <= last()) {
      return 0;
    }
    return per_second > 0 ? std::optional((limit - last()) / per_second) : std::nullopt;
  }
};

template <class Value>
Series series_of(const std::vector<const Checkpoint*>& usual, Value value) {
  Series series;
  for (auto it = usual.rbegin(); it != usual.rend(); ++it) {
    const std::optional<double> found = value(**it);
    if (found && (*it)->triggered_at) {
      constexpr double a_second = 1000;
      const auto since = *(*it)->triggered_at - *usual.back()->triggered_at;
      series.points.emplace_back(static_cast<double>(since.count()) / a_second, *found);
    }
  }
  return series;
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

void report(const Context& context, const std::vector<const Checkpoint*>& usual,
            const Series& sizes, const Limit& limit, double until, Verdicts& out) {
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
  out.fail(
      context.job(),
      {.message = fmt::format(
           "the state grew from {} to {} within {}, and {}: {}",
           base::format_bytes(*first.state_size), base::format_bytes(*last.state_size),
           in_words(sizes.span()),
           until > 0 ? fmt::format("at that rate meets {} in {}", limit.text, in_words(until))
                     : fmt::format("is past {} already", limit.text),
           limit.consequence),
       .evidence = std::move(evidence),
       .remediation =
           "Look at what is never removed: state without a time-to-live (StateTtlConfig, "
           "table.exec.state.ttl), keys that never come again, windows that do not close because "
           "their watermark stands still, a join without a time bound. A job that was just started "
           "may grow until its windows and time-to-live are full once: then waive it until that "
           "date. More heap, more parallelism or RocksDB win time, at the price of a restart."});
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const std::vector<const Checkpoint*> usual = context.get<CheckpointStatistics>().usual();
  const Series sizes = series_of(usual, [](const Checkpoint& checkpoint) {
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
  const Series durations = series_of(usual, [](const Checkpoint& checkpoint) {
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
                     model::Resource::checkpoint_details,
             .options = options,
             .pending_for = std::chrono::minutes(30),
             .keep_firing_for = std::chrono::hours(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
