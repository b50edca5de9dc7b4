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
using model::SubtaskFlow;

constexpr std::array<model::OptionInfo, 2> options{{
    {.name = "times_the_others",
     .kind = model::OptionKind::number,
     .otherwise = 3,
     .minimum = 1.5,
     .maximum = 1'000,
     .help = "a subtask is hot that has read this many times the mean of the others"},
    {.name = "least_records",
     .kind = model::OptionKind::number,
     .otherwise = 10'000,
     .minimum = 10'000,
     .maximum = 1e15,
     .help = "fewer records of a vertex tell nothing"},
}};

constexpr double busy_enough = 0.7;
constexpr double held_up_enough = 0.5;

bool reads_by_key(const JobDetails& job, const JobVertex& vertex) {
  const model::PlanNode* const node = job.node(vertex.id);
  return node != nullptr && vertex.parallelism.value_or(0) > 1 &&
         std::ranges::any_of(node->inputs, [](const model::PlanInput& input) {
           return input.ship_strategy == "HASH";
         });
}

double times_the_others(const SubtaskFlow::Vertex& spread) {
  const auto others = static_cast<double>(spread.records - spread.hottest_records);
  const double mean = others / static_cast<double>(spread.subtasks - 1);
  return static_cast<double>(spread.hottest_records) / std::max(mean, 1.0);
}

/// The share of the key groups that a subtask has
/// (KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex); nullopt where the vertex does
/// not tell.
std::optional<double> share_of_key_groups(const JobVertex& vertex, std::size_t subtask) {
  const std::int64_t groups = vertex.max_parallelism.value_or(0);
  const std::int64_t parallelism = vertex.parallelism.value_or(0);
  const auto index = static_cast<std::int64_t>(subtask);
  if (parallelism < 1 || groups < parallelism || index >= parallelism) {
    return std::nullopt;
  }
  const std::int64_t first = (index * groups + parallelism - 1) / parallelism;
  const std::int64_t last = ((index + 1) * groups - 1) / parallelism;
  return static_cast<double>(last - first + 1) / static_cast<double>(groups);
}

Failure failure(const Context& context, const JobVertex& vertex, const SubtaskFlow::Vertex& spread,
                double limit) {
  const double share =
      static_cast<double>(spread.hottest_records) / static_cast<double>(spread.records);
  const auto by_groups = share_of_key_groups(vertex, spread.hottest);
  std::string split;
  if (by_groups) {
    split = fmt::format(
        "; its key groups explain {}, the other {} must be a hot key, or few distinct ones",
        percent_text(*by_groups), percent_text(std::max(0.0, share - *by_groups)));
  }
  const bool strained = spread.hottest_busy.value_or(0) >= busy_enough ||
                        spread.hottest_backpressured.value_or(0) > held_up_enough;
  std::string strain;
  if (spread.hottest_busy) {
    strain = fmt::format(". It is {} busy: {}", percent_text(*spread.hottest_busy),
                         strained ? "it limits the whole job, whatever the parallelism"
                                  : "with more records it will be what limits the job first");
  }
  std::vector<model::Evidence> evidence{
      context.evidence<SubtaskFlow>(
          fmt::format("records that subtask {} has read", spread.hottest), spread.hottest_records,
          fmt::format("/subtasks/{}/metrics/read-records", spread.hottest_index),
          fmt::format("{} times the mean of the others at most", limit)),
      derived(context, "records that all subtasks have read", spread.records, {}, {})};
  evidence.front().source->path = spread.path;
  evidence.front().observed_at = spread.observed_at;
  return {
      .message = fmt::format(
          "subtask {}/{} has read {} of the records, {:.1f} times the mean of the others{}{}",
          spread.hottest + 1, spread.subtasks, percent_text(share), times_the_others(spread), split,
          strain),
      .evidence = std::move(evidence),
      .remediation =
          "Find the keys with the most records (count them in the source's system, or in a side "
          "output). Aggregate before the keyBy (in SQL: two-phase aggregation, with mini-batches), "
          "or salt the hot key and merge in a second step, or route it apart (null and default "
          "values often are it). More parallelism does not help: one key is always one subtask's. "
          "A changed key is new state: it costs a bootstrap of the state or its loss.",
      .severity = strained ? model::Severity::medium : model::Severity::info};
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  if (model::is_terminal(job.state)) {
    out.not_applicable(context.job(), "the job has ended");
    return;
  }
  const auto& spreads = context.get<SubtaskFlow>();
  const double limit = chosen.number("times_the_others");
  const double least = chosen.number("least_records");
  std::size_t keyed = 0;
  std::size_t told = 0;
  std::size_t quiet = 0;  // too few records to matter
  bool hot = false;
  std::string untold;
  for (const JobVertex& vertex : job.vertices) {
    if (!reads_by_key(job, vertex)) {
      continue;
    }
    ++keyed;
    const auto spread = std::ranges::find(spreads.vertices, vertex.id, &SubtaskFlow::Vertex::id);
    if (spread == spreads.vertices.end()) {
      const model::FlowPoint* const point = context.get<model::JobFlow>().vertices.find(vertex.id);
      if (point != nullptr && point->records_in &&
          static_cast<double>(*point->records_in) < least) {
        ++quiet;
        continue;
      }
      const bool not_sampled =
          std::ranges::find(spreads.not_sampled, vertex.id) != spreads.not_sampled.end();
      untold = fmt::format("{}: {}", quoted(vertex),
                           not_sampled ? "its subtasks were not sampled: no answer, or beyond the "
                                         "budget of requests"
                                       : "how many records it has read is not known");
      continue;
    }
    if (!spread->comparable || spread->subtasks < 2) {
      untold = fmt::format("{}: its subtasks have not run equally long, or not all have told",
                           quoted(vertex));
      continue;
    }
    if (static_cast<double>(spread->records) < least) {
      ++quiet;
      continue;
    }
    ++told;
    if (times_the_others(*spread) > limit) {
      hot = true;
      out.fail(context.vertex(vertex), failure(context, vertex, *spread, limit));
    }
  }
  if (keyed == 0) {
    out.not_applicable(context.job(), "no vertex with several subtasks reads by key");
  } else if (!hot && quiet == keyed) {
    out.not_applicable(context.job(), fmt::format("fewer than {:.0f} records were read by key: too "
                                                  "few to tell of a skew",
                                                  least));
  } else if (!hot && told + quiet < keyed) {
    out.unknown(context.job(), untold);
  } else if (!hot) {
    out.pass(context.job(), "the records spread evenly over the subtasks", {});
  }
}

}  // namespace

extern constinit const Check data_skew{.info = {.id = "data-skew",
                                                .title = "One subtask has most of the records",
                                                .practice = "flow",
                                                .scope = model::SubjectKind::vertex,
                                                .severity = model::Severity::medium,
                                                .confidence = model::Confidence::certain,
                                                .needs = flow_needs | model::Resource::subtask_flow,
                                                .options = options,
                                                .pending_for = std::chrono::minutes(10),
                                                .keep_firing_for = std::chrono::minutes(10)},
                                       .evaluate = evaluate};

}  // namespace auditor::checks
