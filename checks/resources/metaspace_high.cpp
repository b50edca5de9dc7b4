#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"
#include "checks/resources/processes.h"

namespace auditor::checks {

namespace {

constexpr double percent = 100;
constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "metaspace",
     .kind = model::OptionKind::percent,
     .otherwise = 90,
     .minimum = 50,
     .maximum = 100,
     .help = "more of the metaspace than this is used"},
}};

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const model::Metrics& all = context.get<model::TaskManagerMetrics>().all;
  const auto share =
      greatest_share(all, process_metrics::metaspace_used, process_metrics::metaspace_max);
  if (!share) {
    const auto* const limit = all.find(process_metrics::metaspace_max);
    if (limit != nullptr && limit->min.value_or(0) < 0) {
      out.not_applicable(context.cluster(),
                         "the JVMs of the TaskManagers have no limit of their metaspace");
    } else {
      out.unknown(context.cluster(), "the TaskManagers do not tell their metaspace");
    }
    return;
  }
  if (percent * *share <= chosen.number("metaspace")) {
    out.pass(context.cluster(), "every TaskManager has metaspace to spare", {});
    return;
  }
  out.fail(
      context.cluster(),
      {.message = fmt::format(
           "a TaskManager uses {:.0f} % of its metaspace ({}): when it is full, the next job or "
           "restart that loads classes ends the process with an OutOfMemoryError",
           percent * *share,
           base::format_bytes(base::Bytes{static_cast<std::int64_t>(
               all.find(process_metrics::metaspace_used)->max.value_or(0))})),
       .evidence = {all_evidence(
           context, "metaspace used, the greatest of all", process_metrics::metaspace_used,
           fmt::format("{:.0f} % of its maximum at most", chosen.number("metaspace")), "bytes")},
       .remediation = fmt::format(
           "If it rises with each restart of a job, classes leak: threads, thread locals or "
           "drivers that user code leaves behind (put JDBC drivers into lib/). If it is only "
           "tight, in {}:\n{}It takes a restart of the TaskManagers.",
           configuration_file(context.version()),
           "    taskmanager.memory.jvm-metaspace.size: 512m\n")});
}

}  // namespace

extern constinit const Check metaspace_high{
    .info = {.id = "metaspace-high",
             .title = "The metaspace of a TaskManager is nearly full",
             .practice = "resources",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::task_manager_metrics,
             .uses = model::Resource::cluster,
             .options = options,
             .pending_for = std::chrono::minutes(5),
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
