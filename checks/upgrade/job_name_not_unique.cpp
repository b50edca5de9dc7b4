#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& job = context.get<model::JobDetails>();
  std::vector<const model::JobSnapshot*> others;
  for (const model::JobSnapshot& other : context.jobs()) {
    if (other.overview.name == *context.job()->job_name && other.overview.id != job.id) {
      others.push_back(&other);
    }
  }
  if (others.empty()) {
    out.pass(context.job(), "no other running job of the cluster has its name", {});
    return;
  }
  std::vector<model::Evidence> evidence{
      context.evidence<model::JobDetails>("name", job.name, "/name", "a name of its own")};
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(most, others.size()); ++i) {
    evidence.push_back(
        {"another job of that name", others[i]->overview.id.value, "", "",
         model::EvidenceSource{"/jobs/overview",
                               fmt::format("/jobs/{}/jid", others[i]->overview.index)},
         others[i]->details.observed_at});
  }
  out.fail(
      context.job(),
      {.message = fmt::format(
           "{} running jobs of the cluster have this name: people, dashboards and this audit's "
           "history tell them apart by their plans and ids only, which change with each "
           "deployment",
           others.size() + 1),
       .evidence = std::move(evidence),
       .remediation = "Give each job its own name: env.execute(\"name\"), or for SQL\n"
                      "    SET 'pipeline.name' = 'orders-to-warehouse';\n"
                      "It takes effect with the next deployment; state is not touched by it."});
}

}  // namespace

extern constinit const Check job_name_not_unique{
    .info = {.id = "job-name-not-unique",
             .title = "Several running jobs have the same name",
             .practice = "upgrade",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::info,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::other_jobs},
    .evaluate = evaluate};

}  // namespace auditor::checks
