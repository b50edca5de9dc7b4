#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

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

constexpr double mebibyte = 1024.0 * 1024.0;

/// A TaskManager whose metaspace rose with each of the latest starts of jobs.
struct Rising {
  model::TaskManagerId id;
  double from = 0;  // bytes
  double to = 0;
};
constexpr std::size_t starts_that_tell = 3;

/// From one start to the next all that was in use after it lies above all before it, though in
/// between classes were unloaded: until the JVM does that, the metaspace of a healthy job rises
/// too.
std::optional<Rising> rising(const model::TaskManagerId& id,
                             std::span<const model::MetaspaceStay> stays) {
  constexpr double rise_that_tells = 2 * mebibyte;
  constexpr double rise_in_all = 0.1;
  if (stays.size() <= starts_that_tell) {
    return std::nullopt;
  }
  const auto latest = stays.last(starts_that_tell + 1);
  std::size_t unloaded = 0;
  for (std::size_t i = 1; i < latest.size(); ++i) {
    if (latest[i].least - latest[i - 1].most < rise_that_tells) {
      return std::nullopt;
    }
    unloaded += latest[i].unloaded > latest[i - 1].unloaded ? 1U : 0U;
  }
  const Rising found{id, latest.front().most, latest.back().least};
  return unloaded + 1 >= starts_that_tell && found.to - found.from >= rise_in_all * found.from
             ? std::optional(found)
             : std::nullopt;
}

std::vector<Rising> all_rising(const Context& context) {
  std::vector<Rising> found;
  for (const auto& [id, stays] : context.process_history().metaspace) {
    if (auto one = rising(id, stays)) {
      found.push_back(std::move(*one));
    }
  }
  return found;
}

std::string size_text(double bytes) {
  return base::format_bytes(base::Bytes{static_cast<std::int64_t>(bytes)});
}

Failure leak(const Context& context, const std::vector<Rising>& found, double limit) {
  const Rising& worst =
      std::ranges::max(found, {}, [](const Rising& one) { return one.to - one.from; });
  const double step = (worst.to - worst.from) / static_cast<double>(starts_that_tell);
  const double more = std::ceil((limit - worst.to) / step);
  const std::string others =
      found.size() > 1 ? fmt::format(" and {} more", found.size() - 1) : std::string();
  return {
      .message = fmt::format(
          "the metaspace of TaskManager {}{} rose with each of the last {} starts of jobs, from "
          "{} to {}, though classes were unloaded meanwhile and no more jobs run: classes leak, "
          "and about {:.0f} more starts fill it and end the process with an OutOfMemoryError",
          base::shorten(base::printable(worst.id.value), 60), others, starts_that_tell,
          size_text(worst.from), size_text(worst.to), std::max(1.0, more)),
      .evidence = {watched_evidence("metaspace used before the first of them",
                                    std::round(worst.from), "", "bytes"),
                   watched_evidence("metaspace used after the last, at least", std::round(worst.to),
                                    "no more than before", "bytes"),
                   all_evidence(context, "metaspace used now, the greatest of all",
                                process_metrics::metaspace_used, "", "bytes")},
      .remediation =
          "Something outlives the job and keeps its class loader: a thread, a thread local, a "
          "shutdown hook, a driver that user code has registered. End it in close(), or put the "
          "library that does it (JDBC drivers above all) into lib/. A heap dump of the "
          "TaskManager shows who holds FlinkUserCodeClassLoaders$ChildFirstClassLoader. Until "
          "then a restart of the TaskManager frees it; it costs the jobs on it a restart.",
      .confidence = model::Confidence::likely};
}

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
    if (const auto found = all_rising(context); !found.empty()) {
      out.fail(context.cluster(),
               leak(context, found, all.find(process_metrics::metaspace_max)->min.value_or(0)));
      return;
    }
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
