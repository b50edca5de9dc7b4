#include "checks/operator-uids/uid_proof.h"

#include <array>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/support/synthetic_job.h"

namespace auditor::checks {
namespace {

using testing::keep;

using testing::JobShape;
using testing::make_job;
using testing::SyntheticJob;

/// How the heads of many jobs were decided, and what of it is wrong.
struct Tally {
  std::size_t vertices = 0;
  std::size_t automatic = 0;
  std::size_t has_uid = 0;
  std::size_t either = 0;
  std::size_t wrong = 0;  ///< heads or chained operators

  [[nodiscard]] std::size_t decided_percent() const {
    return vertices == 0 ? 0 : 100 * (automatic + has_uid) / vertices;
  }
};

/// Whether what is claimed of one operator is what the job's maker did.
bool is_true(const UidProofs& proofs, std::size_t op, const SyntheticJob& job) {
  const OperatorProof& proof = proofs.operators[op];
  const SyntheticJob::Operator& truth = job.operators.at(proofs.graph.operators[op].name);
  if (proof.id && *proof.id != truth.id) {
    return false;
  }
  if (proof.origin == UidOrigin::has_uid) {
    return truth.uid && (proof.uid.empty() || proof.uid == truth.uid);
  }
  if (proof.origin != UidOrigin::automatic) {
    return true;
  }
  if (truth.uid || (proof.swapped && proof.swapped->position != truth.position &&
                    proof.at.position != truth.position)) {
    return false;
  }
  if (proof.swapped) {
    return true;
  }
  std::vector<OperatorId> inputs;
  std::vector<std::string> names;
  for (const ProofInput& input : proof.inputs) {
    inputs.push_back(input.id);
    names.push_back(input.op ? proofs.graph.operators[*input.op].name : "");
  }
  bool named_well = inputs.size() == truth.inputs.size();
  for (std::size_t i = 0; named_well && i < inputs.size(); ++i) {
    const std::string& name = truth.inputs[i];
    named_well = inputs[i] == job.operators.at(name).id && (names[i].empty() || names[i] == name);
  }
  return named_well && proof.at.position == truth.position &&
         automatic_id(proof.at, inputs) == truth.id;
}

/// An id of a chained operator "if it has no UID" is right where neither it nor those it is chained
/// to have one.
bool is_presumed_well(const UidProofs& proofs, std::size_t op, const SyntheticJob& job) {
  for (std::size_t at = op; !proofs.graph.operators[at].is_head();
       at = proofs.graph.operators[at].parent) {
    if (job.operators.at(proofs.graph.operators[at].name).uid) {
      return true;  // nothing is claimed
    }
  }
  return proofs.operators[op].id_without_uid ==
         job.operators.at(proofs.graph.operators[op].name).id;
}

void count(const SyntheticJob& job, const UidProofs& proofs, Tally& tally) {
  for (std::size_t op = 0; op < proofs.operators.size(); ++op) {
    const OperatorProof& proof = proofs.operators[op];
    const bool well =
        is_true(proofs, op, job) && (!proof.id_without_uid || is_presumed_well(proofs, op, job));
    tally.wrong += well ? 0U : 1U;
    if (proofs.graph.operators[op].is_head()) {
      ++tally.vertices;
      tally.automatic += proof.origin == UidOrigin::automatic ? 1U : 0U;
      tally.has_uid += proof.origin == UidOrigin::has_uid ? 1U : 0U;
      tally.either += proof.origin == UidOrigin::has_uid_or_follows_one ? 1U : 0U;
    }
  }
}

Tally prove_many(JobShape shape, std::size_t vertices, unsigned seed, unsigned words_percent = 0) {
  std::mt19937 random(seed);
  Tally tally;
  while (tally.vertices < vertices) {
    shape.operators = 6 + random() % 15;
    if (random() % 16 == 0) {
      shape.operators = 6 + random() % 115;
    }
    const SyntheticJob job = make_job(shape, random);
    model::UidTable words;
    for (const auto& [name, op] : job.operators) {
      if (op.uid && random() % 100 < words_percent) {
        words.add(*op.uid);
      }
    }
    count(job, prove_uids(job.details, words), tally);
  }
  return tally;
}

/// Jobs in which no UID can be guessed, so that all rests on the ids. The prototype in Python
/// decided 96, 91, 87, 71, 65, 58, 53 and 53 % of samples of 700 vertices; on these very vertices,
/// each that it decided was decided here too.
TEST(UidProof, IsNeverWrongOnAHundredThousandRandomVertices) {
  struct Share {
    unsigned with_uid_percent;
    std::size_t decided_percent;
  };
  std::size_t vertices = 0;
  for (const auto& [percent, at_least] :
       {Share{0, 98}, Share{5, 93}, Share{10, 88}, Share{30, 73}, Share{50, 62}, Share{70, 57},
        Share{90, 51}, Share{100, 52}}) {
    const Tally tally = prove_many({.uid_percent = percent}, 10'000, percent);
    EXPECT_EQ(tally.wrong, 0U) << percent << " % with UID";
    EXPECT_GE(tally.decided_percent(), at_least) << percent << " % with UID";
    std::cout << fmt::format("{:3} % have a UID: {} vertices, {} % decided, {} % one of two\n",
                             percent, tally.vertices, tally.decided_percent(),
                             100 * tally.either / tally.vertices);
    vertices += tally.vertices;
  }
  for (const unsigned percent : {10U, 50U, 90U}) {
    const Tally tally = prove_many({.uid_percent = percent,
                                    .guessable_percent = 70,
                                    .branch_percent = 40,
                                    .join_percent = 25,
                                    .chain_percent = 70,
                                    .chained_source_percent = 30},
                                   10'000, percent + 1000, 30);
    EXPECT_EQ(tally.wrong, 0U) << percent << " % with UID, most of them guessed or told";
    vertices += tally.vertices;
  }
  EXPECT_GE(vertices, 100'000U);
}

TEST(UidProof, OfAJobWithoutUidsIsWhole) {
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    const SyntheticJob job =
        make_job({.operators = 20, .branch_percent = 0, .join_percent = 0}, random);
    const UidProofs proofs = prove_uids(job.details, {});
    for (std::size_t op = 0; op < proofs.operators.size(); ++op) {
      const auto& proof = proofs.operators[op];
      const OperatorId& truth = job.operators.at(proofs.graph.operators[op].name).id;
      EXPECT_EQ(proof.id ? proof.id : proof.id_without_uid, truth);
    }
  }
}

model::JobDetails straight(const std::vector<std::string>& chain, const OperatorId& source,
                           const OperatorId& behind) {
  model::JobDetails job;
  std::string description;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    description += (i == 0 ? "" : std::string(3 * (i - 1), ' ') + "+- ") + chain[i] + "<br/>";
  }
  const auto add = [&job](const OperatorId& id, const std::string& name,
                          const std::string& text) -> model::PlanNode& {
    model::JobVertex vertex;
    vertex.id = model::JobVertexId(base::to_hex(id));
    vertex.name = name;
    vertex.index = job.vertices.size();
    model::PlanNode node;
    node.id = vertex.id;
    node.description = text;
    job.vertices.push_back(vertex);
    job.plan.push_back(node);
    return job.plan.back();
  };
  add(source, chain.front(), description);
  add(behind, "last", "last<br/>").inputs = {
      {model::JobVertexId(base::to_hex(source)), "HASH", ""}};
  return job;
}

OperatorId behind(const OperatorId& input, std::uint32_t position, std::size_t outputs = 0) {
  const std::array<OperatorId, 1> inputs{input};
  return automatic_id({position, outputs}, inputs);
}

TEST(UidProof, NamesTheHiddenOperatorsOnTheWay) {
  const OperatorId source = automatic_id({0, 1});
  const OperatorId map = behind(source, 1);
  const UidProofs proofs =
      prove_uids(keep(straight({"Source: s", "map"}, source, behind(map, 2))), {});
  EXPECT_EQ(proofs.operators[1].origin, UidOrigin::automatic);
  EXPECT_EQ(proofs.operators[1].id, map);
  EXPECT_EQ(formula(proofs, 1), "auto(position 1, 0 chained outputs, input cbc357cc…)");
  EXPECT_EQ(formula(proofs, 2), "auto(position 2, 0 chained outputs, input 7df19f87…)");
  EXPECT_EQ(proofs.operators[2].inputs.front().op, 1U);
}

/// Six chained operators between two visible ids, at positions that no traversal would guess.
TEST(UidProof, MeetsInTheMiddleOfALongWay) {
  std::vector<std::string> chain{"Source: s"};
  OperatorId id = id_of_uid("nobody guesses this");
  const OperatorId source = id;
  std::vector<OperatorId> hidden;
  for (std::uint32_t i = 1; i <= 6; ++i) {
    chain.push_back(fmt::format("step {}", i));
    id = behind(id, 2 * i + i / 3, i < 6 ? 1 : 0);
    hidden.push_back(id);
  }
  model::JobDetails job = straight(chain, source, behind(id, 17));
  // More operators, so that the positions are possible.
  job.vertices.push_back(job.vertices.back());
  job.plan.push_back(job.plan.back());
  job.plan.back().id = job.vertices.back().id =
      model::JobVertexId(base::to_hex(id_of_uid("nobody guesses this either")));
  job.plan.back().inputs = {{job.plan[1].id, "HASH", ""}};
  job.plan.back().description = "first<br/>";
  for (int i = 0; i < 11; ++i) {
    job.plan.back().description +=
        std::string(static_cast<std::size_t>(3 * i), ' ') + "+- more<br/>";
  }
  const UidProofs proofs = prove_uids(job, {});
  EXPECT_EQ(proofs.operators[0].origin, UidOrigin::has_uid);
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    EXPECT_EQ(proofs.operators[i + 1].id, hidden[i]);
  }
  EXPECT_EQ(formula(proofs, 7),
            fmt::format("auto(position 17, 0 chained outputs, input {})", short_hex(id)));
}

TEST(UidProof, KnowsAHiddenOperatorByItsUid) {
  const OperatorId source = automatic_id({0, 1});
  const OperatorId map = id_of_uid("my-map-2f");
  const model::JobDetails job = straight({"Source: s", "map"}, source, behind(map, 2));
  EXPECT_EQ(prove_uids(job, {}).operators[2].origin, UidOrigin::has_uid_or_follows_one);
  model::UidTable words;
  words.add("my-map-2f");
  const UidProofs proofs = prove_uids(job, words);
  EXPECT_EQ(proofs.operators[1].origin, UidOrigin::has_uid);
  EXPECT_EQ(proofs.operators[1].uid, "my-map-2f");
  EXPECT_EQ(proofs.operators[2].origin, UidOrigin::automatic);
}

TEST(UidProof, GuessesTheUidFromTheName) {
  for (const std::string_view uid :
       {"Source: Late Orders", "Late Orders", "late-orders", "late_orders", "lateOrders",
        "late-orders-source", "late-orders-uid", "LateOrders"}) {
    const UidProofs proofs = prove_uids(
        keep(straight({"Source: Late Orders"}, id_of_uid(uid), id_of_uid("another"))), {});
    EXPECT_EQ(proofs.operators[0].uid, uid);
    EXPECT_EQ(proofs.operators[1].origin, UidOrigin::has_uid) << "nothing hidden is before it";
  }
}

TEST(UidProof, GuessesWhatConnectorsSet) {
  for (const auto& [name, uid] : std::map<std::string, std::string>{
           {"stream_write: db.t1", "uid_stream_write_db.t1"},
           {"hoodie_append_write: t1", "uid_hoodie_stream_writet1"},
           {"orders-IcebergStreamWriter", "orders-writer"},
           {"orders-IcebergFilesCommitter", "orders-committer"},
           {"t: Sink pre-commit aggregator: t", "t: Sink pre-commit aggregator: t"},
           {"orders: Committer", "Sink Committer: orders"},
           {"SchemaOperator", "$$_schema_operator_$$"},
           {"GroupAggregate[7]", "7_group-aggregate"},
           {"[12]:Calc(select=[a])", "12_calc"},
           {"orders[3]: Committer", "Sink Committer: 3_sink"}}) {
    const UidProofs proofs =
        prove_uids(keep(straight({name}, id_of_uid(uid), id_of_uid("another"))), {});
    EXPECT_EQ(proofs.operators[0].uid, uid) << name;
  }
}

/// A job with a hidden operator that has a UID, and two heads behind it: the later one first.
model::JobDetails siblings(std::size_t outputs_of_first) {
  const OperatorId source = automatic_id({0, 1});
  const OperatorId hidden = id_of_uid("nobody guesses this");
  model::JobDetails job =
      straight({"Source: s", "map"}, source, behind(hidden, 3, outputs_of_first));
  if (outputs_of_first > 0) {
    job.plan.back().description = "last<br/>+- sink<br/>";
  }
  const OperatorId other = behind(hidden, 2);
  job.vertices.push_back(job.vertices.back());
  job.plan.push_back(job.plan.back());
  job.plan.back().description = "other<br/>";
  job.plan.back().id = job.vertices.back().id = model::JobVertexId(base::to_hex(other));
  return job;
}

/// The UID that nobody knows cancels out of the sum of two ids behind it.
TEST(UidProof, ComparesSiblings) {
  const UidProofs proofs = prove_uids(keep(siblings(1)), {});
  EXPECT_EQ(formula(proofs, 2), fmt::format("auto(position 3, 1 chained output, input {})",
                                            short_hex(id_of_uid("nobody guesses this"))));
  EXPECT_EQ(proofs.operators[4].origin, UidOrigin::automatic);
  EXPECT_EQ(proofs.operators[4].at.position, 2U);
  EXPECT_EQ(proofs.operators[1].id, id_of_uid("nobody guesses this"));
  EXPECT_EQ(proofs.operators[1].origin, UidOrigin::has_uid);
}

TEST(UidProof, DoesNotSayWhichOfTwoLikeSiblingsComesFirst) {
  const UidProofs proofs = prove_uids(keep(siblings(0)), {});
  EXPECT_EQ(proofs.operators[2].origin, UidOrigin::automatic);
  EXPECT_EQ(proofs.operators[3].origin, UidOrigin::automatic);
  EXPECT_FALSE(proofs.operators[1].id) << "it depends on which comes first";
  EXPECT_EQ(formula(proofs, 2),
            fmt::format("auto(position 2, 0 chained outputs, or position 3; the same input as {})",
                        short_hex(*proofs.operators[3].id)));
}

/// What a hostile server may send is judged at a bounded cost; the address sanitizer's run and the
/// test's own time limit are the judges.
TEST(UidProof, SurvivesHostilePlans) {
  model::JobDetails cycle = straight({"Source: s", "map"}, automatic_id({0, 1}), id_of_uid("x"));
  cycle.plan[0].inputs = {{cycle.plan[1].id, "HASH", ""}};
  EXPECT_EQ(prove_uids(cycle, {}).operators.size(), 3U);

  model::JobDetails self = cycle;
  self.plan[1].inputs = {{self.plan[1].id, "HASH", ""}, {self.plan[1].id, "HASH", ""}};
  EXPECT_EQ(prove_uids(self, {}).operators.size(), 3U);

  model::JobDetails wide;
  for (int i = 0; i < 10'000; ++i) {
    model::PlanNode node;
    node.id = model::JobVertexId(base::to_hex(id_of_uid(fmt::format("{}", i))));
    node.description = "op<br/>";
    wide.plan.push_back(node);
  }
  EXPECT_TRUE(prove_uids(wide, {}).graph.too_large);

  const OperatorId source = automatic_id({0, 4'000});
  std::string star = "Source: s<br/>";
  for (int i = 0; i < 4'000; ++i) {
    star += ":- map<br/>";
  }
  model::JobDetails many = straight({"Source: s"}, source, id_of_uid("x"));
  many.plan[0].description = star;
  for (int i = 0; i < 500; ++i) {
    many.vertices.push_back(many.vertices.back());
    many.plan.push_back(many.plan.back());
    many.plan.back().id = many.vertices.back().id =
        model::JobVertexId(base::to_hex(id_of_uid(fmt::format("x{}", i))));
  }
  const UidProofs star_proofs = prove_uids(many, {});
  EXPECT_EQ(star_proofs.operators[0].origin, UidOrigin::automatic);

  model::JobDetails named = straight({std::string(1'000'000, 'x')}, id_of_uid("x"), id_of_uid("y"));
  EXPECT_EQ(prove_uids(named, {}).operators.size(), 2U);

  model::JobDetails joined = straight({"Source: s"}, id_of_uid("x"), id_of_uid("y"));
  joined.plan[1].inputs.assign(1'000, joined.plan[1].inputs.front());
  EXPECT_EQ(prove_uids(joined, {}).operators[1].origin, UidOrigin::undetermined);
}

}  // namespace
}  // namespace auditor::checks
