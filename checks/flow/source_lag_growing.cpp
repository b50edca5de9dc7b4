#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/flow/sources.h"

namespace auditor::checks {

namespace {

using model::LagPoint;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "input_behind",
     .kind = model::OptionKind::duration,
     .otherwise = 300'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "what waits must be the input of more than this time"},
}};

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (model::is_terminal(context.get<model::JobDetails>().state)) {
    out.not_applicable(context.job(), "the job has ended");
    return;
  }
  const auto sources = sources_that_tell(context, out);
  if (sources.empty()) {
    return;
  }
  const milliseconds limit = chosen.duration("input_behind");
  bool failed = false;
  std::string untold;
  for (const LaggingSource& source : sources) {
    const std::vector<LagPoint>& seen = *source.seen;
    const milliseconds span = seen.empty() ? milliseconds(0) : seen.back().at - seen.front().at;
    if (!watched_for_lag(seen)) {
      untold = fmt::format("{}: what waits at it must be watched for {}{}", quoted(*source.vertex),
                           base::format_duration(lag_watch),
                           seen.size() < 2
                               ? std::string()
                               : fmt::format(", and was for {}", base::format_duration(span)));
      continue;
    }
    const double read = seen.back().read - seen.front().read;
    const double waits = seen.back().pending;
    if (!lag_rises(seen) || read <= 0) {
      continue;  // one that reads nothing is source-stuck's
    }
    const double input = read + waits - seen.front().pending;  // what came in all that time
    const auto behind = milliseconds(static_cast<std::int64_t>(waits / std::max(input, 1.0) *
                                                               static_cast<double>(span.count())));
    if (behind <= limit) {
      continue;
    }
    failed = true;
    out.fail(
        context.vertex(*source.vertex),
        {.message = fmt::format(
             "{:.0f} records wait at the source, {:.0f} more than {} ago: the input of {}. The job "
             "reads less than comes in; its results get older, and what the source's system no "
             "longer keeps is lost",
             waits, waits - seen.front().pending, base::format_duration(span),
             base::format_duration(behind)),
         .evidence = {pending_evidence(
             context, source,
             fmt::format("the input of {} at most, or falling", base::format_duration(limit)))},
         .remediation =
             "If vertices are held up (backpressure-sustained), the bottleneck behind them is "
             "where to look. If none is, the source itself is: its parallelism, the number of "
             "partitions, the fetch settings, the network to its system. More parallelism costs a "
             "restart, during which more records wait."});
  }
  if (failed) {
    return;
  }
  if (!untold.empty()) {
    out.unknown(context.job(), untold);
  } else {
    out.pass(context.job(), "what waits at the sources does not grow", {});
  }
}

}  // namespace

extern constinit const Check source_lag_growing{
    .info = {.id = "source-lag-growing",
             .title = "The job falls behind its input",
             .practice = "flow",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::vertex_metrics,
             .options = options,
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
