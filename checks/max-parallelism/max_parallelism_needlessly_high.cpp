#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::JobDetails;
using model::JobVertex;

constexpr std::array options{
    model::OptionInfo{.name = "above",
                      .kind = model::OptionKind::number,
                      .otherwise = 4096,
                      .minimum = 1,
                      .maximum = 32'768,
                      .help = "a max parallelism up to this is never too high"},
    model::OptionInfo{.name = "times_parallelism",
                      .kind = model::OptionKind::number,
                      .otherwise = 128,
                      .minimum = 1,
                      .maximum = 32'768,
                      .help = "nor is one up to this many times the parallelism"}};

void judge(const Context& context, const JobVertex& vertex, const Options& chosen, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  const std::string name = base::shorten(base::printable(vertex.name), 60);
  const std::int64_t parallelism = *vertex.parallelism;
  const std::int64_t most = *vertex.max_parallelism;
  const double above = chosen.number("above");
  const double times = chosen.number("times_parallelism");
  std::vector<model::Evidence> evidence{
      context.evidence<JobDetails>(
          "max parallelism", most, fmt::format("/vertices/{}/maxParallelism", vertex.index),
          fmt::format("{:g} or less, or up to {:g} × the parallelism", above, times)),
      context.evidence<JobDetails>("parallelism", parallelism,
                                   fmt::format("/vertices/{}/parallelism", vertex.index))};
  const auto value = static_cast<double>(most);
  if (value <= above || value <= times * static_cast<double>(parallelism)) {
    out.pass(context.vertex(vertex),
             fmt::format("\"{}\" has {} key groups for parallelism {}", name, most, parallelism),
             std::move(evidence));
    return;
  }
  const std::int64_t enough = roomy_max_parallelism(parallelism);
  out.fail(
      context.vertex(vertex),
      {.message = fmt::format(
           "\"{}\" splits its keys into {} key groups for parallelism {}, {} for each subtask: "
           "every keyed state and timer queue has structures for each of them, in memory and in "
           "each checkpoint, and restores walk through them all",
           name, most, parallelism, most / parallelism),
       .evidence = std::move(evidence),
       .remediation =
           fmt::format(
               "Nothing to do at once, and nothing on the running job: a restore with any other "
               "value fails. With the next start that needs no old state, take a value that still "
               "leaves room, such as\n") +
           job_line(is_sql(job), model::keys::max_parallelism, context.version(),
                    std::to_string(enough),
                    fmt::format("operator.setMaxParallelism({});", enough))});
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  // Key groups cost something only where there are keys.
  for (const JobVertex* vertex : keyed_vertices(context, out)) {
    judge(context, *vertex, chosen, out);
  }
}

}  // namespace

extern constinit const Check max_parallelism_needlessly_high{
    .info = {.id = "max-parallelism-needlessly-high",
             .title = "Max parallelism is needlessly high",
             .practice = "max-parallelism",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job,
             .uses = model::Resource::cluster,
             .options = options},
    .evaluate = evaluate};

}  // namespace auditor::checks
