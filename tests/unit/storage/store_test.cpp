#include "storage/store.h"

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "model/verdict_json.h"
#include "tests/unit/storage/support.h"

namespace auditor::storage {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::at;
using testing::Folder;
using testing::in_child;
using testing::open_reader;
using testing::open_store;

/// A record with one of each kind, every field set.
model::CycleRecord full_record() {
  model::CycleRecord record = testing::record_of("prod", at(hours(1)));
  record.labels = {{"team", "a"}, {"zone", "b"}};
  model::JobRecord job = testing::job_of("prod", "orders", at(minutes(1)));
  job.last_seen = at(hours(1));
  record.jobs = {job};
  record.deployments = {{.job = job.id,
                         .flink_job_id = job.flink_job_id,
                         .started_at = at(minutes(1)),
                         .seen_at = at(minutes(2)),
                         .plan_hash = "aa",
                         .configuration_hash = "bb",
                         .flink_version = "1.20.1",
                         .parallelism = 8,
                         .changed = {"plan", "parallelism"},
                         .state_backend = "HashMapStateBackend",
                         .checkpoint_storage = "FileSystemCheckpointStorage",
                         .vertices = {}}};
  record.events = {{model::EventKind::job_restarted, at(minutes(3)), job.id, "RUNNING",
                    "RESTARTING", "a task failed"},
                   {model::EventKind::cluster_reachable, at(minutes(4)), "", "x", "y", "z"}};
  record.verdicts = {testing::interval_of(job.id, "one", at(minutes(5)))};
  record.verdicts[0].vertex_name = "Source";
  model::Finding finding =
      testing::finding_of("prod", job.id, "checkpointing-disabled", at(minutes(6)));
  finding.pending_since = at(minutes(7));
  finding.firing_since = at(minutes(8));
  finding.last_failed = at(minutes(9));
  finding.episodes = 3;
  finding.waiver = "w1";
  finding.verdict.edit().subject = model::Subject{.kind = model::SubjectKind::vertex,
                                                  .job_id = job.flink_job_id,
                                                  .job_name = "orders",
                                                  .vertex_id = model::JobVertexId("v1"),
                                                  .vertex_name = "Source",
                                                  .vertex_ordinal = 2};
  finding.verdict.edit().confidence = model::Confidence::likely;
  finding.verdict.edit().remediation = "set it:\n    key: value";
  finding.verdict.edit().evidence = {
      {.label = "interval",
       .value = std::int64_t{60'000},
       .unit = "ms",
       .expected = "≤ 10 s",
       .source = model::EvidenceSource{"/jobs/1", "/a/0"},
       .observed_at = at(minutes(5))},
      {.label = "share", .value = 2.0, .unit = "", .expected = "", .source = {}, .observed_at = {}},
      {.label = "name",
       .value = std::string("x"),
       .unit = "",
       .expected = "",
       .source = {},
       .observed_at = {}}};
  finding.verdict.edit().waiver = model::WaiverNote{"w1", "known", "me", at(days(3))};
  record.findings = {finding};
  model::Transition transition = testing::transition_of(finding, at(minutes(8)));
  transition.from = model::FindingState::pending;
  transition.waived = true;
  transition.reason = "since 1 min";
  record.transitions = {transition};
  record.checkpoints = {testing::checkpoint_of(job.id, 7, at(minutes(10)))};
  record.checkpoints[0].is_savepoint = true;
  record.checkpoints[0].status = model::CheckpointStatus::failed;
  record.checkpoints[0].failure = "expired";
  record.checkpoints[0].critical_path = model::CriticalPath{
      "window -> Sink",
      "tm-1",
      "host-1",
      {3, std::chrono::milliseconds(4'000), std::nullopt, std::chrono::milliseconds(0),
       std::chrono::milliseconds(20), std::chrono::milliseconds(3'900)}};
  record.state_days = {{job.id, std::chrono::floor<days>(at({})) - days(1), base::Bytes{5'000},
                        std::chrono::milliseconds(900)}};
  model::JobHours& of_job = record.job_hours.emplace_back();
  of_job.job = job.id;
  of_job.hours.newest = 498'000;
  of_job.hours.watched_since = at(-days(20));
  of_job.hours.last_moved = at(minutes(9));
  for (const std::size_t hour :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{839}}) {
    of_job.hours.moved.set(hour);
  }
  record.scores = {{job.id, at(minutes(11)), 87.5, 0.75},
                   {"", at(minutes(12)), std::nullopt, 0.25}};
  record.report_gz = std::string("gz\0x", 4);
  return record;
}

void expect_equal(const model::Finding& a, const model::Finding& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.cluster, b.cluster);
  EXPECT_EQ(a.job, b.job);
  EXPECT_EQ(model::to_json(*a.verdict), model::to_json(*b.verdict));
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.first_seen, b.first_seen);
  EXPECT_EQ(a.pending_since, b.pending_since);
  EXPECT_EQ(a.firing_since, b.firing_since);
  EXPECT_EQ(a.resolved_at, b.resolved_at);
  EXPECT_EQ(a.last_failed, b.last_failed);
  EXPECT_EQ(a.episodes, b.episodes);
  EXPECT_EQ(a.waiver, b.waiver);
}

void expect_equal(const model::JobRecord& a, const model::JobRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.cluster, b.cluster);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.flink_job_id, b.flink_job_id);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.first_seen, b.first_seen);
  EXPECT_EQ(a.last_seen, b.last_seen);
  EXPECT_EQ(a.ended_at, b.ended_at);
}

void expect_equal(const model::CheckpointRecord& a, const model::CheckpointRecord& b) {
  EXPECT_EQ(a.job, b.job);
  EXPECT_EQ(a.flink_job_id, b.flink_job_id);
  EXPECT_EQ(a.checkpoint_id, b.checkpoint_id);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.is_savepoint, b.is_savepoint);
  EXPECT_EQ(a.triggered_at, b.triggered_at);
  EXPECT_EQ(a.duration, b.duration);
  EXPECT_EQ(a.checkpointed_size, b.checkpointed_size);
  EXPECT_EQ(a.state_size, b.state_size);
  EXPECT_EQ(a.start_delay, b.start_delay);
  EXPECT_EQ(a.alignment, b.alignment);
  EXPECT_EQ(a.sync, b.sync);
  EXPECT_EQ(a.async, b.async);
  EXPECT_EQ(a.critical_path, b.critical_path);
  EXPECT_EQ(a.failure, b.failure);
}

void expect_equal(const model::Deployment& a, const model::Deployment& b) {
  EXPECT_EQ(a.job, b.job);
  EXPECT_EQ(a.flink_job_id, b.flink_job_id);
  EXPECT_EQ(a.started_at, b.started_at);
  EXPECT_EQ(a.seen_at, b.seen_at);
  EXPECT_EQ(a.plan_hash, b.plan_hash);
  EXPECT_EQ(a.configuration_hash, b.configuration_hash);
  EXPECT_EQ(a.flink_version, b.flink_version);
  EXPECT_EQ(a.parallelism, b.parallelism);
  EXPECT_EQ(a.changed, b.changed);
  EXPECT_EQ(a.state_backend, b.state_backend);
  EXPECT_EQ(a.checkpoint_storage, b.checkpoint_storage);
  EXPECT_EQ(a.vertices, b.vertices);
}

void expect_equal(const model::VerdictInterval& a, const model::VerdictInterval& b) {
  EXPECT_EQ(a.job, b.job);
  EXPECT_EQ(a.check, b.check);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.severity, b.severity);
  EXPECT_EQ(a.vertex_name, b.vertex_name);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.opened_at, b.opened_at);
  EXPECT_EQ(a.closed_at, b.closed_at);
}

void expect_equal(const model::Event& a, const model::Event& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.job, b.job);
  EXPECT_EQ(a.from, b.from);
  EXPECT_EQ(a.to, b.to);
  EXPECT_EQ(a.detail, b.detail);
}

TEST(Store, RemembersEachKindAfterARestart) {
  const Folder folder;
  const model::CycleRecord record = full_record();
  {
    const auto store = open_store(folder.file());
    ASSERT_TRUE(store->commit(std::vector{record}));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("history.db-wal"))) << "the store closed";
  const auto store = open_store(folder.file());
  const auto remembered = store->remembered(at(hours(1)));
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->clusters.size(), 1U);
  const Remembered::Cluster& cluster = remembered->clusters.at("prod");
  EXPECT_EQ(cluster.url, record.url);
  EXPECT_TRUE(cluster.reachable);
  EXPECT_EQ(cluster.last_seen, record.at);
  EXPECT_EQ(cluster.report_gz, record.report_gz);
  EXPECT_EQ(cluster.report_at, record.at);
  ASSERT_EQ(cluster.jobs.size(), 1U);
  expect_equal(cluster.jobs[0], record.jobs[0]);
  ASSERT_EQ(cluster.deployments.size(), 1U);
  expect_equal(cluster.deployments[0], record.deployments[0]);
  ASSERT_EQ(cluster.findings.size(), 1U);
  expect_equal(cluster.findings[0], record.findings[0]);
  ASSERT_EQ(cluster.verdicts.size(), 1U);
  expect_equal(cluster.verdicts[0], record.verdicts[0]);
  ASSERT_EQ(cluster.checkpoints.size(), 1U);
  expect_equal(cluster.checkpoints[0], record.checkpoints[0]);
  ASSERT_EQ(cluster.state_days.size(), 1U);
  EXPECT_EQ(cluster.state_days[0].job, record.jobs[0].id);
  EXPECT_EQ(cluster.state_days[0].day, record.state_days[0].day);
  EXPECT_EQ(cluster.state_days[0].largest, base::Bytes{5'000});
  EXPECT_EQ(cluster.state_days[0].longest_duration, std::chrono::milliseconds(900));
  ASSERT_EQ(cluster.job_hours.size(), 1U);
  EXPECT_EQ(cluster.job_hours[0].job, record.jobs[0].id);
  EXPECT_EQ(cluster.job_hours[0].hours.newest, 498'000);
  EXPECT_EQ(cluster.job_hours[0].hours.watched_since, at(-days(20)));
  EXPECT_EQ(cluster.job_hours[0].hours.last_moved, at(minutes(9)));
  EXPECT_EQ(cluster.job_hours[0].hours.moved, record.job_hours[0].hours.moved);
  ASSERT_EQ(cluster.scores.size(), 2U);
  EXPECT_EQ(cluster.scores[0].job, "");
  EXPECT_EQ(cluster.scores[0].value, std::nullopt);
  EXPECT_EQ(cluster.scores[0].coverage, 0.25);
  EXPECT_EQ(cluster.scores[1].job, record.jobs[0].id);
  EXPECT_EQ(cluster.scores[1].value, 87.5);
}

TEST(Store, RemembersWhatTheNextRunIsComparedWith) {
  const Folder folder;
  model::CycleRecord record = testing::record_of("prod", at({}));
  record.jobs = {testing::job_of("prod", "orders", at({}))};
  const std::string job = record.jobs[0].id;
  for (int i = 0; i < 3; ++i) {
    model::Deployment& deployment = record.deployments.emplace_back();
    deployment.job = job;
    deployment.seen_at = at(hours(i));
    deployment.flink_version = "1." + std::to_string(18 + i);
  }
  record.jobs[0].ended_at = at(hours(4));
  record.checkpoints = {testing::checkpoint_of(job, 1, at(hours(3)))};
  record.events = {{model::EventKind::jobmanager_failed_over, at(hours(3)), job, "", "", ""},
                   {model::EventKind::job_restarted, at(hours(3)), job, "", "", ""}};
  // The first checkpoint of a deployment tells what held state.
  model::CycleRecord later = testing::record_of("prod", at(hours(4)));
  later.deployments = {record.deployments[2]};
  later.deployments[0].vertices = {{model::JobVertexId("v1"), "window", 128, base::Bytes{1'000}},
                                   {model::JobVertexId("v2"), "sink", std::nullopt, std::nullopt}};
  const auto store = open_store(folder.file());
  ASSERT_TRUE(store->commit(std::vector{record, later}));
  EXPECT_EQ(testing::number(folder.file(), "SELECT count(*) FROM deployments"), 3);

  const auto remembered = store->remembered(at(days(2)));
  ASSERT_TRUE(remembered);
  const Remembered::Cluster& cluster = remembered->clusters.at("prod");
  ASSERT_EQ(cluster.deployments.size(), 2U);
  EXPECT_EQ(cluster.deployments[0].flink_version, "1.19");
  later.deployments[0].started_at = at(hours(3));  // by the fail-over
  expect_equal(cluster.deployments[1], later.deployments[0]);
  EXPECT_EQ(cluster.checkpoints.size(), 1U) << "though the job has ended";
  EXPECT_TRUE(cluster.failovers.empty()) << "two days ago";
  const auto sooner = store->remembered(at(hours(5)));
  ASSERT_TRUE(sooner);
  ASSERT_EQ(sooner->clusters.at("prod").failovers.size(), 1U);
  EXPECT_EQ(sooner->clusters.at("prod").failovers[0].kind,
            model::EventKind::jobmanager_failed_over);
  const auto long_after = store->remembered(at(days(8)));
  ASSERT_TRUE(long_after);
  EXPECT_TRUE(long_after->clusters.at("prod").jobs.empty());
}

TEST(Store, GivesEachKindToReaders) {
  const Folder folder;
  const model::CycleRecord record = full_record();
  const auto store = open_store(folder.file());
  ASSERT_TRUE(store->commit(std::vector{record}));
  const auto reader = open_reader(folder.file());
  const std::string job = record.jobs[0].id;

  const auto found = reader->job(job);
  ASSERT_TRUE(found && *found);
  expect_equal(**found, record.jobs[0]);
  const auto findings = reader->findings({});
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->items.size(), 1U);
  expect_equal(findings->items[0], record.findings[0]);
  const auto history = reader->finding(record.findings[0].id);
  ASSERT_TRUE(history && *history);
  ASSERT_EQ((*history)->transitions.size(), 1U);
  const model::Transition& transition = (*history)->transitions[0];
  EXPECT_EQ(transition.finding, record.findings[0].id);
  EXPECT_EQ(transition.from, model::FindingState::pending);
  EXPECT_EQ(transition.to, model::FindingState::firing);
  EXPECT_EQ(transition.at, at(minutes(8)));
  EXPECT_EQ(transition.severity, model::Severity::high);
  EXPECT_TRUE(transition.waived);
  EXPECT_EQ(transition.reason, "since 1 min");
  EXPECT_GT(transition.id, 0);

  const auto timeline = reader->timeline(job, {});
  ASSERT_TRUE(timeline);
  ASSERT_EQ(timeline->deployments.size(), 1U);
  expect_equal(timeline->deployments[0], record.deployments[0]);
  ASSERT_EQ(timeline->events.size(), 1U);
  expect_equal(timeline->events[0], record.events[0]);
  ASSERT_EQ(timeline->verdicts.size(), 1U);
  expect_equal(timeline->verdicts[0], record.verdicts[0]);
  ASSERT_EQ(timeline->transitions.size(), 1U);
  ASSERT_EQ(timeline->checkpoints.size(), 1U);
  expect_equal(timeline->checkpoints[0], record.checkpoints[0]);
  ASSERT_EQ(timeline->scores.size(), 1U);
  EXPECT_EQ(timeline->scores[0].at, at(minutes(11)));

  const auto own = reader->cluster_timeline("prod", {});
  ASSERT_TRUE(own);
  ASSERT_EQ(own->events.size(), 1U);
  expect_equal(own->events[0], record.events[1]);
  ASSERT_EQ(own->scores.size(), 1U);
  EXPECT_EQ(own->scores[0].value, std::nullopt);
}

TEST(Store, ClosesAnIntervalWhereTheNextOpens) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("prod", at({}));
  record.jobs = {testing::job_of("prod", "orders", at({}))};
  const std::string job = record.jobs[0].id;
  for (const int minute : {1, 2, 3}) {
    record.verdicts = {testing::interval_of(job, "one", at(minutes(minute)))};
    record.verdicts[0].gone = minute == 3;
    ASSERT_TRUE(store->commit(std::vector{record}));
  }
  const auto timeline = open_reader(folder.file())->timeline(job, {});
  ASSERT_TRUE(timeline);
  ASSERT_EQ(timeline->verdicts.size(), 2U);
  EXPECT_EQ(timeline->verdicts[0].closed_at, at(minutes(2)));
  EXPECT_EQ(timeline->verdicts[1].closed_at, at(minutes(3)));
  EXPECT_TRUE(store->remembered(at({}))->clusters.at("prod").verdicts.empty());
}

TEST(Store, ForgetsRemovedClustersUntilTheyComeBack) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = full_record();
  ASSERT_TRUE(store->commit(std::vector{record}));
  model::CycleRecord removal = testing::record_of("prod", at(hours(2)));
  removal.removed = true;
  ASSERT_TRUE(store->commit(std::vector{removal}));
  EXPECT_TRUE(store->remembered(at(hours(2)))->clusters.empty());
  EXPECT_TRUE(open_reader(folder.file())->jobs({})->items.empty());
  removal.removed = false;
  ASSERT_TRUE(store->commit(std::vector{removal}));
  EXPECT_EQ(store->remembered(at(hours(2)))->clusters.at("prod").jobs.size(), 1U);
}

TEST(Store, RemembersTheLatestTwentyCheckpointsOldestFirst) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("prod", at({}));
  record.jobs = {testing::job_of("prod", "a", at({})), testing::job_of("prod", "b", at({}))};
  for (int i = 0; i < 30; ++i) {
    record.checkpoints.push_back(testing::checkpoint_of(record.jobs[0].id, i, at(minutes(i))));
  }
  record.checkpoints.push_back(testing::checkpoint_of(record.jobs[1].id, 1, at({})));
  ASSERT_TRUE(store->commit(std::vector{record}));
  const auto remembered = store->remembered(at({}))->clusters.at("prod").checkpoints;
  ASSERT_EQ(remembered.size(), 21U);
  EXPECT_EQ(remembered.front().checkpoint_id, 10);
  EXPECT_EQ(remembered[19].checkpoint_id, 29);
}

TEST(Store, KeepsUnreachableSince) {
  const Folder folder;
  const auto store = open_store(folder.file());
  for (const int minute : {1, 2, 3}) {
    model::CycleRecord record = testing::record_of("prod", at(minutes(minute)));
    record.reachable = minute == 1;
    ASSERT_TRUE(store->commit(std::vector{record}));
  }
  const auto cluster = store->remembered(at({}))->clusters.at("prod");
  EXPECT_FALSE(cluster.reachable);
  EXPECT_EQ(cluster.last_seen, at(minutes(2))) << "when that began";
}

TEST(Store, KeepsTextOfAnyKind) {
  const Folder folder;
  const auto store = open_store(folder.file());
  const std::vector<std::string> names{"it's \"quoted\"; DROP TABLE jobs; --",
                                       "two\nlines",
                                       "bad \xff\xfe utf-8",
                                       std::string(100'000, 'n'),
                                       std::string("zero\0in", 7),
                                       "%_*?[",
                                       ""};
  model::CycleRecord record = testing::record_of("it's\n\xff", at({}));
  for (const std::string& name : names) {
    record.jobs.push_back(testing::job_of(record.cluster, name, at({})));
    const std::string job = record.jobs.back().id;
    record.events.push_back({model::EventKind::job_appeared, at({}), job, name, name, name});
    record.findings.push_back(testing::finding_of(record.cluster, job, "c", at({})));
    record.findings.back().verdict.edit().message = name;
  }
  ASSERT_TRUE(store->commit(std::vector{record}));
  const auto cluster = store->remembered(at({}))->clusters.at(record.cluster);
  EXPECT_EQ(cluster.jobs.size(), names.size());
  EXPECT_EQ(cluster.findings.size(), names.size());
  const auto reader = open_reader(folder.file());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = reader->job(record.jobs[i].id);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->name, names[i]);
    EXPECT_EQ(reader->timeline(record.jobs[i].id, {})->events.at(0).detail, names[i]);
    FindingFilter filter;
    filter.jobs = {names[i]};
    EXPECT_EQ(reader->findings(filter)->items.size(), 1U) << i;
  }
}

TEST(Store, LeavesOutWhatIsSaidOfAnUnknownJob) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = full_record();
  record.jobs.clear();
  ASSERT_TRUE(store->commit(std::vector{record}));
  const auto reader = open_reader(folder.file());
  EXPECT_TRUE(reader->findings({})->items.empty());
  const auto own = reader->cluster_timeline("prod", {});
  ASSERT_TRUE(own);
  EXPECT_EQ(own->events.size(), 1U);
  EXPECT_EQ(own->scores.size(), 1U);
  EXPECT_TRUE(own->verdicts.empty());
}

TEST(Store, TakesACoverageThatIsNoNumber) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("prod", at({}));
  record.scores = {{"", at({}), std::numeric_limits<double>::quiet_NaN(),
                    std::numeric_limits<double>::quiet_NaN()}};
  ASSERT_TRUE(store->commit(std::vector{record}));
  EXPECT_EQ(open_reader(folder.file())->cluster_timeline("prod", {})->scores.at(0).value,
            std::nullopt);
}

TEST(Store, KeepsWaivers) {
  const Folder folder;
  auto store = open_store(folder.file());
  model::Waiver waiver;
  waiver.id = "w";
  waiver.check = "checkpoint*";
  waiver.cluster = "p'\n";
  waiver.job = "orders";
  waiver.reason = "known";
  waiver.owner = "me";
  waiver.until = at(days(1));
  waiver.created_at = at({});
  ASSERT_TRUE(store->put_waiver(waiver));
  waiver.reason = "still known";
  ASSERT_TRUE(store->put_waiver(waiver));
  store.reset();
  store = open_store(folder.file());
  const auto waivers = store->remembered(at(days(2)))->waivers;
  ASSERT_EQ(waivers.size(), 1U) << "expired ones too";
  EXPECT_EQ(waivers[0].check, "checkpoint*");
  EXPECT_EQ(waivers[0].cluster, "p'\n");
  EXPECT_EQ(waivers[0].job, "orders");
  EXPECT_EQ(waivers[0].reason, "still known");
  EXPECT_EQ(waivers[0].owner, "me");
  EXPECT_EQ(waivers[0].until, at(days(1)));
  EXPECT_EQ(waivers[0].created_at, at({}));
  EXPECT_EQ(waivers[0].source, model::Waiver::Source::api);
  EXPECT_TRUE(store->remove_waiver("w").value());
  EXPECT_FALSE(store->remove_waiver("w").value());
}

TEST(Store, ABatchThatFailsLeavesNothingAndMayBeTriedAgain) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord good = testing::record_of("prod", at({}));
  good.jobs = {testing::job_of("prod", "orders", at({}))};
  model::CycleRecord bad = testing::record_of("other", at({}));
  // A job of another cluster: the foreign key refuses it.
  bad.events = {{model::EventKind::job_restarted, at({}), good.jobs[0].id, {}, {}, {}}};
  std::vector records{good, bad};
  const auto refused = store->commit(records);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::file);
  EXPECT_EQ(testing::number(folder.file(), "SELECT count(*) FROM clusters"), 0);
  EXPECT_EQ(testing::number(folder.file(), "SELECT count(*) FROM jobs"), 0);
  // The row of the job went with the transaction: what follows must not point at it.
  model::CycleRecord later = testing::record_of("prod", at({}));
  later.events = {{model::EventKind::job_restarted, at({}), good.jobs[0].id, {}, {}, {}}};
  ASSERT_TRUE(store->commit(std::vector{later}));
  EXPECT_EQ(testing::number(folder.file(), "SELECT count(*) FROM events"), 0);
  records[1].cluster = "prod";
  ASSERT_TRUE(store->commit(records));
  EXPECT_EQ(testing::number(folder.file(), "SELECT count(*) FROM events"), 1);
}

TEST(Store, AFullDiskIsToldAndGotOver) {
  const Folder folder;
  const int code = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto store = open_store(folder.file());
    model::CycleRecord record = full_record();
    if (!store->commit(std::vector{record})) {
      return 1;
    }
    const rlim_t now = 200'000;
    struct rlimit limit{now, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    model::CycleRecord large = testing::record_of("large", at({}));
    large.report_gz = std::string(2'000'000, 'r');
    for (int i = 0; i < 3; ++i) {
      const auto refused = store->commit(std::vector{record, large});
      if (refused || refused.error().kind != base::ErrorKind::file ||
          refused.error().message.find(folder.file()) == std::string::npos) {
        return 2;
      }
    }
    if (testing::number(folder.file(), "SELECT count(*) FROM clusters") != 1 ||
        testing::number(folder.file(), "SELECT count(*) FROM transitions") != 1) {
      return 3;
    }
    limit.rlim_cur = RLIM_INFINITY;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (!store->commit(std::vector{record, large})) {
      return 4;
    }
    return testing::number(folder.file(), "SELECT count(*) FROM clusters") == 2 &&
                   testing::number(folder.file(), "SELECT count(*) FROM transitions") == 2
               ? 0
               : 5;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(testing::text(folder.file(), "PRAGMA integrity_check"), "ok");
}

TEST(Store, TheLogIsMovedAndTruncated) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("prod", at({}));
  ASSERT_TRUE(store->commit(std::vector{record}));
  auto reading = sqlite::Database::open(folder.file(), sqlite::Mode::read);
  ASSERT_TRUE(reading);
  {
    const auto view = sqlite::Transaction::begin_read(*reading);
    ASSERT_TRUE(view);
    ASSERT_EQ(reading->integer("SELECT count(*) FROM clusters").value(), 1);
    for (int i = 0; i < 20; ++i) {
      record.report_gz = std::string(2'000'000, static_cast<char>('a' + i));
      ASSERT_TRUE(store->commit(std::vector{record}));
    }
    ASSERT_TRUE(store->tidy(at({}), {})) << "waits for no reader";
    EXPECT_GT(store->size()->log.count, base::mebibytes(16).count) << "the reader holds it";
  }
  testing::tidy_all(*store, at({}), {});
  EXPECT_EQ(store->size()->log.count, 0);
  for (int i = 0; i < 20; ++i) {
    record.report_gz = std::string(2'000'000, static_cast<char>('a' + i));
    ASSERT_TRUE(store->commit(std::vector{record}));
  }
  EXPECT_LT(store->size()->log.count, base::mebibytes(8).count) << "begins anew by itself";
}

}  // namespace
}  // namespace auditor::storage
