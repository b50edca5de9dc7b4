#include "storage/retention.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "storage/reader.h"
#include "storage/store.h"
#include "tests/unit/storage/support.h"

namespace auditor::storage {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::at;
using testing::Folder;
using testing::number;
using testing::open_reader;
using testing::open_store;
using testing::tidy_all;

constexpr Retention month{};

/// Old and new of each kind, of a job and of its cluster.
void fill(Store& store) {
  for (const int day : {0, 1, 40}) {
    const base::Timestamp time = at(days(day));
    model::CycleRecord record = testing::record_of("prod", time);
    record.jobs = {testing::job_of("prod", "orders", time)};
    for (const std::string& job : {record.jobs[0].id, std::string()}) {
      record.events.push_back({model::EventKind::job_restarted, time, job, {}, {}, {}});
      record.scores.push_back({job, time, 90, 1});
      record.verdicts.push_back(testing::interval_of(job, "changes" + job, time));
      if (day == 0) {
        record.verdicts.push_back(testing::interval_of(job, "stays" + job, time));
        record.findings.push_back(testing::finding_of("prod", job, "open", time));
      }
      record.findings.push_back(testing::finding_of("prod", job, fmt::format("day{}", day), time,
                                                    model::FindingState::resolved));
    }
    record.deployments = {{.job = record.jobs[0].id,
                           .flink_job_id = {},
                           .started_at = {},
                           .seen_at = time,
                           .plan_hash = {},
                           .configuration_hash = {},
                           .flink_version = {},
                           .parallelism = {},
                           .changed = {},
                           .state_backend = {},
                           .checkpoint_storage = {},
                           .vertices = {}}};
    for (const model::Finding& finding : record.findings) {
      record.transitions.push_back(testing::transition_of(finding, time));
    }
    ASSERT_TRUE(store.commit(std::vector{record}));
  }
}

TEST(Retention, RemovesWhatIsOldAndKeepsWhatIsOpenOrTheLatest) {
  const Folder folder;
  const auto store = open_store(folder.file());
  fill(*store);
  const auto count = [&](const std::string& table) {
    return number(folder.file(), "SELECT count(*) FROM " + table);
  };
  ASSERT_EQ(count("verdicts"), 8);
  tidy_all(*store, at(days(41)), month);
  EXPECT_EQ(count("events"), 2);
  EXPECT_EQ(count("scores"), 2);
  EXPECT_EQ(count("deployments"), 1);
  // The open ones, two of which began 41 days ago; the one that ended on day 40.
  EXPECT_EQ(count("verdicts"), 6);
  EXPECT_EQ(count("verdicts WHERE closed_at IS NULL"), 4);
  EXPECT_EQ(count("findings WHERE state = 1"), 2);
  EXPECT_EQ(count("findings"), 4);
  EXPECT_EQ(count("transitions"), 4) << "the latest of each finding";
  EXPECT_EQ(count("jobs"), 1);
  // Years later: what still lives keeps its latest.
  tidy_all(*store, at(days(4'000)), month);
  EXPECT_EQ(count("events"), 0);
  EXPECT_EQ(count("scores"), 2);
  EXPECT_EQ(count("deployments"), 1);
  EXPECT_EQ(count("verdicts"), 4);
  EXPECT_EQ(count("findings"), 2);
  EXPECT_EQ(testing::text(folder.file(), "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

TEST(Retention, RemovesEndedJobsAndRemovedClustersInSmallSteps) {
  const Folder folder;
  const auto store = open_store(folder.file());
  fill(*store);
  model::CycleRecord record = testing::record_of("prod", at(days(40)));
  record.jobs = {testing::job_of("prod", "orders", at(days(40)))};
  record.jobs[0].ended_at = at(days(40));
  for (int i = 0; i < 3'000; ++i) {
    record.checkpoints.push_back(
        testing::checkpoint_of(record.jobs[0].id, i, at(days(40)) - minutes(i)));
  }
  ASSERT_TRUE(store->commit(std::vector{record}));
  tidy_all(*store, at(days(100)), month);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM jobs"), 1) << "it has an open finding";
  const std::string job = record.jobs[0].id;
  record = testing::record_of("prod", at(days(40)));
  record.findings = {
      testing::finding_of("prod", job, "open", at({}), model::FindingState::resolved)};
  ASSERT_TRUE(store->commit(std::vector{record}));
  tidy_all(*store, at(days(101)), month);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM jobs"), 0);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM verdicts WHERE job IS NOT NULL"), 0);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM checkpoints"), 0);
  // What the writer knew of the job went with it.
  record = testing::record_of("prod", at(days(101)));
  record.events = {{model::EventKind::job_restarted, at(days(101)), job, {}, {}, {}}};
  ASSERT_TRUE(store->commit(std::vector{record}));
  record.removed = true;
  record.events.clear();
  record.report_gz = "r";
  ASSERT_TRUE(store->commit(std::vector{record}));
  tidy_all(*store, at(days(200)), month);
  for (const char* const table :
       {"clusters", "reports", "jobs", "findings", "transitions", "verdicts", "events", "scores",
        "deployments", "checkpoints", "checkpoint_hours"}) {
    EXPECT_EQ(number(folder.file(), fmt::format("SELECT count(*) FROM {}", table)), 0) << table;
  }
}

TEST(Retention, RollsCheckpointsUpToHours) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("prod", at({}));
  record.jobs = {testing::job_of("prod", "orders", at({})),
                 testing::job_of("prod", "other", at({}))};
  const std::string job = record.jobs[0].id;
  for (int minute = 0; minute < 60 * 96; ++minute) {
    record.checkpoints.push_back(testing::checkpoint_of(job, minute, at(minutes(minute))));
    if (minute % 60 == 7) {
      record.checkpoints.back().status = model::CheckpointStatus::failed;
      record.checkpoints.back().duration = hours(2);
    } else if (minute % 60 == 8) {
      record.checkpoints.back().status = model::CheckpointStatus::in_progress;
      record.checkpoints.back().duration.reset();
      record.checkpoints.back().sync.reset();
    }
  }
  record.checkpoints.push_back(testing::checkpoint_of(record.jobs[1].id, 1, at(minutes(5))));
  ASSERT_TRUE(store->commit(std::vector{record}));
  const base::Timestamp now = at(days(4) + minutes(30));
  for (const base::Timestamp time : {now, now, now + minutes(10)}) {
    tidy_all(*store, time, month);
    const auto timeline =
        open_reader(folder.file())->timeline(job, {.since = {}, .until = {}, .limit = 10'000});
    ASSERT_TRUE(timeline);
    ASSERT_EQ(timeline->checkpoint_hours.size(), 48U);
    ASSERT_EQ(timeline->checkpoints.size(), 48U * 60U);
    EXPECT_EQ(timeline->checkpoints.front().triggered_at, at(days(2)));
    const Timeline::CheckpointHour& hour = timeline->checkpoint_hours[1];
    EXPECT_EQ(hour.hour, at(hours(1)));
    EXPECT_EQ(hour.completed, 58);
    EXPECT_EQ(hour.failed, 1);
    // 60 … 119 without 67 and 68: the 29th of 58.
    EXPECT_EQ(hour.median_duration, milliseconds(1'090));
    EXPECT_EQ(hour.longest_duration, milliseconds(1'119));
    EXPECT_EQ(hour.longest_sync, milliseconds(5));
    EXPECT_EQ(hour.longest_async, milliseconds(719));
    EXPECT_EQ(hour.largest_state, base::Bytes{1'000'119});
  }
  EXPECT_EQ(open_reader(folder.file())->timeline(record.jobs[1].id, {})->checkpoints.size(), 1U)
      << "what a restart remembers stays";
}

TEST(Retention, KeepsTheLatestCheckpointsOfALiveJobAsTheyAre) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("prod", at({}));
  record.jobs = {testing::job_of("prod", "orders", at({}))};
  const std::string job = record.jobs[0].id;
  for (int hour = 0; hour < 30; ++hour) {
    record.checkpoints.push_back(testing::checkpoint_of(job, hour, at(hours(hour))));
  }
  ASSERT_TRUE(store->commit(std::vector{record}));
  tidy_all(*store, at(days(5)), month);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM checkpoints"), 20);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM checkpoint_hours"), 10);
  // One that comes late joins the hour that there is.
  model::CycleRecord late = testing::record_of("prod", at(days(5)));
  late.checkpoints = {testing::checkpoint_of(job, 500, at(hours(3) + minutes(1)))};
  ASSERT_TRUE(store->commit(std::vector{late}));
  tidy_all(*store, at(days(6)), month);
  EXPECT_EQ(number(folder.file(), "SELECT max(completed) FROM checkpoint_hours"), 2);
  EXPECT_EQ(number(folder.file(), "SELECT max(longest_duration) FROM checkpoint_hours"), 1'500);
  EXPECT_EQ(number(folder.file(), "SELECT sum(completed) FROM checkpoint_hours"), 11);
  late = testing::record_of("prod", at(days(6)));
  late.jobs = record.jobs;
  late.jobs[0].ended_at = at(days(6));
  ASSERT_TRUE(store->commit(std::vector{late}));
  tidy_all(*store, at(days(7)), month);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM checkpoints"), 20)
      << "its next run is compared with them";
  tidy_all(*store, at(days(16)), month);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM checkpoints"), 0) << "ended long ago";
  EXPECT_EQ(number(folder.file(), "SELECT sum(completed) FROM checkpoint_hours"), 31);
  tidy_all(*store, at(days(35)), month);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM checkpoint_hours"), 0);
}

TEST(Retention, RemovesTheOldestUntilTheSizeFits) {
  const Folder folder;
  auto store = open_store(folder.file());
  model::CycleRecord open = testing::record_of("prod", at({}));
  open.jobs = {testing::job_of("prod", "orders", at({}))};
  const std::string job = open.jobs[0].id;
  open.findings = {testing::finding_of("prod", job, "open", at({}))};
  open.transitions = {testing::transition_of(open.findings[0], at({}))};
  open.verdicts = {testing::interval_of(job, "stays", at({}))};
  ASSERT_TRUE(store->commit(std::vector{open}));
  for (int day = 0; day < 20; ++day) {
    model::CycleRecord record = testing::record_of("prod", at(days(day)));
    for (int i = 0; i < 300; ++i) {
      record.events.push_back({model::EventKind::job_restarted, at(days(day) + minutes(i)), job,
                               "a", "b", std::string(1'000, 'd')});
      record.checkpoints.push_back(
          testing::checkpoint_of(job, day * 300 + i, at(days(day) + minutes(i))));
    }
    ASSERT_TRUE(store->commit(std::vector{record}));
  }
  const base::Timestamp now = at(days(20));
  tidy_all(*store, now, month);
  const std::int64_t before = store->size()->database.count;
  ASSERT_GT(before, 6'000'000);
  ASSERT_EQ(number(folder.file(), "SELECT count(*) FROM events"), 6'000);
  Retention small = month;
  small.size = base::Bytes{4'000'000};
  tidy_all(*store, now, small);
  const auto size = store->size();
  EXPECT_LE(size->database.count, 4'000'000);
  EXPECT_GT(size->database.count, 3'000'000) << "no more than needed";
  EXPECT_LE(size->file.count - size->database.count, 257 * 4'096) << "given back";
  const std::int64_t kept = number(folder.file(), "SELECT count(*) FROM events");
  EXPECT_GT(kept, 2'000);
  EXPECT_EQ(
      number(folder.file(), fmt::format("SELECT count(*) FROM (SELECT id FROM events ORDER BY at "
                                        "DESC LIMIT {0}) WHERE id > 6000 - {0}",
                                        kept)),
      kept)
      << "the youngest";
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM findings"), 1);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM transitions"), 1);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM verdicts"), 1);
  // What cannot fit ends too.
  small.size = base::Bytes{1};
  tidy_all(*store, now, small);
  EXPECT_FALSE(store->tidy(now + minutes(1), small).value()) << "nothing more can go";
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM events"), 0);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM findings"), 1);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM verdicts"), 1);
  store.reset();
  EXPECT_LT(std::filesystem::file_size(folder.file()), 2'000'000U);
}

TEST(Retention, ALaterEndTakesEffectAtOnce) {
  const Folder folder;
  const auto store = open_store(folder.file());
  fill(*store);
  tidy_all(*store, at(days(2)), month);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM events"), 6);
  Retention day = month;
  day.age = hours(12);
  tidy_all(*store, at(days(2)), day);
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM events"), 2);
}

}  // namespace
}  // namespace auditor::storage
