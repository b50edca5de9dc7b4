#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/deployments/changes.h"

namespace auditor::checks {

namespace {

using model::DeploymentVertex;
using model::JobDetails;
using model::JobVertex;

struct Changed {
  const JobVertex* now;
  const DeploymentVertex* before;
};

std::vector<Changed> changed_vertices(const JobDetails& job, const model::Deployment& before) {
  std::vector<Changed> changed;
  for (const JobVertex& vertex : job.vertices) {
    const auto found = std::ranges::find(before.vertices, vertex.id, &DeploymentVertex::id);
    if (found != before.vertices.end() && found->max_parallelism && vertex.max_parallelism &&
        *found->max_parallelism != *vertex.max_parallelism) {
      changed.push_back({&vertex, &*found});
    }
  }
  return changed;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto change = redeployment(context, out);
  if (!change) {
    return;
  }
  const auto& job = context.get<JobDetails>();
  const std::vector<Changed> changed = changed_vertices(job, *change->before);
  if (changed.empty()) {
    out.pass(context.job(), "no vertex has another max parallelism than before", {});
    return;
  }
  constexpr std::size_t most_named = 5;
  std::vector<model::Evidence> evidence;
  for (const Changed& vertex : changed) {
    if (evidence.size() >= 2 * most_named) {
      break;
    }
    const std::string name = base::shorten(base::printable(vertex.now->name), 60);
    evidence.push_back(context.evidence<JobDetails>(
        fmt::format("max parallelism of \"{}\"", name), *vertex.now->max_parallelism,
        fmt::format("/vertices/{}/maxParallelism", vertex.now->index)));
    evidence.push_back(earlier(fmt::format("max parallelism of \"{}\"", name),
                               std::to_string(*vertex.before->max_parallelism)));
  }
  const Changed& first = changed.front();
  out.fail(context.job(),
           {.message = fmt::format(
                "the job was redeployed with another max parallelism: {} instead of {} for "
                "\"{}\"{}. State of before cannot be restored into it: such a vertex began anew",
                *first.now->max_parallelism, *first.before->max_parallelism,
                base::shorten(base::printable(first.now->name), 60),
                changed.size() == 1
                    ? std::string()
                    : fmt::format(" and in {} more",
                                  base::plural(changed.size() - 1, "vertex", "vertices"))),
            .evidence = std::move(evidence),
            .remediation =
                "If it was meant, nothing is to be done: it is the time to set it explicitly, once "
                "and for all. If not, set pipeline.max-parallelism as before, and start the job "
                "from the savepoint of before."});
}

}  // namespace

extern constinit const Check max_parallelism_changed{
    .info = {.id = "max-parallelism-changed",
             .title = "The max parallelism changed with the deployment",
             .practice = "deployments",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::info,
             .confidence = model::Confidence::certain,
             .needs = deployment_needs},
    .evaluate = evaluate};

}  // namespace auditor::checks
