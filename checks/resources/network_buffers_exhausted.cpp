#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/facts.h"
#include "checks/liveness/failures.h"
#include "checks/resources/processes.h"

namespace auditor::checks {

namespace {

using model::TaskManagerMetrics;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "window",
     .kind = model::OptionKind::duration,
     .otherwise = 3'600'000,
     .minimum = 60'000,
     .maximum = 86'400'000,
     .help = "how long an exception that tells of it counts"},
}};

constexpr std::string_view insufficient = "Insufficient number of network buffers";
constexpr double all_of_it = 100;

std::string remediation(const Context& context) {
  return fmt::format(
      "More network memory, in {} (it takes from the rest of the process' memory, and a restart of "
      "the TaskManagers):\n"
      "    taskmanager.memory.network.fraction: 0.2\n"
      "    taskmanager.memory.network.max: 2gb\n"
      "Or fewer channels: a lower parallelism, fewer keyBy and rebalance edges, fewer slots in one "
      "TaskManager.",
      configuration_file(context.version()));
}

/// A job of the cluster with an exception that tells of it, within the window.
bool tell_by_exceptions(const Context& context, const Options& chosen, Verdicts& out,
                        bool& any_known) {
  for (const model::JobSnapshot& job : context.jobs()) {
    if (!job.exceptions.known() || !job.details.known()) {
      continue;
    }
    any_known = true;
    for (const Told& told : all_told(*job.exceptions.value)) {
      const model::JobException& exception = *told.exception;
      const bool tells = exception.trace.find(insufficient) != std::string::npos ||
                         exception.title.find(insufficient) != std::string::npos;
      const auto now = tells && exception.at ? context.now(job) : std::nullopt;
      if (!now || *now - *exception.at > chosen.duration("window")) {
        continue;
      }
      out.fail(
          context.cluster(),
          {.message = fmt::format(
               "job {} failed {} ago for want of network buffers: \"{}\". It cannot start until "
               "there are more, or it needs fewer",
               base::shorten(base::printable(job.overview.name), 60),
               base::format_duration(*now - *exception.at),
               base::shorten(base::printable(exception.title), 160)),
           .evidence = {watched_evidence("exception", exception.title, "", "")},
           .remediation = remediation(context),
           .confidence = model::Confidence::certain});
      return true;
    }
  }
  return false;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  bool any_known = false;
  if (tell_by_exceptions(context, chosen, out, any_known)) {
    return;
  }
  const auto* const metrics = context.find<TaskManagerMetrics>();
  const model::MetricValue* const requested =
      metrics == nullptr ? nullptr : metrics->all.find(process_metrics::network);
  if (requested != nullptr && requested->max && *requested->max > all_of_it) {
    out.fail(
        context.cluster(),
        {.message = fmt::format(
             "the tasks of a TaskManager ask for {:.0f} % of its network memory: they share what "
             "there is, throughput suffers, and one more task fails for want of buffers",
             *requested->max),
         .evidence = {context.evidence<TaskManagerMetrics>(
             "network memory asked for, the greatest of all", *requested->max,
             fmt::format("/{}/max", requested->index), "100 at most", "percent")},
         .remediation = remediation(context)});
    return;
  }
  if (requested != nullptr || (any_known && metrics != nullptr)) {
    out.pass(context.cluster(), "the tasks ask for no more network memory than there is", {});
  } else {
    out.unknown(context.cluster(),
                "neither the TaskManagers' network memory nor the jobs' exceptions are known");
  }
}

}  // namespace

extern constinit const Check network_buffers_exhausted{
    .info = {.id = "network-buffers-exhausted",
             .title = "There are too few network buffers",
             .practice = "resources",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::likely,
             .uses = model::Resource::task_manager_metrics | model::Resource::cluster |
                     model::Resource::other_jobs | model::Resource::exceptions |
                     model::Resource::clock,
             .options = options,
             .pending_for = std::chrono::minutes(2),
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
