#include "checks/flow/flow.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace auditor::checks {

namespace {

using model::FlowPoint;
using model::JobDetails;
using model::JobFlow;
using model::JobVertex;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes history_window{5};
constexpr seconds least_since_start{30};
constexpr std::chrono::hours most_since_start{1};
/// Less of the tasks' own time tells nothing: Flink fetches their counters every 10 s at most.
constexpr seconds least_measured{10};
/// How far the moment of a counter may lie before that of the answer that has it.
constexpr seconds counters_age{10};
constexpr minutes catching_up{30};

base::Result<FlowWindow> none(std::string reason) {
  return base::fail(base::ErrorKind::not_recorded, std::move(reason));
}

/// What happened between two points; nullopt where the counters began anew in between.
struct Difference {
  milliseconds backpressured{0};
  std::optional<milliseconds> all;  ///< backpressured, idle and busy; absent for legacy sources
  std::optional<std::int64_t> records_in;
  std::optional<std::int64_t> records_out;
  std::optional<double> busy;
};

std::optional<std::int64_t> difference(const std::optional<std::int64_t>& to,
                                       const std::optional<std::int64_t>& from) {
  return to && from && *to >= *from ? std::optional(*to - *from) : std::nullopt;
}

std::optional<Difference> difference(const FlowPoint& to, const FlowPoint& from) {
  if (to.started_at != from.started_at || to.parallelism != from.parallelism ||
      !from.backpressured || *to.backpressured < *from.backpressured) {
    return std::nullopt;
  }
  Difference found;
  found.backpressured = *to.backpressured - *from.backpressured;
  found.records_in = difference(to.records_in, from.records_in);
  found.records_out = difference(to.records_out, from.records_out);
  if (to.busy && to.idle && from.busy && from.idle) {
    if (*to.busy < *from.busy || *to.idle < *from.idle) {
      return std::nullopt;
    }
    const milliseconds busy = *to.busy - *from.busy;
    found.all = found.backpressured + busy + (*to.idle - *from.idle);
    if (found.all->count() > 0) {
      found.busy = static_cast<double>(busy.count()) / static_cast<double>(found.all->count());
    }
  }
  return found;
}

FlowPoint beginning_of(const FlowPoint& point) {
  FlowPoint zero = point;
  zero.at = point.started_at.value_or(point.at);
  zero.backpressured = milliseconds(0);
  zero.idle = point.idle ? std::optional(milliseconds(0)) : std::nullopt;
  zero.busy = point.busy ? std::optional(milliseconds(0)) : std::nullopt;
  zero.records_in = 0;
  zero.records_out = 0;
  return zero;
}

/// The averages between two points. `stale`: the earlier counters may be older than their answer.
base::Result<FlowWindow> average(const FlowPoint& to, const FlowPoint& from, bool stale) {
  const auto found = difference(to, from);
  if (!found) {
    return none("its tasks' counters began anew in between");
  }
  const milliseconds asked = to.at - from.at;
  // The tasks' own time is the exact one. Where it is not known, the longest that it can be.
  milliseconds measured = found->all ? *found->all / to.parallelism : asked;
  if (measured < least_measured) {
    return none("Flink has fetched no newer counters of its tasks");
  }
  if (stale && measured > 2 * asked + counters_age) {
    return none(fmt::format("the counters that Flink had fetched before are {} old",
                            base::format_duration(measured)));
  }
  if (!found->all) {
    measured += counters_age;
  }
  const double share =
      static_cast<double>(found->backpressured.count()) /
      (static_cast<double>(measured.count()) * static_cast<double>(to.parallelism));
  FlowWindow window;
  window.length = measured;
  window.backpressured = std::clamp(share, 0.0, 1.0);
  window.busy = found->busy;
  window.records_in = found->records_in;
  window.records_out = found->records_out;
  return window;
}

/// The newest point that is old enough, of a series that goes a little further back; nullptr where
/// there is none yet.
const FlowPoint* watched_long_enough(const FlowPoint& now, const std::vector<FlowPoint>& seen) {
  const FlowPoint* from = nullptr;
  for (const FlowPoint& point : seen) {
    if (now.at - point.at >= history_window) {
      from = &point;
    }
  }
  return from;
}

base::Result<FlowWindow> since_start(const FlowPoint& now) {
  if (!now.started_at) {
    return none("Flink does not tell when its tasks were started");
  }
  const milliseconds ran = now.at - *now.started_at;
  if (ran < least_since_start || ran > most_since_start) {
    return none(fmt::format(
        "a single look shows the average since its tasks were started, {} ago: that says nothing "
        "of now",
        base::format_duration(ran)));
  }
  auto window = average(now, beginning_of(now), false);
  if (window) {
    // The first seconds, before the tasks count, are none that they were held up.
    window->backpressured =
        std::min(window->backpressured,
                 static_cast<double>(now.backpressured->count()) /
                     (static_cast<double>(ran.count()) * static_cast<double>(now.parallelism)));
    window->over = "since its tasks were started, in the";
    window->since_start = true;
  }
  return window;
}

/// The mean of rates over at least five minutes, which has to be made of several.
base::Result<FlowWindow> mean_of(const model::FlowHistory* history,
                                 const model::JobVertexId& vertex) {
  constexpr std::size_t fewest = 4;
  std::span<const model::RatePoint> seen;
  if (history != nullptr && history->rates.contains(vertex)) {
    seen = history->rates.at(vertex);
  }
  std::size_t first = seen.size();
  while (first > 0 &&
         (seen.size() - first < fewest || seen.back().at - seen[first].at < history_window)) {
    --first;
  }
  const auto taken = seen.subspan(first);
  if (taken.size() < fewest || taken.back().at - taken.front().at < history_window) {
    return none(
        fmt::format("before 1.16 Flink tells how long tasks are held up as a rate of the last "
                    "minute: it takes several within {}, as the daemon has them",
                    base::format_duration(history_window)));
  }
  FlowWindow window;
  window.sampled = true;
  window.over = "in the last";
  window.length = taken.back().at - taken.front().at;
  const auto count = static_cast<double>(taken.size());
  std::optional<double> busy = 0;
  for (const model::RatePoint& point : taken) {
    window.backpressured += point.backpressured / count;
    busy = busy && point.busy ? std::optional(*busy + *point.busy / count) : std::nullopt;
  }
  window.backpressured = std::clamp(window.backpressured, 0.0, 1.0);
  window.busy = busy;
  return window;
}

base::Result<FlowWindow> window_of(const Context& context, const JobVertex& vertex) {
  const auto& flow = context.get<JobFlow>();
  const FlowPoint* const found = flow.vertices.find(vertex.id);
  if (found == nullptr || found->parallelism < 1) {
    return none("Flink's answer lacks its metrics");
  }
  const FlowPoint& now = *found;
  if (vertex.tasks.finished > 0) {
    return none("some of its subtasks have finished");
  }
  const auto* const history = context.flow_history();
  if (!now.backpressured && context.version().at_least(1, 16)) {
    return none("the metrics of some of its subtasks are missing");
  }
  if (!now.backpressured) {
    return mean_of(history, vertex.id);
  }
  if (history != nullptr) {
    const auto seen = history->vertices.find(vertex.id);
    const FlowPoint* const from =
        seen == history->vertices.end() ? nullptr : watched_long_enough(now, seen->second);
    if (from != nullptr) {
      auto window = average(now, *from, false);
      if (window) {
        window->over = "in the last";
      }
      return window;
    }
  }
  const FlowPoint* const earlier = flow.earlier.find(vertex.id);
  if (earlier != nullptr && earlier->backpressured) {
    auto window = average(now, *earlier, true);
    if (window) {
      window->over = "in the last";
    }
    return window;
  }
  return since_start(now);
}

struct Soundness {
  bool sound = false;
};

/// The vertices of a plan, and which of them an edge led to so far.
class Reached {
 public:
  explicit Reached(const std::vector<model::PlanNode>& plan) : is_reached_(plan.size()) {
    ids_.reserve(plan.size());
    for (const model::PlanNode& node : plan) {
      ids_.push_back(&node.id);
    }
    std::ranges::sort(ids_, {}, by_id);
  }

  [[nodiscard]] bool has_each_once() const {
    return std::ranges::adjacent_find(ids_, {}, by_id) == ids_.end();
  }
  [[nodiscard]] bool contains(const model::JobVertexId& id) const {
    const std::size_t place = place_of(id);
    return place < ids_.size() && is_reached_[place];
  }
  /// Whether it was not yet. The plan has it.
  bool reach(const model::JobVertexId& id) {
    const std::size_t place = place_of(id);
    const bool added = !is_reached_[place];
    is_reached_[place] = true;
    count_ += added ? 1U : 0U;
    return added;
  }
  [[nodiscard]] bool all() const { return count_ == ids_.size(); }

 private:
  static const model::JobVertexId& by_id(const model::JobVertexId* id) { return *id; }

  /// Where it stands in `ids_`, or its size.
  [[nodiscard]] std::size_t place_of(const model::JobVertexId& id) const {
    const auto found = std::ranges::lower_bound(ids_, id, {}, by_id);
    return found == ids_.end() || **found != id ? ids_.size()
                                                : static_cast<std::size_t>(found - ids_.begin());
  }

  std::vector<const model::JobVertexId*> ids_;
  std::vector<bool> is_reached_;
  std::size_t count_ = 0;
};

/// Whether the plan has each vertex once, and its edges lead from sources to all of them.
bool is_sound(const JobDetails& job) {
  Reached reached(job.plan);
  if (job.plan.size() != job.vertices.size() || !reached.has_each_once()) {
    return false;
  }
  for (bool more = true; more && !reached.all();) {
    more = false;
    for (const model::PlanNode& node : job.plan) {
      const bool next = std::ranges::all_of(node.inputs, [&reached](const model::PlanInput& input) {
        return reached.contains(input.id);
      });
      more = (next && reached.reach(node.id)) || more;
    }
  }
  return reached.all() && std::ranges::all_of(job.vertices, [&reached](const JobVertex& vertex) {
           return reached.contains(vertex.id);
         });
}

Soundness is_sound_of(const Context& context) {
  return {is_sound(context.get<JobDetails>())};
}

std::vector<VertexWindow> windows_of(const Context& context) {
  const auto& job = context.get<JobDetails>();
  std::vector<VertexWindow> windows;
  windows.reserve(job.vertices.size());
  for (const JobVertex& vertex : job.vertices) {
    windows.push_back({&vertex, window_of(context, vertex)});
  }
  return windows;
}

}  // namespace

const std::vector<VertexWindow>& flow_windows(const Context& context) {
  return context.once<std::vector<VertexWindow>>([&context] { return windows_of(context); });
}

std::vector<FlowWindows> flow_windows(const model::Snapshot& snapshot,
                                      const model::ClusterHistory& history,
                                      std::vector<Memo> memos) {
  static constexpr model::CheckInfo shown{.id = "flow-shown",
                                          .title = "What the page shows",
                                          .practice = "flow",
                                          .needs = flow_needs,
                                          .uses = flow_uses};
  static const model::UidTable no_words;
  std::vector<FlowWindows> all(snapshot.jobs.size());
  memos.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const model::JobSnapshot& job = snapshot.jobs[i];
    if (!job.details.known() || !job.flow.known()) {
      continue;
    }
    Subjects subjects;
    Memos made{std::move(memos[i]), {}};
    const Context context(shown, snapshot, history, &job, no_words, subjects, made);
    all[i] = context.shared<std::vector<VertexWindow>>([&context] { return windows_of(context); });
  }
  return all;
}

bool flows_as_usual(const Context& context, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  if (model::is_terminal(job.state)) {
    out.not_applicable(context.job(), "the job has ended");
    return false;
  }
  if (!context.lasting<Soundness>([&context] { return is_sound_of(context); }).sound) {
    out.unknown(context.job(), "the plan that Flink shows does not fit the job's vertices");
    return false;
  }
  const bool all_run = std::ranges::all_of(job.vertices, [](const JobVertex& vertex) {
    return vertex.tasks.running + vertex.tasks.finished >= vertex.parallelism.value_or(1);
  });
  if (job.state != model::JobState::running || !all_run) {
    out.unknown(context.job(), "not all its tasks run yet");
    return false;
  }
  const auto* checkpoints = context.find<model::CheckpointStatistics>();
  if (checkpoints != nullptr && checkpoints->latest_restored &&
      checkpoints->latest_restored->restored_at && context.knows_now() &&
      !context.is_past(*checkpoints->latest_restored->restored_at + catching_up)) {
    out.unknown(context.job(),
                fmt::format("the job was restored less than {} ago: it may be catching up",
                            base::format_duration(catching_up)));
    return false;
  }
  return true;
}

std::vector<const JobVertex*> readers_of(const JobDetails& job, const model::JobVertexId& vertex) {
  std::vector<const JobVertex*> readers;
  for (const JobVertex& other : job.vertices) {
    const model::PlanNode* const node = job.node(other.id);
    if (node != nullptr && std::ranges::any_of(node->inputs, [&](const model::PlanInput& input) {
          return input.id == vertex;
        })) {
      readers.push_back(&other);
    }
  }
  return readers;
}

bool is_source(const JobDetails& job, const model::JobVertexId& vertex) {
  const model::PlanNode* const node = job.node(vertex);
  return node != nullptr && node->inputs.empty();
}

std::string reason_of(const Context& context, const VertexWindow& without) {
  struct Reason {
    const JobVertex* vertex;
    std::string text;
  };
  const auto make = [&without] {
    return Reason{without.vertex,
                  fmt::format("{}: {}", quoted(*without.vertex), without.window.error().message)};
  };
  // All checks mostly ask for that of the same vertex.
  const auto& first = context.once<Reason>(make);
  return first.vertex == without.vertex ? first.text : make().text;
}

std::string quoted(const JobVertex& vertex) {
  return fmt::format("\"{}\"", base::shorten(base::printable(vertex.name), 60));
}

std::string percent_text(double share) {
  constexpr double percent = 100;
  return fmt::format("{:.0f} %", percent * share);
}

model::Evidence derived(const Context& context, base::Wording label, model::EvidenceValue value,
                        base::Wording expected, base::Wording unit) {
  model::Evidence evidence = context.evidence<JobFlow>(std::move(label), std::move(value), {},
                                                       std::move(expected), std::move(unit));
  evidence.source.reset();
  return evidence;
}

}  // namespace auditor::checks
