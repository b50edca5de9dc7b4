#include "checks/operator-uids/uid_remedy.h"

#include <gtest/gtest.h>

#include "tests/unit/support/synthetic_job.h"

namespace auditor::checks {
namespace {

using testing::keep;

constexpr auto with_state = [](const model::JobVertexId& /*vertex*/) {
  return std::optional(true);
};
constexpr auto without_state = [](const model::JobVertexId& /*vertex*/) {
  return std::optional(false);
};
const model::FlinkVersion flink{1, 20, 5, "", "1.20.5"};

model::JobDetails job_of(std::initializer_list<std::pair<OperatorId, std::string>> vertices) {
  model::JobDetails job;
  for (const auto& [id, description] : vertices) {
    model::JobVertex vertex;
    vertex.id = model::JobVertexId(base::to_hex(id));
    vertex.name = job.vertices.empty() ? "Source: s" : "op";
    model::PlanNode node;
    node.id = vertex.id;
    node.description = description;
    if (!job.plan.empty()) {
      node.inputs = {{job.plan.back().id, "HASH", ""}};
    }
    job.vertices.push_back(vertex);
    job.plan.push_back(node);
  }
  return job;
}

OperatorId behind(const OperatorId& input, std::uint32_t position, std::size_t outputs) {
  const std::array<OperatorId, 1> inputs{input};
  return automatic_id({position, outputs}, inputs);
}

/// No UID is promised for an operator whose state it would lose: all hashes are the true ids.
TEST(UidRemedy, GivesEachOperatorItsOwnId) {
  std::mt19937 random(3);
  std::size_t hashes = 0;
  for (int i = 0; i < 300; ++i) {
    const testing::SyntheticJob job = testing::make_job({.operators = 25}, random);
    const UidProofs proofs = prove_uids(job.details, {});
    const UidRemedy remedy = plan_remedy(proofs, with_state, flink);
    EXPECT_TRUE(remedy.assignments.empty() || remedy.blockers.empty());
    for (const UidAssignment& assigned : remedy.assignments) {
      if (assigned.hash) {
        ++hashes;
        EXPECT_EQ(*assigned.hash, job.operators.at(proofs.graph.operators[assigned.op].name).id);
      }
    }
  }
  EXPECT_GT(hashes, 1'000U);
}

TEST(UidRemedy, LeavesSourcesAndNamesTheOthersOnce) {
  const OperatorId source = automatic_id({0, 1});
  const OperatorId map = behind(source, 1, 0);
  const UidProofs proofs =
      prove_uids(keep(job_of({{source, "Source: s<br/>+- Map<br/>"},
                              {behind(map, 2, 1), "Map<br/>+- Sink: x y<br/>"}})),
                 {});
  const UidRemedy remedy = plan_remedy(proofs, with_state, flink);
  ASSERT_EQ(remedy.assignments.size(), 4U);
  EXPECT_EQ(remedy.assignments[0].way, UidAssignment::Way::keep_automatic);
  EXPECT_EQ(remedy.assignments[1].uid, "map");
  EXPECT_EQ(remedy.assignments[2].uid, "map-2");
  EXPECT_EQ(remedy.assignments[3].uid, "x-y-sink");
  EXPECT_EQ(remedy_code(proofs, remedy, proofs.graph.vertices[0]),
            "    // Source: s\n"
            "    // (keeps its automatic id in this restart)\n"
            "    // Map\n"
            "    .uid(\"map\").setUidHash(\"7df19f87deec5680128845fd9a6ca18d\")\n");
}

TEST(UidRemedy, NeedsNoHashWithoutState) {
  const OperatorId source = automatic_id({0, 0});
  const UidProofs proofs = prove_uids(
      keep(job_of({{source, "Source: s<br/>"}, {behind(source, 1, 0), "Map<br/>"}})), {});
  const UidRemedy remedy = plan_remedy(proofs, without_state, flink);
  ASSERT_EQ(remedy.assignments.size(), 2U);
  EXPECT_EQ(remedy.assignments[1].way, UidAssignment::Way::uid_only);
  EXPECT_FALSE(remedy.assignments[1].hash);
}

TEST(UidRemedy, TakesSinksOfTheNewApiTheirOwnWay) {
  const OperatorId source = automatic_id({0, 0});
  const OperatorId writer = behind(source, 1, 1);
  const UidProofs proofs = prove_uids(
      keep(
          job_of({{source, "Source: s<br/>"}, {writer, "out: Writer<br/>+- out: Committer<br/>"}})),
      {});
  const UidRemedy remedy = plan_remedy(proofs, with_state, flink);
  ASSERT_EQ(remedy.assignments.size(), 3U);
  EXPECT_EQ(remedy.assignments[1].way, UidAssignment::Way::sink_hashes);
  EXPECT_EQ(remedy.assignments[1].uid, "out-sink");
  EXPECT_EQ(remedy.assignments[2].uid, "out-sink") << "one UID for the whole sink";
  const std::string code = remedy_code(proofs, remedy, proofs.graph.vertices[1]);
  EXPECT_NE(code.find("setWriterUidHash(\"" + base::to_hex(writer)), std::string::npos) << code;
  EXPECT_NE(code.find("setCommitterUidHash(\"" + base::to_hex(behind(writer, 2, 0))),
            std::string::npos)
      << code;
  EXPECT_EQ(plan_remedy(proofs, with_state, {1, 14, 6, "", "1.14.6"}).blockers.size(), 2U);
}

TEST(UidRemedy, LeavesOutTheEndsOfIterationsAlone) {
  const OperatorId source = automatic_id({0, 0});
  model::JobDetails job =
      job_of({{source, "Source: s<br/>"}, {behind(source, 1, 0), "Iteration count<br/>"}});
  const auto assigned = [&job](const std::string& name) {
    job.vertices.back().name = name;
    return plan_remedy(prove_uids(job, {}), with_state, flink).assignments.size();
  };
  EXPECT_EQ(assigned("Iteration count"), 2U) << "a user's own operator";
  EXPECT_EQ(assigned("IterationSink-3"), 1U);
}

TEST(UidRemedy, NamesWhatStandsInItsWay) {
  const OperatorId source = automatic_id({0, 0});
  const OperatorId secret = id_of_uid("nobody guesses this");
  const UidProofs proofs = prove_uids(keep(job_of({{source, "Source: s<br/>"},
                                                   {secret, "a<br/>+- b<br/>"},
                                                   {id_of_uid("nor this"), "c<br/>"}})),
                                      {});
  const UidRemedy remedy = plan_remedy(proofs, with_state, flink);
  EXPECT_TRUE(remedy.assignments.empty());
  ASSERT_EQ(remedy.blockers.size(), 2U) << "a has a UID; b and c may";
  EXPECT_NE(remedy.blockers[0].find("\"b\""), std::string::npos);
}

}  // namespace
}  // namespace auditor::checks
