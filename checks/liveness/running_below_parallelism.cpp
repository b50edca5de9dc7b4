#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using model::JobDetails;
using model::JobVertex;
using model::ResourceRequirements;

void report(const Context& context, const JobVertex& worst, std::int64_t upper, std::size_t below,
            Verdicts& out) {
  const std::string name = base::shorten(base::printable(worst.name), 60);
  out.fail(
      context.job(),
      {.message = fmt::format(
           "the job runs with less parallelism than it should: \"{}\" with {} of {}{}. Until slots "
           "come it has less capacity than it was planned for",
           name, *worst.parallelism, upper,
           below == 1
               ? std::string()
               : fmt::format(", and {} more", base::plural(below - 1, "vertex", "vertices"))),
       .evidence = {context.evidence<JobDetails>(
                        fmt::format("parallelism of \"{}\"", name), *worst.parallelism,
                        fmt::format("/vertices/{}/parallelism", worst.index),
                        std::to_string(upper)),
                    context.evidence<ResourceRequirements>(
                        "its upper bound", upper,
                        fmt::format("/{}/parallelism/upperBound", worst.id.value))},
       .remediation =
           "Start TaskManagers with as many slots more, or lower the upper bound to what there is "
           "(PUT /jobs/:id/resource-requirements, or the slider in Flink's page). Look whether a "
           "TaskManager was lost and did not come back: quota, nodes, image."});
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto* const configuration = context.find<model::Configuration>();
  const auto* const requirements = context.find<ResourceRequirements>();
  if (configuration != nullptr && !model::is_adaptive(*configuration)) {
    out.not_applicable(context.job(), "only the adaptive scheduler runs jobs with fewer slots");
    return;
  }
  if (configuration != nullptr && model::is_reactive(*configuration)) {
    out.not_applicable(context.job(), "in reactive mode a job takes what there is");
    return;
  }
  if (!context.version().at_least(1, 18)) {
    out.not_applicable(context.job(),
                       "Flink before 1.18 does not tell the parallelism that a job "
                       "of the adaptive scheduler should have");
    return;
  }
  if (configuration == nullptr || requirements == nullptr) {
    out.unknown(context.job(), configuration == nullptr
                                   ? base::Wording("which scheduler runs the job is not known")
                                   : base::Wording("its resource requirements are not known"));
    return;
  }
  const JobVertex* worst = nullptr;
  std::int64_t worst_missing = 0;
  std::int64_t worst_upper = 0;
  std::size_t below = 0;
  for (const JobVertex& vertex : context.get<JobDetails>().vertices) {
    const auto found = requirements->vertices.find(vertex.id);
    if (found == requirements->vertices.end() || !vertex.parallelism) {
      continue;
    }
    const std::int64_t missing = found->second.upper - *vertex.parallelism;
    below += missing > 0 ? 1U : 0U;
    if (missing > worst_missing) {
      worst = &vertex;
      worst_missing = missing;
      worst_upper = found->second.upper;
    }
  }
  if (worst == nullptr) {
    out.pass(context.job(), "every vertex runs with its full parallelism", {});
    return;
  }
  report(context, *worst, worst_upper, below, out);
}

}  // namespace

extern constinit const Check running_below_parallelism{
    .info = {.id = "running-below-parallelism",
             .title = "The job runs with less parallelism than it should",
             .practice = "liveness",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job,
             .uses = model::Resource::configuration | model::Resource::cluster |
                     model::Resource::resource_requirements,
             .pending_for = std::chrono::minutes(15),
             .keep_firing_for = std::chrono::minutes(2)},
    .evaluate = evaluate};

}  // namespace auditor::checks
