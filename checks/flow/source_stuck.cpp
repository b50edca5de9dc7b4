#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/flow/sources.h"

namespace auditor::checks {

namespace {

using model::LagPoint;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "patience",
     .kind = model::OptionKind::duration,
     .otherwise = 300'000,
     .minimum = 60'000,
     .maximum = 1'000'000,
     .help = "how long a source may read nothing while ever more records wait at it"},
}};

/// How long it has read nothing, and what came meanwhile.
struct Standstill {
  milliseconds lasts{0};
  double came = 0;
};

Standstill standstill_of(const std::vector<LagPoint>& seen) {
  Standstill found;
  for (const LagPoint& point : seen) {
    if (point.read == seen.back().read) {
      found.lasts = seen.back().at - point.at;
      found.came = seen.back().pending - point.pending;
      break;
    }
  }
  return found;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto& job = context.get<model::JobDetails>();
  if (model::is_terminal(job.state)) {
    out.not_applicable(context.job(), "the job has ended");
    return;
  }
  const auto sources = sources_that_tell(context, out);
  if (sources.empty()) {
    return;
  }
  const milliseconds patience = chosen.duration("patience");
  bool failed = false;
  std::string untold;
  SubtasksWithoutSplit noted;
  std::string noted_at;
  for (const LaggingSource& source : sources) {
    const std::vector<LagPoint>& seen = *source.seen;
    const milliseconds span = seen.empty() ? milliseconds(0) : seen.back().at - seen.front().at;
    const bool runs = job.state == model::JobState::running &&
                      source.vertex->tasks.running == source.vertex->parallelism.value_or(1);
    if (span < patience || !runs) {
      untold = runs ? fmt::format("{}: it must be watched for {}", quoted(*source.vertex),
                                  base::format_duration(patience))
                    : fmt::format("{}: not all its subtasks run", quoted(*source.vertex));
      continue;
    }
    const Standstill standstill = standstill_of(seen);
    SubtasksWithoutSplit without = subtasks_without_split(context, source);
    if (!without.subtasks.empty() && noted.subtasks.empty()) {
      noted = without;
      noted_at = quoted(*source.vertex);
    }
    // What waits and does not grow may be no records for the job: markers of transactions.
    if (standstill.lasts < patience || standstill.came <= 0 || seen.back().pending <= 0) {
      continue;
    }
    failed = true;
    std::vector<model::Evidence> evidence{
        pending_evidence(context, source, "records are read while some wait")};
    std::ranges::move(without.evidence, std::back_inserter(evidence));
    out.fail(
        context.vertex(*source.vertex),
        {.message = fmt::format(
             "the source has read nothing for {}, while {:.0f} more records came: {:.0f} wait{}{}",
             base::format_duration(standstill.lasts), standstill.came, seen.back().pending,
             without.subtasks.empty() ? "" : "; ",
             without.subtasks.empty() ? std::string() : without.text()),
         .evidence = std::move(evidence),
         .remediation =
             "Look at the source's log on its TaskManager (fetch errors, authorisation, a "
             "poisoned record, a split that no subtask has), at vertices that hold it up, and "
             "at watermark alignment, which pauses a source that is ahead of others. A restart "
             "makes it fetch anew; it costs the replay since the last checkpoint."});
  }
  if (failed) {
    return;
  }
  if (!untold.empty()) {
    out.unknown(context.job(), untold);
  } else {
    out.pass(context.job(),
             noted.subtasks.empty() ? std::string("every source reads what waits at it")
                                    : fmt::format("every source reads what waits at it; {}: {}",
                                                  noted_at, noted.text()),
             std::move(noted.evidence));
  }
}

}  // namespace

extern constinit const Check source_stuck{
    .info = {.id = "source-stuck",
             .title = "A source reads nothing though records wait",
             .practice = "flow",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::high,
             .confidence = model::Confidence::likely,
             .needs = model::Resource::job | model::Resource::vertex_metrics,
             .options = options,
             .keep_firing_for = std::chrono::minutes(2)},
    .evaluate = evaluate};

}  // namespace auditor::checks
