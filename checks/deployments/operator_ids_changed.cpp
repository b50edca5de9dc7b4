#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/deployments/changes.h"

namespace auditor::checks {

namespace {

using model::CheckpointStatistics;
using model::DeploymentVertex;
using model::JobDetails;

constexpr model::ConfigurationKey ignore_unclaimed_state{
    {{{"execution.state-recovery.ignore-unclaimed-state", 1, 20},
      {"execution.savepoint.ignore-unclaimed-state"},
      {}}}};

bool holds_state(const DeploymentVertex& vertex) {
  return vertex.state_size && vertex.state_size->count > 0;
}

std::vector<const DeploymentVertex*> gone_with_state(const model::Deployment& before,
                                                     const JobDetails& job) {
  std::vector<const DeploymentVertex*> gone;
  for (const DeploymentVertex& vertex : before.vertices) {
    if (holds_state(vertex) && job.vertex(vertex.id) == nullptr) {
      gone.push_back(&vertex);
    }
  }
  return gone;
}

void report(const Context& context, const std::vector<const DeploymentVertex*>& gone,
            Verdicts& out) {
  constexpr std::size_t most_named = 5;
  std::vector<model::Evidence> evidence;
  evidence.push_back(context.evidence(ignore_unclaimed_state, "false"));
  base::Bytes lost{};
  std::vector<std::string> names;
  for (const DeploymentVertex* vertex : gone) {
    lost.count += vertex->state_size->count;
    if (names.size() < most_named) {
      names.push_back(fmt::format("\"{}\"", base::shorten(base::printable(vertex->name), 60)));
      evidence.push_back(earlier(fmt::format("state of {} ({})", names.back(), vertex->id.value),
                                 base::format_bytes(*vertex->state_size)));
    }
  }
  const auto& restored = *context.get<CheckpointStatistics>().latest_restored;
  evidence.push_back(
      context.evidence<CheckpointStatistics>("restored from", restored.id, "/latest/restored/id"));
  out.fail(
      context.job(),
      {.message = fmt::format(
           "the redeployment was restored with the flag that ignores state which no operator "
           "claims, and {} that held {} {} not in the new plan ({}{}): that state was dropped "
           "without a word, unless a change of chaining moved it",
           base::plural(gone.size(), "vertex", "vertices"), base::format_bytes(lost),
           gone.size() == 1 ? "is" : "are", fmt::join(names, ", "),
           gone.size() > names.size() ? ", …" : ""),
       .evidence = std::move(evidence),
       .remediation = fmt::format(
           "Look whether those operators were removed on purpose, or got another id: give each a "
           "uid(...), and the one that it had, to take its state up again (setUidHash takes an "
           "automatic id). Then restore from the savepoint of before, without the flag, so that "
           "Flink refuses what does not fit:\n    {}: false\n",
           ignore_unclaimed_state.name_in(context.version()))});
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto change = redeployment(context, out);
  if (!change) {
    return;
  }
  if (!context.get<CheckpointStatistics>().latest_restored) {
    out.not_applicable(context.job(), "the job was started without state");
    return;
  }
  if (std::ranges::none_of(change->before->vertices, holds_state)) {
    out.not_applicable(context.job(),
                       "no vertex of the deployment before is known to have held state");
    return;
  }
  const auto gone = gone_with_state(*change->before, context.get<JobDetails>());
  if (gone.empty()) {
    out.pass(context.job(), "every vertex that held state is in the new plan", {});
    return;
  }
  const auto& configuration = context.get<model::Configuration>();
  const auto* const flag = configuration.find(ignore_unclaimed_state);
  if (flag != nullptr && base::to_lower(base::trim(flag->value)) == "true") {
    report(context, gone, out);
    return;
  }
  out.pass(context.job(),
           "ids changed, but the job was restored without the flag that ignores unclaimed state: "
           "Flink would have refused had any state found no operator",
           {context.evidence(ignore_unclaimed_state, "false")},
           // In a session, `flink run -n` leaves no trace.
           model::Confidence::likely);
}

}  // namespace

extern constinit const Check operator_ids_changed{
    .info = {.id = "operator-ids-changed",
             .title = "A redeployment dropped state whose operators are gone",
             .practice = "deployments",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::likely,
             .needs =
                 deployment_needs | model::Resource::checkpoints | model::Resource::configuration,
             .uses = model::Resource::cluster,
             .keep_firing_for = std::chrono::minutes(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
