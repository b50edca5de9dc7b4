#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/facts.h"
#include "checks/flow/flow.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::JobDetails;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "replay",
     .kind = model::OptionKind::duration,
     .otherwise = 300'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "how long the job may take to catch up after a failure"},
}};

constexpr double held_up_beyond = 0.5;
/// Beyond it the job catches up never, or in days.
constexpr double all_of_the_time = 0.99;

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!checkpointing_on(context, out) || !flows_as_usual(context, out)) {
    return;
  }
  const auto& job = context.get<JobDetails>();
  const VertexWindow* busiest = nullptr;
  const std::vector<VertexWindow>& windows = flow_windows(context);
  const VertexWindow* untold = nullptr;
  for (const VertexWindow& one : windows) {
    if (!one.window) {
      untold = &one;
      continue;
    }
    if (one.window->backpressured > held_up_beyond) {
      out.not_applicable(context.job(),
                         "the job has no capacity to spare: backpressure-sustained tells that");
      return;
    }
    // A source that paces itself or waits for records looks busy: it says nothing of capacity.
    if (!is_source(job, one.vertex->id) && one.window->busy &&
        (busiest == nullptr || *one.window->busy > *busiest->window->busy)) {
      busiest = &one;
    }
  }
  const milliseconds interval = *context.get<CheckpointConfiguration>().interval;
  const auto p95 = p95_checkpoint_duration(&context.get<model::CheckpointStatistics>());
  if (untold != nullptr) {
    out.unknown(context.job(), reason_of(context, *untold));
    return;
  }
  if (busiest == nullptr || !p95) {
    out.unknown(context.job(),
                !p95 ? base::Wording("fewer than three checkpoints have completed")
                     : base::Wording("no vertex that reads from another tells how busy it is"));
    return;
  }
  const double busy = std::min(*busiest->window->busy, all_of_the_time);
  const milliseconds debt = interval + *p95;
  const auto replay = milliseconds(
      static_cast<std::int64_t>(static_cast<double>(debt.count()) * busy / (1 - busy)));
  if (replay <= chosen.duration("replay")) {
    out.pass(context.job(), "what a failure makes it do again is done quickly", {});
    return;
  }
  constexpr double percent = 100;
  out.fail(
      context.job(),
      {.message = fmt::format(
           "a failure makes the job do up to {} of input again (the interval and the time of a "
           "checkpoint), and at the pace of {}, which is busy {} of the time already, that takes "
           "{}",
           base::format_duration(debt), quoted(*busiest->vertex), percent_text(busy),
           base::format_duration(replay)),
       .evidence =
           {context.evidence<CheckpointConfiguration>("checkpoint interval", interval.count(),
                                                      "/interval", {}, "ms"),
            derived(context, "95th percentile of the time of a checkpoint", p95->count(), {}, "ms"),
            derived(context, "busy, of the time", std::round(percent * busy), {}, "percent"),
            derived(context, "time to catch up", replay.count(),
                    fmt::format("{} at most", base::format_duration(chosen.duration("replay"))),
                    "ms")},
       .remediation = fmt::format(
           "A shorter interval makes less to do again (at the cost of more checkpoints), more "
           "parallelism of {} makes it quicker. It costs a restart either way.",
           quoted(*busiest->vertex))});
}

}  // namespace

extern constinit const Check recovery_debt_large{
    .info = {.id = "recovery-debt-large",
             .title = "A failure would take long to catch up with",
             .practice = "flow",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::likely,
             .needs = flow_needs | model::Resource::checkpoint_configuration |
                      model::Resource::checkpoints,
             .uses = flow_uses | model::Resource::vertex_metrics,
             .options = options,
             .pending_for = std::chrono::minutes(10),
             .keep_firing_for = std::chrono::minutes(10)},
    .evaluate = evaluate};

}  // namespace auditor::checks
