#include "audit/flow_history.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/metric_questions.h"

namespace auditor::audit {

namespace {

using model::ActiveHours;
using model::FlowHistory;
using model::FlowPoint;
using model::LagPoint;
using model::MetaspaceStay;
using model::ProcessPoint;
using model::RatePoint;
using model::WatermarkSeen;

// Looks come every 15 s and more; a little less, for they are not exact.
constexpr std::chrono::seconds point_every{25};
constexpr std::chrono::minutes points_kept{7};
constexpr std::chrono::minutes lags_kept{20};
constexpr std::chrono::minutes rates_kept{12};
constexpr std::chrono::minutes settled_after{2};

/// Drops the points before `until`. They are in the order of their time: mostly a look at the first
/// one is all.
template <class Point>
void forget(std::vector<Point>& points, base::Timestamp until) {
  const auto kept = std::ranges::find_if_not(
      points, [until](base::Timestamp at) { return at < until; }, &Point::at);
  if (kept != points.begin()) {
    points.erase(points.begin(), kept);
  }
}

template <class T>
bool fell(const std::optional<T>& now, const std::optional<T>& before) {
  return now && before && *now < *before;
}

bool began_anew(const FlowPoint& now, const FlowPoint& before) {
  return now.started_at != before.started_at || now.parallelism != before.parallelism ||
         fell(now.backpressured, before.backpressured) || fell(now.idle, before.idle) ||
         fell(now.busy, before.busy) || fell(now.records_in, before.records_in) ||
         fell(now.records_out, before.records_out) || now.at < before.at;
}

void add(std::vector<FlowPoint>& points, const FlowPoint& now) {
  if (!now.records_in || !now.records_out) {
    return;  // metrics of a subtask are missing: of no use
  }
  if (!points.empty() && began_anew(now, points.back())) {
    points.clear();
  }
  if (points.empty() || now.at - points.back().at >= point_every) {
    points.push_back(now);
  }
  forget(points, now.at - points_kept);
}

/// Both go by vertex, and mostly have the same ones: no need to search.
void add_points(std::map<model::JobVertexId, std::vector<FlowPoint>>& history,
                const model::FlowPoints& now) {
  auto known = history.begin();
  for (const auto& [id, point] : now) {
    while (known != history.end() && known->first < id) {
      known = history.erase(known);
    }
    if (known == history.end() || id < known->first) {
      known = history.emplace_hint(known, id, std::vector<FlowPoint>());
    }
    add(known->second, point);
    ++known;
  }
  history.erase(known, history.end());
}

void add_hour(std::optional<ActiveHours>& hours, const model::JobFlow& flow,
              base::Timestamp taken_at) {
  std::int64_t records = 0;
  for (const auto& [id, point] : flow.vertices) {
    if (!point.records_in) {
      return;
    }
    records += *point.records_in;
  }
  const std::int64_t hour =
      std::chrono::floor<std::chrono::hours>(taken_at).time_since_epoch().count();
  if (!hours) {
    hours.emplace();
    hours->watched_since = taken_at;
    hours->resumed_at = taken_at;
    hours->newest = hour;
    hours->records = records;
    return;
  }
  if (hour - hours->newest >= ActiveHours::hours_kept) {
    hours->moved.reset();
  }
  for (; hours->newest < hour; ++hours->newest) {
    hours->moved.reset(static_cast<std::size_t>((hours->newest + 1) % ActiveHours::hours_kept));
  }
  // Fewer than before: its tasks were started again, and have read some since.
  if (hours->records && records != *hours->records && records > 0) {
    hours->moved.set(static_cast<std::size_t>(hour % ActiveHours::hours_kept));
    hours->last_moved = taken_at;
  }
  hours->records = records;
}

void add_lag(std::vector<LagPoint>& points, const model::Metrics& metrics) {
  if (!points.empty() && metrics.observed_at <= points.back().at) {
    return;
  }
  LagPoint now{metrics.observed_at, 0, 0};
  bool known = false;
  for (const auto& [name, value] : metrics.values) {
    if (name.ends_with(".pendingRecords") && value.sum) {
      now.pending += *value.sum;
      known = true;
    } else if (name.ends_with(".numRecordsOut") && value.sum) {
      now.read += *value.sum;
    }
  }
  if (!known) {
    return;
  }
  if (!points.empty() && now.read < points.back().read) {
    points.clear();  // its tasks were started again
  }
  points.push_back(now);
  forget(points, now.at - lags_kept);
}

void add_watermark(WatermarkSeen& seen, const model::Metrics& metrics, const FlowPoint* flow) {
  const auto* const value =
      metrics.observed_at > seen.latest ? metrics.find("currentInputWatermark") : nullptr;
  if (value == nullptr || !value->min) {
    return;
  }
  const bool first = seen.latest == base::Timestamp{};
  seen.latest = metrics.observed_at;
  if (!first && *value->min == seen.value) {
    return;
  }
  if (*value->min < seen.value) {
    seen.advances = 0;  // its tasks were started again
    seen.longest_stay = {};
  } else if (!first) {
    ++seen.advances;
    seen.longest_stay = std::max(seen.longest_stay, metrics.observed_at - seen.since);
  }
  seen.value = *value->min;
  seen.since = metrics.observed_at;
  seen.records_before = flow == nullptr ? std::nullopt : flow->records_in;
}

/// What a metric of a vertex, in ms of each second, comes to of the time of all its subtasks.
std::optional<double> share_of_time(const model::Metrics& metrics, std::string_view name,
                                    std::int64_t parallelism) {
  constexpr double a_second = 1000;
  const auto* const value = metrics.find(name);
  return value != nullptr && value->sum && parallelism > 0
             ? std::optional(*value->sum / a_second / static_cast<double>(parallelism))
             : std::nullopt;
}

/// A vertex' rates, and their sum, which is 1 where they are of all its subtasks and of no others;
/// absent where it has a legacy source, which does not tell how busy it is.
struct Rates {
  RatePoint point;
  std::optional<double> whole;
};

std::optional<Rates> rates_of(const model::Metrics& metrics, const FlowPoint& flow) {
  const auto backpressured =
      share_of_time(metrics, collectors::backpressured_metric, flow.parallelism);
  const auto idle = share_of_time(metrics, collectors::idle_metric, flow.parallelism);
  if (!backpressured || !idle) {
    return std::nullopt;
  }
  const auto busy = share_of_time(metrics, collectors::busy_metric, flow.parallelism);
  return Rates{{metrics.observed_at, flow.started_at, flow.parallelism, *backpressured, busy},
               busy ? std::optional(*backpressured + *idle + *busy) : std::nullopt};
}

void add(std::vector<RatePoint>& points, const RatePoint& now) {
  if (!points.empty() && (now.started_at != points.back().started_at ||
                          now.parallelism != points.back().parallelism)) {
    points.clear();
  }
  if (points.empty() || now.at > points.back().at) {
    points.push_back(now);
  }
}

/// Before 1.16 Flink keeps the metrics of subtasks that are no more, as after a rescale of the
/// adaptive scheduler (flink-facts A.5): only what adds up to the time of those there are counts.
void add_rates(FlowHistory& history, const model::JobSnapshot& job, base::Timestamp taken_at) {
  constexpr double inexact = 0.1;
  const auto adds_up = [](double whole) { return whole > 1 - inexact && whole < 1 + inexact; };
  std::map<model::JobVertexId, Rates> all;
  bool any_adds_up = false;
  bool all_add_up = true;
  for (const auto& [id, metrics] : job.vertex_metrics.value->vertices) {
    const FlowPoint* const flow = job.flow.value->vertices.find(id);
    if (flow == nullptr || flow->backpressured) {
      continue;  // since 1.16 its times are added up
    }
    if (const auto rates = rates_of(metrics, *flow)) {
      any_adds_up = any_adds_up || (rates->whole && adds_up(*rates->whole));
      all_add_up = all_add_up && (!rates->whole || adds_up(*rates->whole));
      all.emplace(id, *rates);
    }
  }
  std::erase_if(history.rates, [&all](const auto& vertex) { return !all.contains(vertex.first); });
  for (const auto& [id, rates] : all) {
    if (rates.whole ? adds_up(*rates.whole) : any_adds_up && all_add_up) {
      add(history.rates[id], rates.point);
    }
  }
  for (auto& [id, points] : history.rates) {
    forget(points, taken_at - rates_kept);
  }
}

void add_metrics(FlowHistory& history, const model::JobSnapshot& job) {
  const auto& sampled = job.vertex_metrics.value->vertices;
  const auto gone = [&sampled](const auto& vertex) { return !sampled.contains(vertex.first); };
  std::erase_if(history.lags, gone);
  std::erase_if(history.watermarks, gone);
  for (const auto& [id, metrics] : sampled) {
    if (metrics.values.empty()) {
      continue;
    }
    if (metrics.values.contains("currentInputWatermark")) {
      const FlowPoint* const flow = job.flow.known() ? job.flow.value->vertices.find(id) : nullptr;
      add_watermark(history.watermarks[id], metrics, flow);
    } else {
      add_lag(history.lags[id], metrics);
    }
  }
}

/// Metrics are asked for less often than looks are taken: most show what an earlier one did.
bool is_known(const std::vector<ProcessPoint>& points, const model::Metrics& metrics) {
  return !points.empty() && metrics.observed_at <= points.back().at;
}

void add_process(std::vector<ProcessPoint>& points, const model::Metrics& metrics) {
  const auto value = [&metrics](std::string_view name) {
    const auto* const found = metrics.find(name);
    return found == nullptr ? std::nullopt : found->max;
  };
  const auto used = value("Status.JVM.Memory.Heap.Used");
  const auto most = value("Status.JVM.Memory.Heap.Max");
  if (!used || most.value_or(0) <= 0) {
    return;
  }
  ProcessPoint now{metrics.observed_at, *used / *most, 0};
  if (const auto all = value("Status.JVM.GarbageCollector.All.Time")) {
    now.collecting = *all;
  } else {
    for (const auto& [name, of] : metrics.values) {
      if (name.starts_with("Status.JVM.GarbageCollector.") && name.ends_with(".Time")) {
        now.collecting += of.max.value_or(0);
      }
    }
  }
  if (!points.empty() && now.collecting < points.back().collecting) {
    points.clear();  // another process
  }
  points.push_back(now);
  forget(points, now.at - points_kept);
}

/// Counts the starts of jobs that are news since the latest look.
void note_starts(const model::Snapshot& snapshot, model::ProcessHistory& processes) {
  model::JobStarts& starts = processes.starts;
  std::map<model::JobId, base::Timestamp>& running = starts.running_since;
  std::size_t count = 0;
  bool started = false;
  for (const model::JobSnapshot& job : snapshot.jobs) {
    if (!job.details.known() || job.details.value->state != model::JobState::running) {
      continue;
    }
    const auto& entered = job.details.value->entered;
    const auto since = entered.find(model::JobState::running);
    if (since == entered.end()) {
      continue;
    }
    const auto [before, added] = running.try_emplace(job.overview.id, since->second);
    started = started || added || before->second < since->second;
    before->second = since->second;
    ++count;
  }
  if (count < running.size()) {
    std::erase_if(running, [&snapshot](const auto& seen) {
      return std::ranges::none_of(snapshot.jobs, [&seen](const model::JobSnapshot& job) {
        return job.overview.id == seen.first && job.details.known() &&
               job.details.value->state == model::JobState::running;
      });
    });
  }
  if (started) {
    ++starts.count;
    starts.seen_at = snapshot.taken_at;
  }
  if (count > starts.most_running) {
    starts.most_running = count;
    processes.metaspace.clear();
  }
}

void add_metaspace(std::vector<MetaspaceStay>& stays, const model::Metrics& metrics,
                   const model::JobStarts& starts) {
  constexpr std::size_t most_stays = 8;
  const auto value = [&metrics](std::string_view name) {
    const auto* const found = metrics.find(name);
    return found == nullptr ? std::nullopt : found->max;
  };
  const auto used = value("Status.JVM.Memory.Metaspace.Used");
  const auto unloaded = value("Status.JVM.ClassLoader.ClassesUnloaded");
  // A value is as old as the question before; and tasks load classes for a while.
  if (!used || !unloaded || metrics.observed_at < starts.seen_at + settled_after) {
    return;
  }
  if (!stays.empty() && *unloaded < stays.back().unloaded) {
    stays.clear();  // another process
  }
  if (stays.empty() || stays.back().starts != starts.count) {
    stays.push_back({starts.count, *used, *used, *unloaded});
  } else {
    MetaspaceStay& now = stays.back();
    now = {starts.count, std::min(now.least, *used), std::max(now.most, *used), *unloaded};
  }
  if (stays.size() > most_stays) {
    stays.erase(stays.begin());
  }
}

}  // namespace

model::ActiveHours resumed(model::ActiveHours hours, base::Timestamp now) {
  constexpr std::int64_t most_unwatched = 12;
  const std::int64_t hour = std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count();
  if (hour - hours.newest > most_unwatched) {
    hours.watched_since = now;
  }
  hours.resumed_at = now;
  hours.records.reset();
  return hours;
}

void observe_processes(const model::Snapshot& snapshot, model::ProcessHistory& processes) {
  note_starts(snapshot, processes);
  if (snapshot.task_managers.known()) {
    const auto& list = snapshot.task_managers.value->list;
    std::erase_if(processes.metaspace, [&list](const auto& tm) {
      return std::ranges::find(list, tm.first, &model::TaskManager::id) == list.end();
    });
  }
  if (snapshot.task_manager_metrics.known()) {
    const auto& each = snapshot.task_manager_metrics.value->each;
    std::erase_if(processes.task_managers,
                  [&each](const auto& tm) { return !each.contains(tm.first); });
    for (const auto& [id, metrics] : each) {
      std::vector<ProcessPoint>& points = processes.task_managers[id];
      if (!is_known(points, metrics)) {
        add_process(points, metrics);
        add_metaspace(processes.metaspace[id], metrics, processes.starts);
      }
    }
  }
  if (snapshot.job_manager_metrics.known() &&
      !is_known(processes.job_manager, snapshot.job_manager_metrics.value->own)) {
    add_process(processes.job_manager, snapshot.job_manager_metrics.value->own);
  }
}

void observe_flow(const model::Snapshot& snapshot, std::map<model::JobId, FlowHistory>& flows) {
  for (const model::JobSnapshot& job : snapshot.jobs) {
    FlowHistory& history = flows[job.overview.id];
    if (job.flow.known()) {
      add_points(history.vertices, job.flow.value->vertices);
      add_hour(history.hours, *job.flow.value, snapshot.taken_at);
    }
    if (job.vertex_metrics.known()) {
      add_metrics(history, job);
    }
    if (job.vertex_metrics.known() && job.flow.known()) {
      add_rates(history, job, snapshot.taken_at);
    }
  }
  if (flows.size() == snapshot.jobs.size()) {
    return;  // no JobID is listed twice: these are those of the snapshot
  }
  std::erase_if(flows, [&snapshot](const auto& known) {
    return std::ranges::none_of(snapshot.jobs, [&known](const model::JobSnapshot& job) {
      return job.overview.id == known.first;
    });
  });
}

}  // namespace auditor::audit
