#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/resources/processes.h"

namespace auditor::checks {

namespace {

constexpr double percent = 100;
constexpr double a_second = 1000;
constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "collecting",
     .kind = model::OptionKind::percent,
     .otherwise = 10,
     .minimum = 1,
     .maximum = 100,
     .help = "more of the time than this in garbage collections"},
}};

bool strains(const ProcessWindow& window, const Options& chosen) {
  return percent * window.collecting > chosen.number("collecting");
}

Failure failure(const Context& /*context*/, const std::vector<Strained>& strained) {
  const ProcessWindow& worst = std::ranges::max(strained, {}, [](const Strained& one) {
                                 return one.window.collecting;
                               }).window;
  return {
      .message = fmt::format(
          "{} spent {:.0f} % of the last {} in garbage collections: all of its tasks stand still "
          "meanwhile, and long pauses read as lost heartbeats",
          names_of(strained), percent * worst.collecting, base::format_duration(worst.length)),
      .evidence = {watched_evidence("time in garbage collections",
                                    std::round(percent * worst.collecting), "", "percent"),
                   watched_evidence("least heap used, of its maximum",
                                    std::round(percent * worst.least_heap), "", "percent")},
      .remediation =
          "If the heap is full as well, see taskmanager-heap-high. Else fewer objects: object "
          "reuse (pipeline.object-reuse, if no function keeps its records), lighter types than "
          "Kryo's, fewer timers; and a G1 or ZGC collector in env.java.opts.taskmanager. "
          "These take a restart."};
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const model::MetricValue* const now =
      context.get<model::TaskManagerMetrics>().all.find(process_metrics::collecting);
  const bool all_well =
      now != nullptr && now->max && percent * *now->max / a_second <= chosen.number("collecting");
  judge_task_managers(context, all_well, "garbage collections take little of the time", strains,
                      failure, chosen, out);
}

}  // namespace

extern constinit const Check gc_time_high{
    .info = {.id = "gc-time-high",
             .title = "A TaskManager spends much time in garbage collections",
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
