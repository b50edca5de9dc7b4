#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::JobDetails;
using model::JobVertex;

constexpr std::array options{
    model::OptionInfo{.name = "headroom",
                      .kind = model::OptionKind::number,
                      .otherwise = 2,
                      .minimum = 1,
                      .maximum = 1000,
                      .help = "how many times its parallelism a vertex must be able to grow to"}};

std::string remediation(const JobDetails& job, const JobVertex& vertex, std::int64_t wanted,
                        const model::FlinkVersion& version) {
  const bool of_the_job = job.max_parallelism.value_or(-1) > 0;
  return fmt::format(
             "Do not change it on the running job: {} is part of its state, and a restore with any "
             "other value fails. Plan it with the next start that needs no old state (or rewrite a "
             "savepoint with the State Processor API, whose writer takes a new max parallelism), "
             "with room to grow and many divisors:\n",
             *vertex.max_parallelism) +
         job_line(is_sql(job), model::keys::max_parallelism, version, std::to_string(wanted),
                  of_the_job ? fmt::format("env.setMaxParallelism({});", wanted)
                             : fmt::format("operator.setMaxParallelism({});", wanted)) +
         fmt::format("Until then {} is the most that this vertex can use.",
                     *vertex.max_parallelism);
}

void judge(const Context& context, const JobVertex& vertex, double headroom, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  const std::string name = base::shorten(base::printable(vertex.name), 60);
  const std::int64_t parallelism = *vertex.parallelism;
  const std::int64_t most = *vertex.max_parallelism;
  std::vector<model::Evidence> evidence{
      context.evidence<JobDetails>("max parallelism", most,
                                   fmt::format("/vertices/{}/maxParallelism", vertex.index),
                                   fmt::format("{:g} × the parallelism or more", headroom)),
      context.evidence<JobDetails>("parallelism", parallelism,
                                   fmt::format("/vertices/{}/parallelism", vertex.index))};
  if (static_cast<double>(most) >= headroom * static_cast<double>(parallelism)) {
    out.pass(
        context.vertex(vertex),
        fmt::format("\"{}\" runs with parallelism {} and can grow to {}", name, parallelism, most),
        std::move(evidence));
    return;
  }
  const bool stuck = most <= parallelism;
  Failure failure;
  failure.message =
      stuck ? fmt::format(
                  "\"{}\" runs with parallelism {}, its max parallelism: it cannot be scaled up at "
                  "all as long as it keeps its state",
                  name, parallelism)
            : fmt::format(
                  "\"{}\" runs with parallelism {} and can never have more than {} ({:.1f} ×): no "
                  "room for twice the load without a new state",
                  name, parallelism, most,
                  static_cast<double>(most) / static_cast<double>(parallelism));
  failure.evidence = std::move(evidence);
  failure.remediation =
      remediation(job, vertex, roomy_max_parallelism(parallelism), context.version());
  failure.severity = stuck ? model::Severity::high : model::Severity::medium;
  // Reactive mode raises the parallelism to its maximum by design, and only the configuration tells
  // of it.
  failure.confidence = context.find<Configuration>() == nullptr ? model::Confidence::likely
                                                                : model::Confidence::certain;
  out.fail(context.vertex(vertex), std::move(failure));
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const auto* configuration = context.find<Configuration>();
  if (configuration != nullptr && is_reactive(*configuration)) {
    out.not_applicable(context.job(),
                       "in reactive mode the parallelism rises to the max parallelism by design");
    return;
  }
  const auto& job = context.get<JobDetails>();
  if (!job.vertices.empty() && std::ranges::all_of(job.vertices, is_pinned)) {
    out.not_applicable(context.job(), "Flink pins every vertex to parallelism 1");
    return;
  }
  for (const JobVertex& vertex : job.vertices) {
    if (is_pinned(vertex)) {
      out.not_applicable(context.vertex(vertex),
                         "Flink pins it to parallelism 1: it works on the whole stream");
    } else if (!vertex.parallelism || !vertex.max_parallelism || *vertex.parallelism < 1 ||
               *vertex.max_parallelism < 1) {
      out.unknown(context.vertex(vertex),
                  "Flink's answer lacks its parallelism or max parallelism");
    } else {
      judge(context, vertex, chosen.number("headroom"), out);
    }
  }
}

}  // namespace

extern constinit const Check max_parallelism_without_headroom{
    .info = {.id = "max-parallelism-without-headroom",
             .title = "Max parallelism leaves no room to grow",
             .practice = "max-parallelism",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job,
             .uses = model::Resource::configuration | model::Resource::cluster,
             .options = options},
    .evaluate = evaluate};

}  // namespace auditor::checks
