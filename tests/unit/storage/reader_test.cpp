#include "storage/reader.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "storage/store.h"
#include "tests/unit/storage/support.h"

namespace auditor::storage {
namespace {

using model::FindingState;
using model::Severity;
using std::chrono::hours;
using std::chrono::minutes;
using testing::at;
using testing::Folder;
using testing::open_reader;
using testing::open_store;

constexpr std::array states{FindingState::pending, FindingState::firing, FindingState::resolved};
constexpr std::array severities{Severity::info, Severity::low, Severity::medium, Severity::high,
                                Severity::critical};

/// Three clusters with two jobs and 30 findings each (15 of the cluster's own), many of equal keys.
class ReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto store = open_store(folder.file());
    for (const std::string cluster : {"a", "b", "c"}) {
      model::CycleRecord record = testing::record_of(cluster, at({}));
      record.jobs = {testing::job_of(cluster, "orders", at({})),
                     testing::job_of(cluster, "or[d]ers*", at({}))};
      record.jobs[1].ended_at = at(hours(1));
      for (int i = 0; i < 30; ++i) {
        const auto time = at(minutes(i / 10));
        const std::string job = i % 2 == 0 ? record.jobs[0].id : "";
        record.findings.push_back(testing::finding_of(
            cluster, job, fmt::format("check-{}", i), time, states[static_cast<std::size_t>(i) % 3],
            severities[static_cast<std::size_t>(i / 3) % 5]));
        model::Finding& finding = record.findings.back();
        finding.verdict.edit().practice = i < 10 ? "upgrade" : "recovery";
        finding.waiver = i == 4 ? "w" : "";
        record.transitions.push_back(testing::transition_of(finding, time));
      }
      all.insert(all.end(), record.findings.begin(), record.findings.end());
      ASSERT_TRUE(store->commit(std::vector{record}));
    }
    reader = open_reader(folder.file());
  }

  /// How many the filter gives over all its pages; each once.
  std::size_t count(FindingFilter filter, std::size_t limit = 7) {
    std::set<std::string> seen;
    filter.limit = limit;
    do {
      const auto page = reader->findings(filter);
      if (!page) {
        ADD_FAILURE() << page.error().message;
        return 0;
      }
      EXPECT_LE(page->items.size(), limit);
      for (const model::Finding& finding : page->items) {
        EXPECT_TRUE(seen.insert(finding.id).second) << "twice";
      }
      filter.cursor = page->next;
    } while (!filter.cursor.empty());
    return seen.size();
  }

  template <class Test>
  std::size_t expected(Test test) {
    return static_cast<std::size_t>(std::ranges::count_if(all, test));
  }

  Folder folder;
  std::vector<model::Finding> all;
  std::unique_ptr<Reader> reader;
};

TEST_F(ReaderTest, WalksAllFindingsOnceInOrder) {
  for (const std::size_t limit : {1U, 7U, 89U, 90U, 91U}) {
    EXPECT_EQ(count({}, limit), 90U) << limit;
  }
  const auto page = reader->findings({});
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->next.empty());
  const auto place = [](const model::Finding& finding) {
    const int state = finding.state == FindingState::firing    ? 0
                      : finding.state == FindingState::pending ? 1
                                                               : 2;
    return std::tuple(state, -static_cast<int>(finding.verdict->severity),
                      -finding.pending_since.time_since_epoch().count());
  };
  EXPECT_TRUE(std::ranges::is_sorted(page->items, {}, place));
}

TEST_F(ReaderTest, EachFilterGivesWhatItNames) {
  FindingFilter filter;
  filter.clusters = {"a", "c", "none"};
  EXPECT_EQ(count(filter), 60U);
  filter.clusters = {"none"};
  EXPECT_EQ(count(filter), 0U);
  filter = {};
  filter.jobs = {"orders"};
  EXPECT_EQ(count(filter), 45U);
  filter.jobs = {model::job_record_id("b", "orders"), "none"};
  EXPECT_EQ(count(filter), 15U);
  filter = {};
  filter.checks = {"check-1", "check-2"};
  EXPECT_EQ(count(filter), 6U);
  filter = {};
  filter.practices = {"upgrade"};
  EXPECT_EQ(count(filter), 30U);
  filter = {};
  filter.waived = true;
  EXPECT_EQ(count(filter), 3U);
  filter.waived = false;
  EXPECT_EQ(count(filter), 87U);
}

TEST_F(ReaderTest, FiltersByEachSetOfStatesAndSeverities) {
  for (unsigned state_set = 0; state_set < 8; ++state_set) {
    for (unsigned severity_set = 0; severity_set < 32; ++severity_set) {
      FindingFilter filter;
      for (unsigned i = 0; i < 3; ++i) {
        if ((state_set >> i & 1U) != 0) {
          filter.states.push_back(states[i]);
        }
      }
      for (unsigned i = 0; i < 5; ++i) {
        if ((severity_set >> i & 1U) != 0) {
          filter.severities.push_back(severities[i]);
        }
      }
      const auto in = [](const auto& list, auto one) {
        return list.empty() || std::ranges::find(list, one) != list.end();
      };
      EXPECT_EQ(count(filter, 20), expected([&](const model::Finding& finding) {
                  return in(filter.states, finding.state) &&
                         in(filter.severities, finding.verdict->severity);
                }));
    }
  }
}

TEST_F(ReaderTest, FiltersByTime) {
  FindingFilter filter;
  filter.since = at(minutes(1));
  EXPECT_EQ(count(filter), expected([](const model::Finding& finding) {
              return !finding.resolved_at || *finding.resolved_at >= at(minutes(1));
            }));
  filter = {};
  filter.until = at(minutes(1));
  EXPECT_EQ(count(filter), 30U);
}

TEST_F(ReaderTest, FiltersTogether) {
  FindingFilter filter;
  filter.clusters = {"b"};
  filter.jobs = {"orders"};
  filter.states = {FindingState::firing};
  filter.practices = {"recovery"};
  filter.until = at(minutes(2));
  EXPECT_EQ(count(filter, 1), expected([](const model::Finding& finding) {
              return finding.cluster == "b" && !finding.job.empty() &&
                     finding.state == FindingState::firing &&
                     finding.verdict->practice == "recovery" && finding.first_seen < at(minutes(2));
            }));
}

TEST_F(ReaderTest, CursorsThatNoPageGaveAreWrongUse) {
  const std::string id(32, 'a');
  for (const std::string& cursor :
       {std::string("x"), std::string("1.2"), std::string("1.2.3"), "1." + id, "x.1." + id,
        "1.x." + id, "1.2." + id + ".3", std::string("1.2.0123456789abcdef"),
        "99999999999999999999.1." + id, std::string("'; --"), std::string(100'000, '.')}) {
    FindingFilter findings;
    findings.cursor = cursor;
    const auto page = reader->findings(findings);
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().kind, base::ErrorKind::usage);
    JobFilter jobs;
    jobs.cursor = cursor;
    const auto list = reader->jobs(jobs);
    ASSERT_FALSE(list) << cursor;
    EXPECT_EQ(list.error().kind, base::ErrorKind::usage);
  }
}

TEST_F(ReaderTest, WalksAllJobsOnceInOrder) {
  for (const std::size_t limit : {1U, 2U, 5U, 6U, 7U}) {
    JobFilter filter;
    filter.limit = limit;
    std::vector<std::string> seen;
    do {
      const auto page = reader->jobs(filter);
      ASSERT_TRUE(page);
      for (const model::JobRecord& job : page->items) {
        seen.push_back(job.cluster + job.name);
      }
      filter.cursor = page->next;
    } while (!filter.cursor.empty());
    EXPECT_EQ(seen, (std::vector<std::string>{"aor[d]ers*", "aorders", "bor[d]ers*", "borders",
                                              "cor[d]ers*", "corders"}));
  }
}

TEST_F(ReaderTest, FiltersJobs) {
  const auto names = [&](const JobFilter& filter) { return reader->jobs(filter)->items.size(); };
  EXPECT_EQ(names({.clusters = {"a", "b"}, .live = {}, .name = {}, .cursor = {}}), 4U);
  EXPECT_EQ(names({.clusters = {}, .live = true, .name = {}, .cursor = {}}), 3U);
  EXPECT_EQ(names({.clusters = {}, .live = false, .name = {}, .cursor = {}}), 3U);
  EXPECT_EQ(names({.clusters = {}, .live = {}, .name = "or*", .cursor = {}}), 6U);
  EXPECT_EQ(names({.clusters = {}, .live = {}, .name = "or[d]ers?", .cursor = {}}), 3U);
  EXPECT_EQ(names({.clusters = {}, .live = {}, .name = "or[c-e]ers", .cursor = {}}), 0U);
  EXPECT_EQ(names({.clusters = {}, .live = {}, .name = "%", .cursor = {}}), 0U);
  EXPECT_EQ(names({.clusters = {}, .live = {}, .name = std::string(60'000, '*'), .cursor = {}}),
            6U);
  // Cursor and name together.
  JobFilter filter{.clusters = {}, .live = {}, .name = "orders", .cursor = {}, .limit = 2};
  const auto first = reader->jobs(filter);
  ASSERT_EQ(first->items.size(), 2U);
  filter.cursor = first->next;
  const auto second = reader->jobs(filter);
  ASSERT_EQ(second->items.size(), 1U);
  EXPECT_TRUE(second->next.empty());
}

TEST_F(ReaderTest, KnowsWhatIsNotThere) {
  EXPECT_FALSE(reader->job("none").value());
  EXPECT_FALSE(reader->finding("none").value());
  EXPECT_TRUE(reader->timeline("none", {})->events.empty());
  EXPECT_TRUE(reader->cluster_timeline("none", {})->events.empty());
  EXPECT_FALSE(Reader::open(folder.file("none.db")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("none.db")));
}

TEST_F(ReaderTest, BoundsATimeline) {
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("a", at(hours(9)));
  const std::string job = model::job_record_id("a", "orders");
  for (int i = 0; i < 10; ++i) {
    // Two of each time: their order stays.
    record.events.push_back(
        {model::EventKind::job_restarted, at(hours(i / 2)), job, {}, {}, std::to_string(i)});
    record.verdicts.push_back(testing::interval_of(job, "one", at(hours(i))));
    record.checkpoints.push_back(testing::checkpoint_of(job, i, at(hours(i / 2))));
  }
  ASSERT_TRUE(store->commit(std::vector{record}));
  auto timeline = reader->timeline(job, {.since = {}, .until = {}, .limit = 3});
  ASSERT_TRUE(timeline);
  ASSERT_EQ(timeline->events.size(), 3U);
  EXPECT_EQ(timeline->events[0].detail, "7");
  EXPECT_EQ(timeline->events[2].detail, "9");
  ASSERT_EQ(timeline->checkpoints.size(), 3U);
  EXPECT_EQ(timeline->checkpoints[0].checkpoint_id, 7);
  EXPECT_EQ(timeline->transitions.size(), 3U);
  timeline = reader->timeline(job, {.since = at(hours(2)), .until = at(hours(3))});
  ASSERT_EQ(timeline->events.size(), 2U);
  EXPECT_EQ(timeline->events[0].detail, "4");
  EXPECT_EQ(timeline->events[1].detail, "5");
  ASSERT_EQ(timeline->verdicts.size(), 1U);
  EXPECT_EQ(timeline->verdicts[0].opened_at, at(hours(2)));
  // An interval that began before is still part of it.
  timeline = reader->timeline(job, {.since = at(hours(20)), .until = {}});
  ASSERT_EQ(timeline->verdicts.size(), 1U);
  EXPECT_EQ(timeline->verdicts[0].opened_at, at(hours(9)));
  EXPECT_TRUE(timeline->events.empty());
}

TimelineQuery query(std::size_t limit, std::optional<base::Timestamp> since = {},
                    std::optional<base::Timestamp> until = {}) {
  return {since, until, limit};
}

TEST_F(ReaderTest, TellsWhatChangedInTheFleet) {
  const auto changes = *reader->changes(query(1'000));
  // Of each cluster 30 transitions, ten of them to pending, which is no news yet.
  ASSERT_EQ(changes.findings.size(), 60);
  EXPECT_TRUE(std::ranges::is_sorted(changes.findings, std::ranges::greater(),
                                     [](const auto& one) { return one.transition.at; }));
  const auto& newest = changes.findings.front();
  EXPECT_EQ(newest.cluster, "c");
  EXPECT_FALSE(newest.check.empty());
  EXPECT_FALSE(newest.message.empty());
  for (const auto& change : changes.findings) {
    EXPECT_EQ(change.job.empty(), change.job_name.empty());
  }
  ASSERT_EQ(changes.hours.size(), 1);
  EXPECT_EQ(changes.hours[0].fired_high + changes.hours[0].fired_lower, 30);
  EXPECT_EQ(changes.hours[0].resolved, 30);
  EXPECT_EQ(reader->changes(query(7))->findings.size(), 7);
  EXPECT_EQ(reader->changes(query(7))->hours[0].resolved, 30) << "hours are not bounded";
  EXPECT_TRUE(reader->changes(query(500, at(hours(2))))->findings.empty());
  EXPECT_EQ(reader->changes(query(1'000, {}, at(minutes(1))))->findings.size(), 18);
}

TEST_F(ReaderTest, EndsItsViewWithEachCall) {
  const auto store = open_store(folder.file());
  model::CycleRecord record = testing::record_of("a", at({}));
  record.report_gz = std::string(3'000'000, 'r');
  ASSERT_TRUE(store->commit(std::vector{record}));
  const std::string job = model::job_record_id("a", "orders");
  JobFilter one;
  one.limit = 1;
  FindingFilter few;
  few.limit = 1;
  FindingFilter wrong;
  wrong.cursor = "x";
  ASSERT_TRUE(reader->findings(few));
  ASSERT_FALSE(reader->findings(wrong));
  ASSERT_TRUE(reader->jobs(one));
  ASSERT_TRUE(reader->job(job));
  ASSERT_TRUE(reader->finding(all[0].id));
  ASSERT_TRUE(reader->timeline(job, {.since = {}, .until = {}, .limit = 1}));
  ASSERT_TRUE(reader->cluster_timeline("a", {.since = {}, .until = {}, .limit = 1}));
  // Where a view were still open, the log could not be truncated.
  auto other = sqlite::Database::open(folder.file(), sqlite::Mode::write);
  ASSERT_TRUE(other->checkpoint());
  EXPECT_EQ(store->size()->log.count, 0);
}

TEST_F(ReaderTest, ReadsWholeCyclesWhileTheStoreWrites) {
  const auto store = open_store(folder.file());
  const std::string job = model::job_record_id("a", "orders");
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> reads = 0;
  std::vector<std::thread> threads;
  threads.reserve(2);
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      const auto mine = open_reader(folder.file());
      do {
        const auto timeline = mine->timeline(job, {});
        failed += timeline ? 0 : 1;
        // Each cycle writes one of each.
        torn += timeline && timeline->events.size() != timeline->scores.size() ? 1 : 0;
        ++reads;
      } while (!done);
    });
  }
  for (int i = 0; i < 400 && failed == 0; ++i) {
    // In step with the readers: alone it would fill the log as far as they are kept from running.
    while (reads < i / 20 && failed == 0) {
      std::this_thread::yield();
    }
    model::CycleRecord record = testing::record_of("a", at(minutes(i)));
    record.events = {{model::EventKind::job_restarted, at(minutes(i)), job, {}, {}, {}}};
    record.scores = {{job, at(minutes(i)), 1, 1}};
    if (!store->commit(std::vector{record})) {
      ++failed;
      break;
    }
  }
  done = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(torn, 0);
  EXPECT_LT(store->size()->log.count, base::mebibytes(32).count);
}

TEST_F(ReaderTest, DoesNotCheckpointWhenItCloses) {
  // The log of a writer that was killed stays until the next writer takes it.
  const int code = testing::in_child([&] {
    const auto store = open_store(folder.file());
    if (!store->commit(std::vector{testing::record_of("killed", at({}))})) {
      return 1;
    }
    ::raise(SIGKILL);
    return 2;
  });
  EXPECT_EQ(code, -SIGKILL);
  const auto log = std::filesystem::file_size(folder.file("history.db-wal"));
  ASSERT_GT(log, 0U);
  reader.reset();
  EXPECT_EQ(testing::number(folder.file(), "SELECT count(*) FROM clusters"), 4);
  EXPECT_EQ(std::filesystem::file_size(folder.file("history.db-wal")), log);
}

}  // namespace
}  // namespace auditor::storage
