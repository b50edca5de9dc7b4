#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/resources/processes.h"

namespace auditor::checks {

namespace {

using model::JobManagerMetrics;

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

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const model::Metrics& own = context.get<JobManagerMetrics>().own;
  const auto share = greatest_share(own, process_metrics::heap_used, process_metrics::heap_max);
  if (!share) {
    out.unknown(context.cluster(), "the JobManager does not tell its heap");
    return;
  }
  if (percent * *share <= chosen.number("heap")) {
    out.pass(context.cluster(), "the JobManager has heap to spare", {});
    return;
  }
  const auto window = process_window(context.process_history().job_manager);
  if (!window) {
    out.unknown(context.cluster(),
                "one look shows a moment: it takes several within five minutes, as the daemon has "
                "them");
    return;
  }
  if (percent * window->least_heap <= chosen.number("heap") ||
      percent * window->collecting <= chosen.number("collecting")) {
    out.pass(context.cluster(), "the JobManager has heap to spare", {});
    return;
  }
  const model::MetricValue& used = *own.find(process_metrics::heap_used);
  out.fail(
      context.cluster(),
      {.message = fmt::format(
           "the JobManager's heap never fell below {:.0f} % in {}, with {:.0f} % of the time in "
           "garbage collections: checkpoints and deployments get slow, and it ends in an "
           "OutOfMemoryError that fails over all jobs",
           percent * window->least_heap, base::format_duration(window->length),
           percent * window->collecting),
       .evidence = {watched_evidence("least heap used, of its maximum",
                                     std::round(percent * window->least_heap), "", "percent"),
                    watched_evidence("time in garbage collections",
                                     std::round(percent * window->collecting), "", "percent"),
                    context.evidence<JobManagerMetrics>("heap used now", *used.max,
                                                        fmt::format("/{}/value", used.index), {},
                                                        "bytes")},
       .remediation =
           "More: jobmanager.memory.process.size. It grows with jobs, subtasks, and what is kept "
           "of "
           "them (jobstore.max-capacity, web.checkpoints.history), and with checkpoints that are "
           "kept on its heap (checkpoint-storage-on-jobmanager). It takes a restart of the "
           "JobManager."});
}

}  // namespace

extern constinit const Check jobmanager_heap_high{
    .info = {.id = "jobmanager-heap-high",
             .title = "The heap of the JobManager is full",
             .practice = "resources",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job_manager_metrics,
             .options = options,
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
