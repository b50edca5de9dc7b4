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

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "busy",
     .kind = model::OptionKind::percent,
     .otherwise = 90,
     .minimum = 50,
     .maximum = 100,
     .help = "a subtask is the bottleneck that is busy this part of the time"},
}};

constexpr double held_up_beyond = 0.5;
constexpr const char* busy_metric = "busyTimeMsPerSecond";

const FlowWindow* window_of(const std::vector<VertexWindow>& windows, const JobVertex& vertex) {
  const auto found = std::ranges::find(windows, &vertex, &VertexWindow::vertex);
  return found != windows.end() && found->window ? &*found->window : nullptr;
}

bool is_held_up(const std::vector<VertexWindow>& windows, const JobVertex& vertex) {
  const FlowWindow* const window = window_of(windows, vertex);
  return window != nullptr && window->backpressured > held_up_beyond;
}

/// The busiest subtask of a vertex, in ms of each second; nullopt where that was not asked, or it
/// has none.
std::optional<model::MetricValue> busiest_of(const VertexMetrics& metrics,
                                             const JobVertex& vertex) {
  const auto sampled = metrics.vertices.find(vertex.id);
  if (sampled == metrics.vertices.end()) {
    return std::nullopt;
  }
  const model::MetricValue* const busy = sampled->second.find(busy_metric);
  return busy != nullptr && busy->max ? std::optional(*busy) : std::nullopt;
}

Failure failure(const Context& context, const JobVertex& vertex, const model::MetricValue& busy,
                double limit, bool sampled) {
  constexpr double a_second = 1000;
  const model::Metrics& answer = context.get<VertexMetrics>().vertices.at(vertex.id);
  const auto subtasks =
      static_cast<double>(std::max<std::int64_t>(vertex.parallelism.value_or(1), 1));
  const double mean = busy.sum.value_or(0) / subtasks / a_second;
  const double most = *busy.max / a_second;
  constexpr double one_stands_out = 0.7;
  const bool one_alone = subtasks > 1 && mean < one_stands_out * most;
  model::Evidence evidence = context.evidence<VertexMetrics>(
      "busy time of its busiest subtask", *busy.max, fmt::format("/{}/max", busy.index),
      fmt::format("{:.0f} at most", limit * a_second), "ms/s");
  evidence.source->path = answer.path;
  evidence.observed_at = answer.observed_at;
  std::string spread;
  if (subtasks > 1) {
    spread = fmt::format(", the mean of its {:.0f} subtasks {}", subtasks, percent_text(mean));
  }
  return {.message = fmt::format(
              "the vertices before it are held up, and its busiest subtask is busy {} of the "
              "time{}: it sets the pace of the job{}",
              percent_text(most), spread,
              one_alone ? ". That is one subtask, not the vertex: a hot key, or a slow host" : ""),
          .evidence = {std::move(evidence)},
          .remediation =
              one_alone
                  ? "See data-skew for a hot key, and compare the hosts: more parallelism does not "
                    "help one hot subtask."
                  : "Give it more parallelism (it costs a restart, and slots), or less to do: a "
                    "profile of the task (the Flame Graph of Flink's page) shows where its time "
                    "goes: serialisation, state, or calls to other systems, which async I/O takes "
                    "out of its way.",
          .confidence = sampled ? std::optional(model::Confidence::likely) : std::nullopt};
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!flows_as_usual(context, out)) {
    return;
  }
  constexpr double percent = 100;
  constexpr double a_second = 1000;
  const auto& job = context.get<JobDetails>();
  const auto& metrics = context.get<VertexMetrics>();
  const double limit = chosen.number("busy") / percent;
  const std::vector<VertexWindow>& windows = flow_windows(context);
  std::string untold;
  bool held_up = false;
  bool found = false;
  const auto without = std::ranges::find_if(
      windows, [](const VertexWindow& window) { return !window.window.has_value(); });
  for (const JobVertex& vertex : job.vertices) {
    const model::PlanNode* const node = job.node(vertex.id);
    const bool behind = node != nullptr && !is_held_up(windows, vertex) &&
                        std::ranges::any_of(node->inputs, [&](const model::PlanInput& input) {
                          const JobVertex* const before = job.vertex(input.id);
                          return before != nullptr && is_held_up(windows, *before);
                        });
    if (!behind) {
      continue;
    }
    held_up = true;
    const auto busy = busiest_of(metrics, vertex);
    if (!busy) {
      untold = fmt::format("{}: how busy its busiest subtask is was not told", quoted(vertex));
    } else if (*busy->max >= limit * a_second) {
      found = true;
      const bool sampled = std::ranges::any_of(windows, [](const VertexWindow& window) {
        return window.window && window.window->sampled;
      });
      out.fail(context.vertex(vertex), failure(context, vertex, *busy, limit, sampled));
    }
  }
  if (found) {
    return;
  }
  if (!untold.empty()) {
    out.unknown(context.job(), untold);
  } else if (without != windows.end()) {
    out.unknown(context.job(), reason_of(context, *without));
  } else {
    out.pass(context.job(),
             held_up
                 ? base::Wording("vertices are held up, but none behind them is busy all the time")
                 : base::Wording("no vertex is held up"),
             {});
  }
}

}  // namespace

extern constinit const Check bottleneck{
    .info = {.id = "bottleneck",
             .title = "One vertex sets the pace of the job",
             .practice = "flow",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = flow_needs | model::Resource::vertex_metrics,
             .uses = flow_uses,
             .options = options,
             .pending_for = std::chrono::minutes(5),
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
