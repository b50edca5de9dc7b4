#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/resources/processes.h"

namespace auditor::checks {

namespace {

constexpr double percent = 100;
constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "heap",
     .kind = model::OptionKind::percent,
     .otherwise = 85,
     .minimum = 50,
     .maximum = 100,
     .help = "the heap is high whose least use over the last minutes lies above"},
    {.name = "collecting",
     .kind = model::OptionKind::percent,
     .otherwise = 5,
     .minimum = 0,
     .maximum = 100,
     .help = "and that spends more than this part of the time in garbage collections"},
}};

bool strains(const ProcessWindow& window, const Options& chosen) {
  return percent * window.least_heap > chosen.number("heap") &&
         percent * window.collecting > chosen.number("collecting");
}

Failure failure(const Context& context, const std::vector<Strained>& strained) {
  const ProcessWindow& worst = std::ranges::max(strained, {}, [](const Strained& one) {
                                 return one.window.least_heap;
                               }).window;
  return {
      .message = fmt::format(
          "the heap of {} never fell below {:.0f} % in {}, with {:.0f} % of the time in garbage "
          "collections: the tasks slow down, heartbeats get late, and it ends in an "
          "OutOfMemoryError",
          names_of(strained), percent * worst.least_heap, base::format_duration(worst.length),
          percent * worst.collecting),
      .evidence = {watched_evidence("least heap used, of its maximum",
                                    std::round(percent * worst.least_heap), "", "percent"),
                   watched_evidence("time in garbage collections",
                                    std::round(percent * worst.collecting), "", "percent"),
                   all_evidence(context, "heap used now, the greatest of all",
                                process_metrics::heap_used, "", "bytes")},
      .remediation =
          "Find what fills it: state of the heap backend (move to RocksDB), objects that user "
          "code keeps, or records that are too large. More heap: taskmanager.memory.task.heap."
          "size, or a smaller taskmanager.memory.managed.fraction where no RocksDB needs it. "
          "Either costs a restart of the TaskManagers."};
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto share = greatest_share(context.get<model::TaskManagerMetrics>().all,
                                    process_metrics::heap_used, process_metrics::heap_max);
  if (!share) {
    out.unknown(context.cluster(), "the TaskManagers do not tell their heap");
    return;
  }
  judge_task_managers(context, percent * *share <= chosen.number("heap"),
                      "every TaskManager has heap to spare", strains, failure, chosen, out);
}

}  // namespace

extern constinit const Check taskmanager_heap_high{
    .info = {.id = "taskmanager-heap-high",
             .title = "The heap of a TaskManager is full",
             .practice = "resources",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::task_manager_metrics,
             .uses = model::Resource::task_managers,
             .options = options,
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
