#include "advice/gate.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "checks/operator-uids/operator_ids.h"
#include "collectors/wire/job.h"

namespace auditor::advice {
namespace {

std::string id_of(std::string_view uid) {
  return base::to_hex(checks::id_of_uid(uid));
}

std::string automatic(std::uint32_t position, std::size_t outputs) {
  return base::to_hex(checks::automatic_id({position, outputs}));
}

/// A source and a keyed operator behind it, each alone in its vertex.
model::JobDetails job(const std::string& source_id, const std::string& keyed_id,
                      std::string_view keyed_name = "count", std::int64_t max_parallelism = 128) {
  const std::string body = fmt::format(
      R"({{"jid":"00000000000000000000000000000001","name":"orders","state":"RUNNING",
           "maxParallelism":-1,"job-type":"STREAMING",
           "vertices":[{{"id":"{0}","name":"Source: in","parallelism":2,"maxParallelism":{3}}},
                       {{"id":"{1}","name":"{2}","parallelism":2,"maxParallelism":{3}}}],
           "plan":{{"type":"STREAMING","nodes":[
             {{"id":"{1}","parallelism":2,"operator":"","description":"{2}<br/>",
               "inputs":[{{"num":0,"id":"{0}","ship_strategy":"HASH","exchange":"pipelined"}}]}},
             {{"id":"{0}","parallelism":2,"operator":"","description":"Source: in<br/>"}}]}}}})",
      source_id, keyed_id, keyed_name, max_parallelism);
  return collectors::wire::decode_job(body).value();
}

/// What is known of the running job: 10 bytes in the source, `keyed` in the operator.
model::JobSnapshot seen(const model::JobDetails& details, std::int64_t keyed = 1'000) {
  model::JobSnapshot snapshot;
  snapshot.details.value = details;
  model::CheckpointConfiguration configuration;
  configuration.state_backend = "HashMapStateBackend";
  snapshot.checkpoint_configuration.value = configuration;
  model::CheckpointStatistics statistics;
  statistics.completed_count = 5;
  snapshot.checkpoints.value = statistics;
  model::CheckpointDetails checkpoint;
  checkpoint.id = 5;
  checkpoint.vertices[details.vertices[0].id].state_size = base::Bytes{10};
  checkpoint.vertices[details.vertices[1].id].state_size = base::Bytes{keyed};
  snapshot.checkpoint_details.value = checkpoint;
  return snapshot;
}

GateReport compare(const model::JobDetails& before, const model::JobDetails& after,
                   const GateOptions& options = {}, std::int64_t keyed_state = 1'000,
                   std::string_view before_version = "1.20.5",
                   std::string_view after_version = "1.20.5") {
  const model::JobSnapshot running = seen(before, keyed_state);
  const model::JobSnapshot candidate = seen(after, 0);
  return judge_gate({.job = &before,
                     .source = "/jobs/1",
                     .is_plan = false,
                     .snapshot = &running,
                     .version = *model::parse_flink_version(before_version)},
                    {.job = &after,
                     .source = "/jobs/2",
                     .is_plan = false,
                     .snapshot = &candidate,
                     .version = *model::parse_flink_version(after_version)},
                    options);
}

const GateRow& row(const GateReport& report, std::string_view topic, std::string_view subject) {
  const auto found = std::ranges::find_if(report.rows, [&](const GateRow& each) {
    return each.topic == topic && each.subject == subject;
  });
  EXPECT_NE(found, report.rows.end()) << topic << " " << subject;
  return *found;
}

TEST(Gate, IsSafeWhereAllIdsAreFound) {
  const auto before = job(id_of("in"), id_of("count"));
  const GateReport report = compare(before, before);
  EXPECT_EQ(report.verdict, GateVerdict::safe);
  EXPECT_EQ(report.starts_empty, 0U);
  EXPECT_EQ(row(report, "state", "count").state, base::Bytes{1'000});
}

TEST(Gate, FollowsAUidWhateverTheName) {
  const GateReport report = compare(job(id_of("in"), id_of("count")),
                                    job(id_of("in"), id_of("count"), "count-per-customer"));
  EXPECT_EQ(report.verdict, GateVerdict::safe);
}

TEST(Gate, DoesNotTakeAnotherOperatorAtTheSamePlaceForTheSame) {
  const std::string source = automatic(0, 0);
  const checks::OperatorId input = *checks::parse_operator_id(source);
  const std::string keyed = base::to_hex(checks::automatic_id({1, 0}, std::vector{input}));
  const GateReport report = compare(job(source, keyed, "count"), job(source, keyed, "sum"));
  EXPECT_EQ(report.verdict, GateVerdict::cannot_know);
  EXPECT_NE(row(report, "state", "count").message.find("would go to \"sum\""), std::string::npos);
}

TEST(Gate, LosesTheStateOfAnIdThatIsGone) {
  const GateReport report =
      compare(job(id_of("in"), id_of("count")), job(id_of("in"), id_of("counts")));
  EXPECT_EQ(report.verdict, GateVerdict::will_lose_state);
  EXPECT_EQ(report.starts_empty, 1U);
  const GateRow& of = row(report, "state", "count");
  EXPECT_EQ(of.verdict, GateVerdict::will_lose_state);
  EXPECT_NE(of.remedy.find(id_of("count")), std::string::npos);
}

TEST(Gate, LosesNothingOfAVertexThatHeldNothing) {
  const GateReport report =
      compare(job(id_of("in"), id_of("count")), job(id_of("in"), id_of("counts")), {}, 0);
  EXPECT_EQ(report.verdict, GateVerdict::safe);
}

TEST(Gate, MindsTheEnumeratorOfASource) {
  model::UidTable words;
  words.add(id_of("in"));
  GateOptions options;
  options.words = &words;
  const GateReport report =
      compare(job(id_of("in"), id_of("count")), job(id_of("other"), id_of("count")), options);
  EXPECT_EQ(report.verdict, GateVerdict::cannot_know);
  EXPECT_NE(row(report, "state", "Source: in").message.find("enumerator"), std::string::npos);
}

TEST(Gate, KnowsNothingOfStateThatWasNotLookedInto) {
  const auto before = job(id_of("in"), id_of("count"));
  const auto after = job(id_of("in"), id_of("counts"));
  model::JobSnapshot running = seen(before);
  running.checkpoint_details = {};
  const model::JobSnapshot candidate = seen(after);
  const GateReport report = judge_gate({&before, "/jobs/1", false, &running, {}},
                                       {&after, "/jobs/2", false, &candidate, {}}, {});
  EXPECT_EQ(report.verdict, GateVerdict::will_lose_state);
  EXPECT_FALSE(row(report, "state", "count").state);
}

TEST(Gate, TellsAnInheritedMaxParallelismFromASetOneWhereItCan) {
  const auto before = job(id_of("in"), id_of("count"), "count", 720);
  // 128 is what two subtasks get; 96 nobody gets unasked; 256 may be of an earlier parallelism.
  EXPECT_EQ(compare(before, job(id_of("in"), id_of("count"), "count", 128)).verdict,
            GateVerdict::safe);
  EXPECT_EQ(compare(before, job(id_of("in"), id_of("count"), "count", 96)).verdict,
            GateVerdict::will_fail);
  EXPECT_EQ(compare(before, job(id_of("in"), id_of("count"), "count", 256)).verdict,
            GateVerdict::cannot_know);
  GateOptions stated;
  stated.max_parallelism = 0;
  EXPECT_EQ(compare(before, job(id_of("in"), id_of("count"), "count", 256), stated).verdict,
            GateVerdict::safe);
}

TEST(Gate, DoesNotTakeForSetWhatACandidateMayHaveFromItsOwnState) {
  const auto before = job(id_of("in"), id_of("count"), "count", 720);
  const auto after = job(id_of("in"), id_of("count"), "count", 96);
  const model::JobSnapshot running = seen(before);
  model::JobSnapshot candidate = seen(after);
  candidate.checkpoints.value.edit().latest_restored = model::RestoredCheckpoint{};
  const GateReport report = judge_gate({&before, "/jobs/1", false, &running, {}},
                                       {&after, "/jobs/2", false, &candidate, {}}, {});
  EXPECT_EQ(report.verdict, GateVerdict::cannot_know);
}

TEST(Gate, LetsBackendsInterchangeByACanonicalSavepointOnly) {
  const auto same = job(id_of("in"), id_of("count"));
  const auto verdict = [&same](RestoreFrom from, std::string backend) {
    GateOptions options;
    options.from = from;
    options.state_backend = std::move(backend);
    return compare(same, same, options).verdict;
  };
  EXPECT_EQ(verdict(RestoreFrom::canonical_savepoint, "rocksdb"), GateVerdict::safe);
  EXPECT_EQ(verdict(RestoreFrom::native_savepoint, "rocksdb"), GateVerdict::will_fail);
  EXPECT_EQ(verdict(RestoreFrom::checkpoint, "rocksdb"), GateVerdict::will_fail);
  EXPECT_EQ(verdict(RestoreFrom::checkpoint, "hashmap"), GateVerdict::safe);
  EXPECT_EQ(verdict(RestoreFrom::canonical_savepoint, "forst"), GateVerdict::will_fail);
  EXPECT_EQ(verdict(RestoreFrom::canonical_savepoint, "com.example.Backend"),
            GateVerdict::cannot_know);
}

TEST(Gate, PromisesNothingBetweenMajorReleasesOrBackwards) {
  const auto same = job(id_of("in"), id_of("count"));
  const auto verdict = [&same](std::string_view before, std::string_view after) {
    return compare(same, same, {}, 1'000, before, after).verdict;
  };
  EXPECT_EQ(verdict("1.18.1", "1.20.5"), GateVerdict::safe);
  EXPECT_EQ(verdict("1.20.5", "1.18.1"), GateVerdict::cannot_know);
  EXPECT_EQ(verdict("1.20.5", "2.3.0"), GateVerdict::cannot_know);
  EXPECT_EQ(verdict("2.0.2", "2.3.0"), GateVerdict::safe);
}

TEST(Gate, ComparesNoBatchJob) {
  auto batch = job(id_of("in"), id_of("count"));
  batch.type = model::JobType::batch;
  const GateReport report = compare(batch, batch);
  EXPECT_EQ(report.verdict, GateVerdict::cannot_know);
  ASSERT_EQ(report.rows.size(), 1U);
}

}  // namespace
}  // namespace auditor::advice
