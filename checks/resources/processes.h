#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/check.h"
#include "model/flow.h"
#include "model/flow_history.h"

/// What the checks of the cluster's processes have in common.
namespace auditor::checks {

/// The names of metrics that they read.
namespace process_metrics {
inline constexpr const char* heap_used = "Status.JVM.Memory.Heap.Used";
inline constexpr const char* heap_max = "Status.JVM.Memory.Heap.Max";
inline constexpr const char* metaspace_used = "Status.JVM.Memory.Metaspace.Used";
inline constexpr const char* metaspace_max = "Status.JVM.Memory.Metaspace.Max";
inline constexpr const char* collecting = "Status.JVM.GarbageCollector.All.TimeMsPerSecond";
inline constexpr const char* network = "Status.Shuffle.Netty.RequestedMemoryUsage";
}  // namespace process_metrics

/// A JVM over the last minutes.
struct ProcessWindow {
  std::chrono::milliseconds length{0};
  double least_heap = 0;  ///< the least that was used in all that time, of its maximum
  double collecting = 0;  ///< share of the time in garbage collections
};

/// nullopt where fewer than three looks at least four minutes apart saw it.
std::optional<ProcessWindow> process_window(std::span<const model::ProcessPoint> seen);

/// The greatest `used` of all over the least `most` of all; nullopt where one is not told, or there
/// is no limit. What lies below a share here lies below it on each of them.
std::optional<double> greatest_share(const model::Metrics& all, const char* used, const char* most);

/// Evidence for the greatest value of a metric over all TaskManagers.
model::Evidence all_evidence(const Context& context, base::Wording label, const char* metric,
                             base::Wording expected, base::Wording unit);

/// Evidence that was derived from several looks.
model::Evidence watched_evidence(base::Wording label, model::EvidenceValue value,
                                 base::Wording expected, base::Wording unit);

/// A TaskManager for whom a limit is passed.
struct Strained {
  model::TaskManagerId id;
  ProcessWindow window;
};

/// "TaskManager a" or "3 TaskManagers (a, b, c)", five at most named.
std::string names_of(const std::vector<Strained>& strained);

/// Judges by what looks of the last minutes saw of each TaskManager that stands out: `strains` says
/// whether its window is bad, `failure` what to say of those. `all_well`: one look says that none
/// can be. Writes the cluster's verdict.
void judge_task_managers(const Context& context, bool all_well, std::string pass,
                         bool (*strains)(const ProcessWindow& window, const Options& chosen),
                         Failure (*failure)(const Context& context,
                                            const std::vector<Strained>& strained),
                         const Options& chosen, Verdicts& out);

}  // namespace auditor::checks
