#include "tests/fuzz/plan_target.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/text.h"
#include "checks/operator-uids/operator_chain.h"
#include "checks/operator-uids/uid_proof.h"
#include "checks/operator-uids/uid_remedy.h"

namespace auditor::testing {

namespace {

/// Also where assertions are compiled out.
void demand(bool holds, const char* what) {
  if (!holds) {
    std::fputs(what, stderr);
    std::abort();
  }
}

void feed_chain(std::string_view description) {
  const auto chain = checks::parse_chain(description);
  if (!chain) {
    return;
  }
  demand(!chain->operators.empty(), "a chain without a head");
  demand(chain->operators.size() <= checks::most_operators(description), "more than the most");
  std::size_t outputs = 0;
  for (std::size_t i = 0; i < chain->operators.size(); ++i) {
    const checks::ChainedOperator& op = chain->operators[i];
    demand(i == 0 ? op.parent == 0 : op.parent < i, "an operator before its parent");
    for (const std::size_t output : op.outputs) {
      demand(output > i && output < chain->operators.size() && chain->operators[output].parent == i,
             "an output that is not chained");
    }
    outputs += op.outputs.size();
  }
  demand(outputs + 1 == chain->operators.size(), "an operator that is nobody's output");
}

}  // namespace

void feed_plan(std::string_view input) {
  feed_chain(input);
  // A line is a vertex: a byte for its place among the ids, one for its input, then its
  // description.
  model::JobDetails job;
  std::vector<checks::OperatorId> ids{checks::automatic_id({0, 0}), checks::automatic_id({0, 1}),
                                      checks::id_of_uid("a"), checks::id_of_uid("secret")};
  constexpr std::size_t most_vertices = 12;
  for (const std::string_view line : base::split(input.substr(0, 4'000), '\n')) {
    if (line.size() < 3 || job.plan.size() == most_vertices) {
      continue;
    }
    const auto choice = static_cast<unsigned char>(line[0]);
    const auto from = static_cast<unsigned char>(line[1]);
    model::PlanNode node;
    node.id = model::JobVertexId(base::to_hex(ids[choice % ids.size()]));
    node.description = line.substr(2);
    if (from % 4 != 0) {
      const checks::OperatorId& before = ids[from % ids.size()];
      node.inputs.push_back({model::JobVertexId(base::to_hex(before)), "HASH", ""});
      const std::vector<checks::OperatorId> inputs{before};
      ids.push_back(checks::automatic_id({choice % 8U, from % 3U}, inputs));
    }
    model::JobVertex vertex;
    vertex.id = node.id;
    vertex.name = (from % 2 == 0 ? "Source: " : "") + std::string(line.substr(2));
    vertex.index = node.index = job.plan.size();
    job.plan.push_back(std::move(node));
    job.vertices.push_back(std::move(vertex));
  }
  constexpr std::uint64_t few_steps = 3'000;
  const checks::UidProofs proofs = checks::prove_uids(job, {}, few_steps);
  demand(proofs.operators.size() == proofs.graph.operators.size(), "an operator without a proof");
  for (const checks::OperatorProof& proof : proofs.operators) {
    if (proof.origin == checks::UidOrigin::automatic && !proof.swapped) {
      std::vector<checks::OperatorId> inputs;
      inputs.reserve(proof.inputs.size());
      for (const checks::ProofInput& used : proof.inputs) {
        inputs.push_back(used.id);
      }
      demand(proof.id == checks::automatic_id(proof.at, inputs), "a proof that does not hold");
    }
  }
  const auto unknown_state = [](const model::JobVertexId& /*vertex*/) {
    return std::optional<bool>();
  };
  const auto remedy = checks::plan_remedy(proofs, unknown_state, {1, 20, 5, "", "1.20.5"});
  demand(remedy.assignments.empty() || remedy.blockers.empty(), "code in spite of blockers");
}

}  // namespace auditor::testing
