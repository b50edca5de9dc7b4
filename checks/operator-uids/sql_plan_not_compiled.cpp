#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"
#include "checks/operator-uids/proven_job.h"

namespace auditor::checks {

namespace {

using model::Evidence;
using model::JobDetails;
using model::JobVertex;

std::string remediation(const model::FlinkVersion& version) {
  if (!version.at_least(1, 15)) {
    return fmt::format(
        "Flink {}.{} gives the operators of SQL no UIDs at all; COMPILE PLAN came with 1.15. Treat "
        "the statement and the Flink release as part of the state: before you change either, plan "
        "for a start without the old state (or stay on this patch series).",
        version.major, version.minor);
  }
  return "Where the state must outlive the release or the statement, compile the plan once and "
         "start the job from it:\n"
         "    COMPILE PLAN '/plans/job.json' FOR INSERT INTO … SELECT …;\n"
         "    EXECUTE PLAN '/plans/job.json';\n"
         "The compiled plan gives other ids than the job has now, so its first start begins "
         "without the old state. It covers INSERT statements of streaming jobs, and later changes "
         "of the statement need a new plan. A job that can rebuild its state from its sources "
         "needs none of this.";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  if (!is_sql(job)) {
    out.not_applicable(context.job(), "not a SQL or Table job");
    return;
  }
  const UidProofs& proofs = proven_job(context).proofs;
  std::vector<Evidence> automatic;
  std::vector<Evidence> with_uid;
  std::string proof;
  std::string undecided;
  for (const ChainVertex& chain : proofs.graph.vertices) {
    if (chain.vertex == nullptr || !chain.node->inputs.empty()) {
      continue;
    }
    const JobVertex& vertex = *chain.vertex;
    const OperatorProof& head = proofs.head(chain);
    const std::string name = base::shorten(base::printable(vertex.name), 60);
    const auto evidence = [&](base::Wording expected) {
      return context.evidence<JobDetails>(fmt::format("id of \"{}\"", name), vertex.id.value,
                                          fmt::format("/vertices/{}/id", vertex.index),
                                          std::move(expected));
    };
    if (head.origin == UidOrigin::automatic) {
      if (proof.empty()) {
        proof = fmt::format("{}… = {}", vertex.id.value.view().substr(0, 8),
                            formula(proofs, chain.first));
      }
      automatic.push_back(evidence("the hash of a UID; it is " + formula(proofs, chain.first)));
    } else if (head.origin == UidOrigin::has_uid) {
      with_uid.push_back(evidence({}));
    } else {
      undecided = fmt::format("\"{}\": {}", name, head.reason);
    }
  }
  if (!automatic.empty()) {
    constexpr std::size_t most_shown = 10;
    const std::size_t count = automatic.size();
    automatic.erase(automatic.begin() + static_cast<std::ptrdiff_t>(std::min(count, most_shown)),
                    automatic.end());
    out.fail(
        context.job(),
        {.message = fmt::format(
             "the SQL job's operators have generated ids (proved for {}: {}): its state can be "
             "restored only by the same statement, planned in the same way. Another Flink release "
             "or a changed query may plan it otherwise, and then the job starts without its state",
             base::plural(count, "source"), proof),
         .evidence = std::move(automatic),
         .remediation = remediation(context.version())});
  } else if (!undecided.empty()) {
    out.unknown(context.job(), std::move(undecided), std::move(with_uid));
  } else if (with_uid.empty()) {
    out.unknown(context.job(), "Flink's plan shows no source to tell it by");
  } else {
    out.pass(context.job(),
             "the SQL job's sources have UIDs: it was started from a compiled plan, or its planner "
             "generates them",
             std::move(with_uid));
  }
}

}  // namespace

extern constinit const Check sql_plan_not_compiled{
    .info = {.id = "sql-plan-not-compiled",
             .title = "A SQL job runs without a compiled plan",
             .practice = "operator-uids",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::info,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
