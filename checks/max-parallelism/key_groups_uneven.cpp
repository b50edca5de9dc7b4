#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::JobDetails;
using model::JobVertex;

constexpr std::array options{model::OptionInfo{
    .name = "above_mean",
    .kind = model::OptionKind::percent,
    .otherwise = 20,
    .minimum = 1,
    .maximum = 100,
    .help = "how many key groups more than the mean the fullest subtask may have"}};

/// Flink gives subtask i the key groups from ceil(i × max / p) on (KeyGroupRangeAssignment), so the
/// fullest has the quotient rounded up.
std::int64_t fullest(std::int64_t max_parallelism, std::int64_t parallelism) {
  return (max_parallelism + parallelism - 1) / parallelism;
}

/// "40 or 60": the parallelisms next to `parallelism` that divide the key groups evenly.
std::string even_neighbours(std::int64_t max_parallelism, std::int64_t parallelism) {
  const auto even = [max_parallelism](std::int64_t p) { return max_parallelism % p == 0; };
  std::int64_t below = parallelism;
  while (below > 1 && !even(below)) {
    --below;
  }
  std::int64_t above = parallelism;
  while (above < max_parallelism && !even(above)) {
    ++above;
  }
  return below == 1 ? std::to_string(above) : fmt::format("{} or {}", below, above);
}

void judge(const Context& context, const JobVertex& vertex, double allowed, Verdicts& out) {
  const std::string name = base::shorten(base::printable(vertex.name), 60);
  const std::int64_t parallelism = *vertex.parallelism;
  const std::int64_t groups = *vertex.max_parallelism;
  const std::int64_t most = fullest(groups, parallelism);
  const double mean = static_cast<double>(groups) / static_cast<double>(parallelism);
  const double more = 100 * (static_cast<double>(most) / mean - 1);
  const std::string neighbours = even_neighbours(groups, parallelism);
  std::vector<model::Evidence> evidence{
      context.evidence<JobDetails>("key groups (max parallelism)", groups,
                                   fmt::format("/vertices/{}/maxParallelism", vertex.index)),
      context.evidence<JobDetails>("parallelism", parallelism,
                                   fmt::format("/vertices/{}/parallelism", vertex.index),
                                   neighbours),
      model::Evidence{
          .label = "key groups of the fullest subtask",
          .value = most,
          .unit = {},
          .expected = fmt::format("less than {:g} % above the mean of {:.2f}", allowed, mean),
          .source = {},
          .observed_at = {}}};
  // Multiplied out, so that 20 % exactly is found whatever the rounding.
  if (100 * static_cast<double>(most * parallelism) <
      static_cast<double>(groups) * (100 + allowed)) {
    out.pass(context.vertex(vertex),
             fmt::format("\"{}\" spreads {} key groups over {} subtasks, {} at most on each", name,
                         groups, parallelism, most),
             std::move(evidence));
    return;
  }
  const auto* configuration = context.find<model::Configuration>();
  const bool reactive = configuration != nullptr && is_reactive(*configuration);
  out.fail(
      context.vertex(vertex),
      {.message = fmt::format(
           "\"{}\" spreads {} key groups over {} subtasks: some get {}, {:.0f} % more than the "
           "mean of {:.2f}. With evenly spread keys these have that much more load and state, and "
           "set the pace of the whole vertex",
           name, groups, parallelism, most, more, mean),
       .evidence = std::move(evidence),
       .remediation = fmt::format(
           "Change the parallelism, not the max parallelism (a restore with another max "
           "parallelism fails): {} {} {} key groups evenly. {}",
           neighbours, neighbours.find("or") == std::string::npos ? "divides" : "divide", groups,
           reactive ? "In reactive mode that is the number of slots that the cluster offers."
                    : "It costs a restart from a savepoint, and slots if you go up.")});
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  for (const JobVertex* vertex : keyed_vertices(context, out)) {
    if (*vertex->max_parallelism < *vertex->parallelism) {
      out.unknown(context.vertex(*vertex), "its max parallelism is below its parallelism");
      continue;
    }
    judge(context, *vertex, chosen.number("above_mean"), out);
  }
}

}  // namespace

extern constinit const Check key_groups_uneven{
    .info = {.id = "key-groups-uneven",
             .title = "Key groups are spread unevenly over the subtasks",
             .practice = "max-parallelism",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job,
             .uses = model::Resource::configuration | model::Resource::cluster,
             .options = options},
    .evaluate = evaluate};

}  // namespace auditor::checks
