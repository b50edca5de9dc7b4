#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/flow/flow.h"
#include "checks/flow/sources.h"

namespace auditor::checks {

namespace {

using model::JobDetails;
using model::JobFlow;
using model::JobVertex;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "share_of_time",
     .kind = model::OptionKind::percent,
     .otherwise = 50,
     .minimum = 1,
     .maximum = 100,
     .help = "a vertex is held up beyond this part of the time, on average over its subtasks"},
}};

constexpr milliseconds barriers_wait_too_long{10'000};

const FlowWindow* window_of(const std::vector<VertexWindow>& windows, const JobVertex& vertex) {
  const auto found = std::ranges::find(windows, &vertex, &VertexWindow::vertex);
  return found != windows.end() && found->window ? &*found->window : nullptr;
}

/// The busiest vertex that reads from it; nullptr where none tells.
const JobVertex* culprit_behind(const JobDetails& job, const std::vector<VertexWindow>& windows,
                                const JobVertex& vertex) {
  const JobVertex* busiest = nullptr;
  double most = -1;
  for (const JobVertex* reader : readers_of(job, vertex.id)) {
    const FlowWindow* const window = window_of(windows, *reader);
    const double busy = window == nullptr ? -1 : window->busy.value_or(-1);
    if (busy > most) {
      most = busy;
      busiest = reader;
    }
  }
  return busiest;
}

/// The longest wait of a checkpoint's barrier for a subtask of the job.
std::optional<milliseconds> longest_start_delay(const Context& context) {
  std::optional<milliseconds> longest;
  if (const auto* state = context.find<model::SubtaskState>()) {
    for (const auto& vertex : state->vertices) {
      longest = std::max(longest, vertex.longest_start_delay);
    }
  }
  return longest;
}

/// Whether ever more waits at a source of the job, as far as looks have watched that.
bool lag_grows(const Context& context) {
  const model::FlowHistory* const history = context.flow_history();
  return history != nullptr && std::ranges::any_of(history->lags, [](const auto& source) {
           return lag_rises(source.second);
         });
}

/// The latest of the rates that the window is the mean of.
void add_rate(std::vector<model::Evidence>& evidence, const Context& context,
              const JobVertex& vertex) {
  const auto* const metrics = context.find<model::VertexMetrics>();
  if (metrics == nullptr || !metrics->vertices.contains(vertex.id)) {
    return;
  }
  const model::Metrics& answer = metrics->vertices.at(vertex.id);
  if (const auto* const rate = answer.find("backPressuredTimeMsPerSecond");
      rate != nullptr && rate->sum) {
    evidence.push_back(context.evidence<model::VertexMetrics>(
        "backpressured now, summed over its subtasks", *rate->sum,
        fmt::format("/{}/sum", rate->index), {}, "ms/s"));
    evidence.back().source->path = answer.path;
    evidence.back().observed_at = answer.observed_at;
  }
}

std::vector<model::Evidence> evidence_of(const Context& context, const JobVertex& vertex,
                                         const FlowWindow& window, double limit) {
  constexpr double percent = 100;
  std::vector<model::Evidence> evidence{
      derived(context, "backpressured, of the time", std::round(percent * window.backpressured),
              fmt::format("{:.0f} at most", percent * limit), "percent"),
      derived(context, "over", window.length.count(), {}, "ms")};
  if (window.sampled) {
    add_rate(evidence, context, vertex);
    return evidence;
  }
  const auto& flow = context.get<JobFlow>();
  evidence.push_back(context.evidence<JobFlow>(
      "backpressured since the tasks were started, summed over them",
      flow.vertices.find(vertex.id)->backpressured->count(),
      fmt::format("/vertices/{}/metrics/accumulated-backpressured-time", vertex.index), {}, "ms"));
  // What was read later than the job's own document stands in no other answer.
  if (!flow.earlier.empty()) {
    evidence.back().source.reset();
  }
  return evidence;
}

Failure failure(const Context& context, const std::vector<VertexWindow>& windows,
                const VertexWindow& held_up, std::size_t others, double limit) {
  const auto& job = context.get<JobDetails>();
  const FlowWindow& window = *held_up.window;
  const JobVertex* const culprit = culprit_behind(job, windows, *held_up.vertex);
  std::string behind;
  if (culprit != nullptr) {
    const FlowWindow* const its = window_of(windows, *culprit);
    behind = fmt::format(": {}, which reads from it, was busy {}", quoted(*culprit),
                         percent_text(its->busy.value_or(0)));
  }
  const auto delay = longest_start_delay(context);
  const bool checkpoints_wait = delay && *delay > barriers_wait_too_long;
  const bool lag = lag_grows(context);
  std::string upstream;
  if (others > 0) {
    upstream = others == 1 ? std::string(" One vertex before it is held up too.")
                           : fmt::format(" {} vertices before it are held up too.", others);
  }
  std::vector<model::Evidence> evidence = evidence_of(context, *held_up.vertex, window, limit);
  if (checkpoints_wait) {
    evidence.push_back(derived(context, "the longest start delay of the newest checkpoint",
                               delay->count(), base::format_duration(barriers_wait_too_long),
                               "ms"));
  }
  return {
      .message = fmt::format(
          "its subtasks could not hand on their records {} of the time {} {}{}.{} Latency and lag "
          "grow with it, and checkpoint barriers wait behind the records{}{}",
          percent_text(window.backpressured), window.over, base::format_duration(window.length),
          behind, upstream,
          checkpoints_wait ? fmt::format(" ({} already)", base::format_duration(*delay)) : "",
          lag ? ". Ever more waits at its sources" : ""),
      .evidence = std::move(evidence),
      .remediation = fmt::format(
          "Look at {}: its CPU, calls to other systems that it waits for (use async I/O), a hot "
          "key (data-skew), garbage collection and its state's disk. More parallelism of that "
          "vertex "
          "helps if its work spreads; it costs a restart. Buffer debloating or unaligned "
          "checkpoints keep checkpoints going meanwhile; they do not cure it.",
          culprit == nullptr ? "the vertices that read from it" : quoted(*culprit)),
      .severity = checkpoints_wait || lag ? std::optional(model::Severity::high) : std::nullopt,
      .confidence = window.sampled ? std::optional(model::Confidence::likely) : std::nullopt};
}

/// How many vertices before it, directly or not, are held up.
std::size_t held_up_before(const JobDetails& job, const std::vector<const JobVertex*>& held_up,
                           const JobVertex& vertex) {
  std::vector<const JobVertex*> before;
  std::vector<model::JobVertexId> look{vertex.id};
  while (!look.empty()) {
    const model::PlanNode* const node = job.node(look.back());
    look.pop_back();
    if (node == nullptr) {
      continue;
    }
    for (const model::PlanInput& input : node->inputs) {
      const JobVertex* const found = job.vertex(input.id);
      if (found != nullptr && std::ranges::find(held_up, found) != held_up.end() &&
          std::ranges::find(before, found) == before.end()) {
        before.push_back(found);
        look.push_back(found->id);
      }
    }
  }
  return before.size();
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!flows_as_usual(context, out)) {
    return;
  }
  const auto& job = context.get<JobDetails>();
  constexpr double percent = 100;
  const double limit = chosen.number("share_of_time") / percent;
  const std::vector<VertexWindow>& windows = flow_windows(context);
  std::vector<const JobVertex*> held_up;
  const VertexWindow* untold = nullptr;
  for (const VertexWindow& window : windows) {
    if (!window.window) {
      untold = untold == nullptr ? &window : untold;
    } else if (window.window->backpressured > limit) {
      held_up.push_back(window.vertex);
    }
  }
  for (const VertexWindow& window : windows) {
    if (!window.window || std::ranges::find(held_up, window.vertex) == held_up.end()) {
      continue;
    }
    // Backpressure spreads to all before it: the last ones are where to look.
    const auto readers = readers_of(job, window.vertex->id);
    const bool passed_on = std::ranges::any_of(readers, [&](const JobVertex* reader) {
      return std::ranges::find(held_up, reader) != held_up.end();
    });
    if (!passed_on) {
      out.fail(
          context.vertex(*window.vertex),
          failure(context, windows, window, held_up_before(job, held_up, *window.vertex), limit));
    }
  }
  if (!held_up.empty()) {
    return;
  }
  if (untold != nullptr) {
    out.unknown(context.job(), reason_of(context, *untold));
  } else {
    out.pass(context.job(), "no vertex is held up by those that read from it", {});
  }
}

}  // namespace

extern constinit const Check backpressure_sustained{
    .info = {.id = "backpressure-sustained",
             .title = "Records are held up all the time",
             .practice = "flow",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = flow_needs,
             .uses = flow_uses | model::Resource::subtask_state | model::Resource::vertex_metrics,
             .options = options,
             .pending_for = std::chrono::minutes(5),
             .keep_firing_for = std::chrono::minutes(5)},
    .evaluate = evaluate};

}  // namespace auditor::checks
