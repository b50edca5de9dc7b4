#include "collectors/metric_questions.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace auditor::collectors {

namespace {

using model::FlowPoint;

constexpr double most_of_the_time = 0.5;
constexpr std::string_view pending = ".pendingRecords";
constexpr std::string_view records = ".numRecordsOut";

/// The names of garbage collectors that stop the JVM, of which one has two at most; since 1.19
/// there is one name for all.
constexpr std::array<std::string_view, 8> collectors{
    "G1_Young_Generation", "G1_Old_Generation", "Copy",   "MarkSweepCompact",
    "PS_Scavenge",         "PS_MarkSweep",      "ParNew", "ConcurrentMarkSweep"};

bool has(std::span<const std::string> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::chrono::milliseconds difference(const std::optional<std::chrono::milliseconds>& to,
                                     const std::optional<std::chrono::milliseconds>& from) {
  return to.value_or(std::chrono::milliseconds(0)) - from.value_or(std::chrono::milliseconds(0));
}

bool held_up(const FlowPoint& now, const FlowPoint* before) {
  static const FlowPoint nothing;
  const FlowPoint& from =
      before != nullptr && before->started_at == now.started_at ? *before : nothing;
  const auto waited = difference(now.backpressured, from.backpressured);
  const auto all = waited + difference(now.idle, from.idle) + difference(now.busy, from.busy);
  return now.backpressured && waited.count() > 0 &&
         static_cast<double>(waited.count()) > most_of_the_time * static_cast<double>(all.count());
}

}  // namespace

std::vector<std::string> rate_metrics() {
  return {std::string(backpressured_metric), std::string(idle_metric), std::string(busy_metric)};
}

std::vector<std::string> source_metrics(std::span<const std::string> names) {
  constexpr std::size_t most_operators = 4;
  std::vector<std::string> chosen;
  for (const std::string& name : names) {
    if (!name.ends_with(pending) || chosen.size() >= 2 * most_operators) {
      continue;
    }
    chosen.push_back(name);
    std::string read = fmt::format("{}{}", name.substr(0, name.size() - pending.size()), records);
    if (has(names, read)) {
      chosen.push_back(std::move(read));
    }
  }
  return chosen;
}

bool tells_what_waits(std::span<const std::string> names) {
  return std::ranges::any_of(names,
                             [](const std::string& name) { return name.ends_with(pending); });
}

std::string operator_with_idle_subtask(const model::Metrics& aggregated) {
  for (const auto& [name, value] : aggregated.values) {
    if (name.ends_with(records) && value.min == 0.0 && value.max.value_or(0) > 0) {
      return name.substr(0, name.size() - records.size());
    }
  }
  return {};
}

std::vector<std::string> subtask_metrics(std::string_view source_operator, std::int64_t subtasks) {
  constexpr std::size_t longest = 3000;  // Flink reads 4096 bytes of a request's first line
  std::vector<std::string> names;
  std::size_t length = 0;
  for (std::int64_t i = 0; i < subtasks; ++i) {
    const std::vector<std::string> of_one{fmt::format("{}.{}{}", i, source_operator, records),
                                          fmt::format("{}.{}{}", i, source_operator, pending)};
    length += metrics_path(",", of_one, false).size();
    if (length > longest) {
      break;
    }
    names.insert(names.end(), of_one.begin(), of_one.end());
  }
  return names;
}

std::vector<std::string> task_manager_metrics(std::span<const std::string> names) {
  constexpr std::array<std::string_view, 6> wanted{
      "Status.JVM.Memory.Heap.Used",
      "Status.JVM.Memory.Heap.Max",
      "Status.JVM.Memory.Metaspace.Used",
      "Status.JVM.Memory.Metaspace.Max",
      "Status.JVM.GarbageCollector.All.TimeMsPerSecond",
      "Status.Shuffle.Netty.RequestedMemoryUsage"};
  std::vector<std::string> chosen;
  for (const std::string_view name : wanted) {
    if (has(names, name)) {
      chosen.emplace_back(name);
    }
  }
  return chosen;
}

std::vector<std::string> process_metrics() {
  std::vector<std::string> names{
      "Status.JVM.Memory.Heap.Used",           "Status.JVM.Memory.Heap.Max",
      "Status.JVM.Memory.Metaspace.Used",      "Status.JVM.Memory.Metaspace.Max",
      "Status.JVM.GarbageCollector.All.Time",  "Status.Shuffle.Netty.RequestedMemoryUsage",
      "Status.JVM.ClassLoader.ClassesUnloaded"};
  for (const std::string_view collector : collectors) {
    names.push_back(fmt::format("Status.JVM.GarbageCollector.{}.Time", collector));
  }
  return names;
}

std::string metrics_path(std::string_view path, std::span<const std::string> names,
                         bool aggregated) {
  std::string text = fmt::format("{}?get=", path);
  bool first = true;
  for (const std::string& name : names) {
    text += first ? "" : ",";
    first = false;
    for (const char c : name) {
      const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
      if (plain) {
        text += c;
      } else {
        text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      }
    }
  }
  return aggregated ? text + "&agg=min,max,sum" : text;
}

std::vector<model::JobVertexId> behind_held_up(const model::JobDetails& job,
                                               const model::FlowPoints& now,
                                               const model::FlowPoints* before) {
  const auto is_held_up = [&](const model::JobVertexId& id) {
    const FlowPoint* const found = now.find(id);
    return found != nullptr && held_up(*found, before == nullptr ? nullptr : before->find(id));
  };
  std::vector<model::JobVertexId> behind;
  for (const model::PlanNode& node : job.plan) {
    if (std::ranges::any_of(node.inputs,
                            [&](const model::PlanInput& input) { return is_held_up(input.id); }) &&
        !is_held_up(node.id)) {
      behind.push_back(node.id);
    }
  }
  return behind;
}

bool started_a_job(const model::Snapshot& now, const model::Snapshot& before) {
  if (!now.overview.known() || !before.overview.known()) {
    return false;
  }
  const auto& earlier = *before.overview.value;
  return std::ranges::any_of(*now.overview.value, [&earlier](const model::JobOverview& job) {
    const auto found = std::ranges::find(earlier, job.id, &model::JobOverview::id);
    return job.state == model::JobState::running &&
           (found == earlier.end() || found->state != model::JobState::running ||
            found->last_modified != job.last_modified);
  });
}

bool one_stands_out(const model::Metrics& all) {
  constexpr double much = 0.85;
  constexpr double collecting_much = 50;  // ms/s
  const auto ratio = [&all](const char* used, const char* limit) {
    const auto* const most = all.find(used);
    const auto* const least = all.find(limit);
    return most != nullptr && least != nullptr && most->max && least->min && *least->min > 0
               ? *most->max / *least->min
               : 0.0;
  };
  const auto* const collecting = all.find("Status.JVM.GarbageCollector.All.TimeMsPerSecond");
  return ratio("Status.JVM.Memory.Heap.Used", "Status.JVM.Memory.Heap.Max") > much ||
         ratio("Status.JVM.Memory.Metaspace.Used", "Status.JVM.Memory.Metaspace.Max") > much ||
         collecting == nullptr || collecting->max.value_or(0) > collecting_much;
}

}  // namespace auditor::collectors
