#include "audit/history.h"

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "tests/unit/support/fixture.h"

namespace auditor::audit {
namespace {

using model::EventKind;
using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto job_path = "/jobs/00000000000000000000000000000a01";

std::string kinds(const model::CycleRecord& record) {
  std::string all;
  for (const model::Event& event : record.events) {
    all += all.empty() ? "" : " ";
    all += to_text(event.kind);
  }
  return all;
}

/// A cluster whose answers change between looks.
class HistoryTest : public ::testing::Test {
 protected:
  model::CycleRecord look(std::chrono::milliseconds after) {
    return observe(snapshot_of(answers), after);
  }

  static model::Snapshot snapshot_of(const json& recording) { return testing::look(recording); }

  model::CycleRecord observe(model::Snapshot snapshot, std::chrono::milliseconds after) {
    if (first_look == base::Timestamp{}) {
      first_look = snapshot.taken_at;
    }
    snapshot.taken_at = first_look + after;
    // As where nothing is known of what an earlier look read.
    for (std::uint64_t* revision : {&snapshot.cluster.revision, &snapshot.configuration.revision}) {
      *revision = ++revisions;
    }
    for (model::JobSnapshot& job : snapshot.jobs) {
      job.details.revision = ++revisions;
    }
    model::CycleRecord record;
    history.observe(snapshot, record);
    return record;
  }

  json& body(const std::string& path) { return answers["answers"][path]["body"]; }

  /// The job under another JobID, as after a redeployment.
  void rename_job(const std::string& to) {
    std::string text = answers.dump();
    for (std::size_t at = text.find(id); at != std::string::npos; at = text.find(id, at)) {
      text.replace(at, id.size(), to);
    }
    answers = json::parse(text);
    id = to;
  }

  std::string id = "00000000000000000000000000000a01";
  json answers = testing::recording_of(json::object());
  History history{"prod"};
  base::Timestamp first_look{};
  std::uint64_t revisions = 0;
};

TEST_F(HistoryTest, AJobAppearsWithItsDeploymentAndCheckpoints) {
  const auto record = look(seconds(0));
  EXPECT_EQ(kinds(record), "job_appeared");
  ASSERT_EQ(record.jobs.size(), 1U);
  EXPECT_EQ(record.jobs[0].name, "orders");
  EXPECT_EQ(record.jobs[0].key, "orders");
  ASSERT_EQ(record.deployments.size(), 1U);
  EXPECT_TRUE(record.deployments[0].changed.empty());
  EXPECT_FALSE(record.deployments[0].configuration_hash.empty());
  EXPECT_FALSE(record.checkpoints.empty());
  EXPECT_EQ(history.live_jobs().size(), 1U);
}

TEST_F(HistoryTest, ALookThatSeesNothingNewWritesNothing) {
  look(seconds(0));
  EXPECT_TRUE(look(seconds(30)).empty());
}

TEST_F(HistoryTest, ANewJobIdOfTheSameNameIsADeployment) {
  const auto first = look(seconds(0));
  rename_job("00000000000000000000000000000b02");
  const auto record = look(seconds(30));
  EXPECT_EQ(kinds(record), "job_deployed");
  ASSERT_EQ(record.deployments.size(), 1U);
  EXPECT_EQ(record.deployments[0].changed, std::vector<std::string>{"JobID"});
  EXPECT_EQ(record.jobs.at(0).id, first.jobs.at(0).id);
  EXPECT_FALSE(record.checkpoints.empty()) << "another run counts its checkpoints anew";
}

TEST_F(HistoryTest, ALaterStartWithNothingChangedIsAFailOver) {
  look(seconds(0));
  body(job_path)["start-time"] = body(job_path)["start-time"].get<std::int64_t>() + 60'000;
  const auto record = look(seconds(30));
  EXPECT_EQ(kinds(record), "jobmanager_failed_over");
  EXPECT_TRUE(record.deployments.empty());
  EXPECT_EQ(kinds(look(seconds(60))), "");
}

TEST_F(HistoryTest, AFailOverIsToldThoughALookSawTheJobWithoutItsPlan) {
  look(seconds(0));
  const json whole = body(job_path);
  json& sparse = body(job_path);
  sparse["start-time"] = whole["start-time"].get<std::int64_t>() + 60'000;
  sparse["state"] = "INITIALIZING";
  sparse["vertices"] = json::array();
  sparse["plan"]["nodes"] = json::array();
  const json started = sparse["start-time"];
  EXPECT_EQ(kinds(look(seconds(30))), "job_state_changed");
  body(job_path) = whole;
  body(job_path)["start-time"] = started;
  EXPECT_EQ(kinds(look(seconds(60))), "job_state_changed jobmanager_failed_over");
  EXPECT_EQ(kinds(look(seconds(90))), "");
}

TEST_F(HistoryTest, AnotherParallelismUnderTheSameJobIdIsADeployment) {
  look(seconds(0));
  for (json& vertex : body(job_path)["vertices"]) {
    vertex["parallelism"] = 16;
  }
  const auto record = look(seconds(30));
  EXPECT_EQ(kinds(record), "job_deployed");
  EXPECT_EQ(record.deployments.at(0).changed, std::vector<std::string>{"parallelism"});
  EXPECT_EQ(record.deployments.at(0).parallelism, 16);
}

TEST_F(HistoryTest, VolatileKeysAreNoDeployment) {
  look(seconds(0));
  body("/jobmanager/config").push_back({{"key", "jobmanager.rpc.address"}, {"value", "10.0.0.9"}});
  body("/jobmanager/config").push_back({{"key", "web.tmpdir"}, {"value", "/tmp/x"}});
  EXPECT_EQ(kinds(look(seconds(30))), "");
  body("/jobmanager/config").push_back({{"key", "parallelism.default"}, {"value", "7"}});
  model::Snapshot later = snapshot_of(answers);
  later.configuration.observed_at += minutes(1);
  EXPECT_EQ(kinds(observe(later, seconds(60))), "job_deployed");
}

TEST_F(HistoryTest, AJobThatFinishesHasEnded) {
  look(seconds(0));
  body("/jobs/overview")["jobs"][0]["state"] = "FINISHED";
  const auto record = look(seconds(30));
  EXPECT_EQ(kinds(record), "job_ended");
  EXPECT_EQ(record.events[0].to, "FINISHED");
  EXPECT_TRUE(record.jobs.at(0).ended_at.has_value());
  EXPECT_TRUE(history.live_jobs().empty());
  EXPECT_TRUE(look(seconds(60)).empty());
}

/// It has ended, and yet is judged: by the check that tells of it.
TEST_F(HistoryTest, AJobThatFailedHasEndedAndIsStillKnown) {
  const std::string record = look(seconds(0)).jobs.at(0).id;
  body("/jobs/overview")["jobs"][0]["state"] = "FAILED";
  body(job_path)["state"] = "FAILED";
  EXPECT_EQ(kinds(look(seconds(30))), "job_ended");
  EXPECT_EQ(history.judged_jobs().at(model::JobId(id)), record);
  EXPECT_TRUE(history.live_jobs().empty());
  EXPECT_TRUE(look(seconds(60)).empty());
  EXPECT_EQ(history.judged_jobs().size(), 1U);
}

TEST_F(HistoryTest, AJobThatHadFailedBeforeTheFirstLookIsKnownAndNotLive) {
  body("/jobs/overview")["jobs"][0]["state"] = "FAILED";
  body(job_path)["state"] = "FAILED";
  const auto record = look(seconds(0));
  ASSERT_EQ(record.jobs.size(), 1U);
  EXPECT_TRUE(record.jobs[0].ended_at);
  EXPECT_EQ(history.judged_jobs().size(), 1U);
  EXPECT_TRUE(history.live_jobs().empty());
  EXPECT_TRUE(look(seconds(30)).empty());
}

TEST_F(HistoryTest, KnowsSinceWhenAJobIsInItsState) {
  const auto stay = [this] { return history.for_checks().of(model::JobId(id)).stay; };
  look(seconds(0));
  look(minutes(9));
  EXPECT_EQ(stay().since, first_look);
  EXPECT_FALSE(stay().ran_long);
  look(minutes(10));
  EXPECT_TRUE(stay().ran_long);
  body(job_path)["state"] = "CREATED";
  look(minutes(11));
  look(minutes(12));
  EXPECT_EQ(stay().since, first_look + minutes(11));
  EXPECT_TRUE(stay().ran_long) << "it ran before";
}

TEST_F(HistoryTest, AJobThatIsNotListedIsKeptForAWhile) {
  look(seconds(0));
  const json listed = body("/jobs/overview");
  body("/jobs/overview")["jobs"] = json::array();
  EXPECT_EQ(kinds(look(seconds(30))), "");
  EXPECT_EQ(history.live_jobs().size(), 1U);
  EXPECT_EQ(kinds(look(seconds(149))), "");
  EXPECT_EQ(kinds(look(seconds(150))), "job_disappeared");
  EXPECT_TRUE(history.live_jobs().empty());
  body("/jobs/overview") = listed;
  const auto back = look(seconds(180));
  EXPECT_EQ(kinds(back), "");
  ASSERT_EQ(back.jobs.size(), 1U);
  EXPECT_FALSE(back.jobs[0].ended_at.has_value());
}

TEST_F(HistoryTest, StateChangesAndRestartsAreEvents) {
  body(job_path)["timestamps"]["RESTARTING"] = 0;
  look(seconds(0));
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
                      (first_look + seconds(10)).time_since_epoch())
                      .count();
  body(job_path)["state"] = "RESTARTING";
  body(job_path)["timestamps"]["RESTARTING"] = at;
  const auto record = look(seconds(30));
  EXPECT_EQ(kinds(record), "job_state_changed job_restarted");
  EXPECT_EQ(record.events[0].from, "RUNNING");
  EXPECT_EQ(record.events[1].at, first_look + seconds(10));
  EXPECT_EQ(kinds(look(seconds(60))), "");
}

TEST_F(HistoryTest, ARestartOfBeforeTheFirstLookIsNoEvent) {
  body(job_path)["timestamps"]["RESTARTING"] = 1'000'000'000'000;
  EXPECT_EQ(kinds(look(seconds(0))), "job_appeared");
}

TEST_F(HistoryTest, JobsThatShareANameAreToldApartByTheirPlans) {
  look(seconds(0));
  json other = answers["answers"][job_path];
  other["body"]["jid"] = "00000000000000000000000000000c03";
  other["body"]["vertices"][0]["id"] = "00000000000000000000000000000fff";
  answers["answers"]["/jobs/00000000000000000000000000000c03"] = other;
  json row = body("/jobs/overview")["jobs"][0];
  row["jid"] = "00000000000000000000000000000c03";
  body("/jobs/overview")["jobs"].push_back(row);
  const auto record = look(seconds(30));
  ASSERT_EQ(record.jobs.size(), 1U);
  EXPECT_NE(record.jobs[0].key, "orders");
  EXPECT_TRUE(record.jobs[0].key.starts_with("orders\n"));
  EXPECT_EQ(history.live_jobs().size(), 2U);
}

TEST_F(HistoryTest, AFailedLookIsToldOnceAndTheReturnToo) {
  look(seconds(0));
  model::Snapshot failed;
  failed.failure = base::Error{base::ErrorKind::network, "refused", 0};
  const auto record = observe(failed, seconds(30));
  EXPECT_EQ(kinds(record), "cluster_unreachable");
  EXPECT_FALSE(record.reachable);
  EXPECT_EQ(history.for_checks().failing_since, first_look + seconds(30));
  EXPECT_EQ(history.for_checks().watched_jobs, 1U);
  EXPECT_EQ(kinds(observe(failed, seconds(60))), "");
  EXPECT_EQ(history.for_checks().failing_since, first_look + seconds(30));
  EXPECT_EQ(kinds(look(seconds(90))), "cluster_reachable");
  EXPECT_FALSE(history.for_checks().failing_since.has_value());
}

TEST_F(HistoryTest, AnApplicationClusterGoesWithItsJob) {
  body("/jobmanager/config")
      .push_back({{"key", "execution.target"}, {"value", "kubernetes-application"}});
  look(seconds(0));
  body("/jobs/overview")["jobs"][0]["state"] = "FINISHED";
  look(seconds(30));
  EXPECT_EQ(history.for_checks().ended_job_state, "FINISHED");
  model::Snapshot failed;
  failed.failure = base::Error{base::ErrorKind::network, "refused", 0};
  EXPECT_EQ(kinds(observe(failed, seconds(60))), "cluster_gone");
}

TEST_F(HistoryTest, ASessionClusterDoesNot) {
  look(seconds(0));
  body("/jobs/overview")["jobs"][0]["state"] = "FINISHED";
  look(seconds(30));
  EXPECT_EQ(history.for_checks().ended_job_state, "");
}

TEST_F(HistoryTest, OnlyCheckpointsNotSeenBeforeAreKept) {
  const auto first = look(seconds(0));
  ASSERT_FALSE(first.checkpoints.empty());
  json next = body(std::string(job_path) + "/checkpoints")["history"][0];
  next["id"] = 43;
  next["status"] = "FAILED";
  next["failure_message"] = "Checkpoint expired before completing.";
  body(std::string(job_path) + "/checkpoints")["history"].insert(
      body(std::string(job_path) + "/checkpoints")["history"].begin(), next);
  const auto record = look(seconds(30));
  ASSERT_EQ(record.checkpoints.size(), 1U);
  EXPECT_EQ(record.checkpoints[0].checkpoint_id, 43);
  EXPECT_EQ(record.checkpoints[0].status, model::CheckpointStatus::failed);
  EXPECT_EQ(record.checkpoints[0].failure, "Checkpoint expired before completing.");
}

TEST_F(HistoryTest, GoesOnAfterARestartOfTheDaemon) {
  const auto first = look(seconds(0));
  History restarted("prod");
  restarted.restore({.jobs = first.jobs,
                     .deployments = first.deployments,
                     .checkpoints = first.checkpoints,
                     .last_seen = first_look});
  history = std::move(restarted);
  const auto record = look(seconds(30));
  EXPECT_EQ(kinds(record), "");
  EXPECT_TRUE(record.jobs.empty());
  EXPECT_TRUE(record.deployments.empty());
  EXPECT_TRUE(record.checkpoints.empty());
}

/// What the next run is compared with outlives the daemon.
TEST_F(HistoryTest, ARedeploymentIsComparedAcrossARestartOfTheDaemon) {
  const auto first = look(seconds(0));
  ASSERT_EQ(first.deployments.size(), 1U);
  EXPECT_EQ(first.deployments[0].state_backend, "EmbeddedRocksDBStateBackend");
  ASSERT_EQ(first.deployments[0].vertices.size(), 2U);
  EXPECT_EQ(first.deployments[0].vertices[0].state_size, base::Bytes{209'715'200});
  History restarted("prod");
  restarted.restore({.jobs = first.jobs,
                     .deployments = first.deployments,
                     .checkpoints = first.checkpoints,
                     .last_seen = first_look});
  history = std::move(restarted);
  rename_job("00000000000000000000000000000b02");
  look(minutes(1));
  const model::JobHistory& seen =
      history.for_checks().of(model::JobId("00000000000000000000000000000b02"));
  ASSERT_TRUE(seen.previous);
  EXPECT_EQ(seen.previous->flink_job_id.value, "00000000000000000000000000000a01");
  EXPECT_EQ(seen.previous->vertices, first.deployments[0].vertices);
  EXPECT_GE(seen.completed.size(), 10U);
  look(minutes(2) + std::chrono::days(1));
  EXPECT_FALSE(history.for_checks().of(model::JobId("00000000000000000000000000000b02")).previous)
      << "a day after it";
}

TEST_F(HistoryTest, AJobThatIsGoneIsTold) {
  look(seconds(0));
  look(minutes(11));
  body("/jobs/overview")["jobs"] = json::array();
  look(minutes(12));
  EXPECT_TRUE(history.for_checks().disappeared.empty()) << "a JobManager may be failing over";
  const auto record = look(minutes(15));
  EXPECT_EQ(kinds(record), "job_disappeared");
  ASSERT_EQ(history.for_checks().disappeared.size(), 1U);
  EXPECT_TRUE(history.for_checks().disappeared[0].ran_long);
  EXPECT_EQ(history.for_checks().disappeared[0].last_listed, first_look + minutes(12));
  EXPECT_TRUE(history.judged_jobs().contains(model::JobId(id))) << "a check speaks of it";
  // Over a restart of the daemon, for a day.
  History restarted("prod");
  restarted.restore({.jobs = record.jobs, .last_seen = first_look + minutes(15)});
  history = std::move(restarted);
  look(minutes(16));
  EXPECT_EQ(history.for_checks().disappeared.size(), 1U);
  look(std::chrono::days(2));
  EXPECT_TRUE(history.for_checks().disappeared.empty());
}

TEST_F(HistoryTest, AJobThatVanishedWhileNobodyLookedMayHaveEndedWell) {
  const auto first = look(seconds(0));
  History restarted("prod");
  restarted.restore({.jobs = first.jobs, .last_seen = first_look});
  history = std::move(restarted);
  body("/jobs/overview")["jobs"] = json::array();
  look(std::chrono::hours(2));
  EXPECT_EQ(kinds(look(std::chrono::hours(3))), "job_disappeared");
  EXPECT_TRUE(history.for_checks().disappeared.empty());
}

TEST_F(HistoryTest, ADayThatIsOverIsWritten) {
  look(seconds(0));
  auto& newest = body(std::string(job_path) + "/checkpoints")["history"][0];
  newest["id"] = 43;
  newest["trigger_timestamp"] = newest["trigger_timestamp"].get<std::int64_t>() + 86'400'000;
  const auto record = look(std::chrono::days(1));
  ASSERT_EQ(record.state_days.size(), 1U);
  EXPECT_EQ(record.state_days[0].largest, base::Bytes{419'430'400});
  EXPECT_EQ(history.for_checks().of(model::JobId(id)).state_days.size(), 2U);
}

TEST_F(HistoryTest, HoursWithRecordsOutliveARestartOfTheDaemonAndARedeployment) {
  const auto first = look(seconds(0));
  ASSERT_EQ(first.job_hours.size(), 1U) << "since when it is watched";
  EXPECT_TRUE(look(seconds(30)).job_hours.empty());
  body(job_path)["vertices"][1]["metrics"]["read-records"] = 2'000'000;
  const auto moved = look(minutes(1));
  ASSERT_EQ(moved.job_hours.size(), 1U);
  const model::ActiveHours& before = moved.job_hours[0].hours;
  EXPECT_TRUE(before.moved_in(before.newest));
  EXPECT_TRUE(look(minutes(2)).job_hours.empty()) << "the hour is written";
  EXPECT_EQ(look(std::chrono::hours(7)).job_hours.size(), 1U) << "how long it was watched";

  History restarted("prod");
  restarted.restore({.jobs = first.jobs, .job_hours = moved.job_hours, .last_seen = first_look});
  history = std::move(restarted);
  const std::string next = "00000000000000000000000000000b02";
  rename_job(next);
  look(minutes(30));
  const auto& hours = history.for_checks().flows.at(model::JobId(next)).hours;
  ASSERT_TRUE(hours);
  EXPECT_TRUE(hours->moved_in(before.newest));
  EXPECT_EQ(hours->watched_since, first_look);
  EXPECT_EQ(hours->resumed_at, first_look + minutes(30));
  EXPECT_EQ(hours->last_moved, first_look + minutes(1));
}

TEST_F(HistoryTest, ScoresAreKeptWhereTheyMove) {
  const model::Snapshot snapshot = snapshot_of(answers);
  look(seconds(0));
  model::CycleRecord record;
  const model::AuditReport report = judge(snapshot, {}).report;
  history.note_scores(report, record);
  EXPECT_EQ(record.scores.size(), 2U) << "the cluster's and the job's";
  model::CycleRecord again;
  history.note_scores(report, again);
  EXPECT_TRUE(again.scores.empty());
}

}  // namespace
}  // namespace auditor::audit
