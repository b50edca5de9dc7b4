#include "checks/resources/processes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::checks {

using model::TaskManagerMetrics;
using std::chrono::milliseconds;

std::optional<ProcessWindow> process_window(std::span<const model::ProcessPoint> seen) {
  constexpr std::size_t fewest = 3;
  constexpr std::chrono::minutes shortest{4};
  if (seen.size() < fewest || seen.back().at - seen.front().at < shortest) {
    return std::nullopt;
  }
  ProcessWindow window;
  window.length = seen.back().at - seen.front().at;
  window.least_heap = std::ranges::min(seen, {}, &model::ProcessPoint::heap_used).heap_used;
  window.collecting = (seen.back().collecting - seen.front().collecting) /
                      static_cast<double>(window.length.count());
  return window;
}

std::optional<double> greatest_share(const model::Metrics& all, const char* used,
                                     const char* most) {
  const auto* const of = all.find(used);
  const auto* const limit = all.find(most);
  if (of == nullptr || limit == nullptr || !of->max || limit->min.value_or(0) <= 0) {
    return std::nullopt;
  }
  return *of->max / *limit->min;
}

model::Evidence all_evidence(const Context& context, base::Wording label, const char* metric,
                             base::Wording expected, base::Wording unit) {
  const model::MetricValue* const value = context.get<TaskManagerMetrics>().all.find(metric);
  return context.evidence<TaskManagerMetrics>(std::move(label), value->max.value_or(0),
                                              fmt::format("/{}/max", value->index),
                                              std::move(expected), std::move(unit));
}

model::Evidence watched_evidence(base::Wording label, model::EvidenceValue value,
                                 base::Wording expected, base::Wording unit) {
  return {std::move(label),    std::move(value), std::move(unit),
          std::move(expected), std::nullopt,     std::nullopt};
}

std::string names_of(const std::vector<Strained>& strained) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> names;
  for (const Strained& one : strained) {
    if (names.size() < most_named) {
      names.push_back(base::shorten(base::printable(one.id.value), 60));
    }
  }
  return strained.size() == 1
             ? fmt::format("TaskManager {}", names.front())
             : fmt::format("{} ({}{})", base::plural(strained.size(), "TaskManager"),
                           base::join(names, ", "), strained.size() > names.size() ? ", …" : "");
}

void judge_task_managers(const Context& context, bool all_well, std::string pass,
                         bool (*strains)(const ProcessWindow& window, const Options& chosen),
                         Failure (*failure)(const Context& context,
                                            const std::vector<Strained>& strained),
                         const Options& chosen, Verdicts& out) {
  if (all_well) {
    out.pass(context.cluster(), std::move(pass), {});
    return;
  }
  const auto& each = context.get<TaskManagerMetrics>().each;
  const auto& seen = context.process_history().task_managers;
  std::vector<Strained> strained;
  std::size_t judged = 0;
  for (const auto& [id, points] : seen) {
    const auto window = process_window(points);
    if (window && each.contains(id)) {
      ++judged;
      if (strains(*window, chosen)) {
        strained.push_back({id, *window});
      }
    }
  }
  const auto* const list = context.find<model::TaskManagers>();
  if (!strained.empty()) {
    out.fail(context.cluster(), failure(context, strained));
  } else if (list != nullptr && judged > 0 && judged >= list->list.size()) {
    out.pass(context.cluster(), std::move(pass), {});
  } else {
    out.unknown(context.cluster(),
                "one look shows a moment: it takes several within five minutes, as the daemon has "
                "them");
  }
}

}  // namespace auditor::checks
