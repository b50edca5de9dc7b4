#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/flow/flow.h"

namespace auditor::checks {

namespace {

using model::JobDetails;
using model::JobVertex;
using model::VertexMetrics;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "patience",
     .kind = model::OptionKind::duration,
     .otherwise = 300'000,
     .minimum = 60'000,
     .maximum = 86'400'000,
     .help = "how long a watermark may stay while records flow, if it usually moves quicker"},
}};

constexpr const char* watermark_metric = "currentInputWatermark";
/// Flink writes Long.MIN_VALUE for "none yet" and Long.MAX_VALUE for "finished".
constexpr double none_yet = -9.2e18;
constexpr double finished = 9.2e18;
/// Fewer are no flow: a heartbeat, or a stream of control.
constexpr std::int64_t some_records = 1'000;
/// Before its usual step is known.
constexpr minutes unknown_step{60};
constexpr std::size_t advances_that_tell = 3;
constexpr int times_its_usual_step = 3;

std::optional<std::int64_t> records_of(const Context& context, const JobVertex& vertex) {
  const auto& flow = context.get<model::JobFlow>();
  const model::FlowPoint* const found = flow.vertices.find(vertex.id);
  return found == nullptr ? std::nullopt : found->records_in;
}

std::string stays(const Context& context, const JobVertex& vertex, milliseconds patience) {
  const model::FlowHistory* const history = context.flow_history();
  if (history == nullptr) {
    return {};
  }
  const auto found = history->watermarks.find(vertex.id);
  if (found == history->watermarks.end()) {
    return {};
  }
  const model::WatermarkSeen& seen = found->second;
  const milliseconds usual = times_its_usual_step * seen.longest_stay;
  const milliseconds limit = seen.advances < advances_that_tell
                                 ? std::max<milliseconds>(patience, unknown_step)
                                 : std::max(patience, usual);
  const milliseconds lasted = seen.latest - seen.since;
  const auto now = records_of(context, vertex);
  if (lasted <= limit || !now || !seen.records_before ||
      *now - *seen.records_before < some_records) {
    return {};
  }
  return fmt::format("its watermark has stayed for {}, while it read {} records",
                     base::format_duration(lasted), *now - *seen.records_before);
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!flows_as_usual(context, out)) {
    return;
  }
  const auto& job = context.get<JobDetails>();
  const auto& metrics = context.get<VertexMetrics>();
  const milliseconds patience = chosen.duration("patience");
  const auto run_since = context.all_tasks_run_since();
  const bool run_long = run_since && context.knows_now() && context.is_past(*run_since + patience);
  std::string untold;
  bool failed = false;
  bool judged = false;
  for (const JobVertex& vertex : job.vertices) {
    if (is_source(job, vertex.id)) {
      continue;
    }
    const auto sampled = metrics.vertices.find(vertex.id);
    const model::MetricValue* const value =
        sampled == metrics.vertices.end() ? nullptr : sampled->second.find(watermark_metric);
    if (value == nullptr || !value->min || !value->max) {
      untold = fmt::format("{}: its watermarks were not told, or not asked for", quoted(vertex));
      continue;
    }
    if (*value->max <= none_yet || *value->min >= finished) {
      continue;  // processing time, or the end of all input
    }
    judged = true;
    const bool some_have_none = *value->min <= none_yet;
    std::string what;
    if (some_have_none && run_long && records_of(context, vertex).value_or(0) >= some_records) {
      what = fmt::format("some of its subtasks have a watermark and others none, {} after all run",
                         base::format_duration(*context.now() - *run_since));
    } else if (!some_have_none) {
      what = stays(context, vertex, patience);
    }
    if (what.empty()) {
      continue;
    }
    failed = true;
    model::Evidence evidence = context.evidence<VertexMetrics>(
        "the least watermark of its subtasks", *value->min, fmt::format("/{}/min", value->index),
        "it advances", "ms since 1970");
    evidence.source->path = sampled->second.path;
    evidence.observed_at = sampled->second.observed_at;
    if (some_have_none) {
      evidence.unit = "";
    }
    out.fail(
        context.vertex(vertex),
        {.message = fmt::format("{}: its windows and timers wait, results do not come, and its "
                                "state grows",
                                what),
         .evidence = {std::move(evidence)},
         .remediation =
             "Event time is that of the slowest input. Look for an input without records: a "
             "partition that is empty, a source subtask without a split (more subtasks than "
             "partitions). WatermarkStrategy.withIdleness, in SQL "
             "table.exec.source.idle-timeout, leaves it out of account; the price: what comes "
             "after a pause may be late. A record with a time far in the past does not hold a "
             "watermark up, an input that stands still does."});
  }
  if (failed) {
    return;
  }
  if (!untold.empty()) {
    out.unknown(context.job(), untold);
  } else if (!judged) {
    out.not_applicable(context.job(),
                       "no vertex has a watermark: the job works by processing time");
  } else {
    out.pass(context.job(), "no watermark stands still while records flow", {});
  }
}

}  // namespace

extern constinit const Check watermark_stalled{
    .info = {.id = "watermark-stalled",
             .title = "Event time stands still",
             .practice = "flow",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::high,
             .confidence = model::Confidence::likely,
             .needs = flow_needs | model::Resource::vertex_metrics | model::Resource::clock,
             .uses = flow_uses,
             .options = options,
             .pending_for = std::chrono::minutes(5),
             .keep_firing_for = std::chrono::minutes(2)},
    .evaluate = evaluate};

}  // namespace auditor::checks
