#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/reader.h"
#include "storage/store.h"
#include "tests/unit/storage/support.h"

namespace auditor::storage {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::at;
using testing::Folder;
using testing::open_reader;
using testing::open_store;

class FleetReaderTest : public ::testing::Test {
 protected:
  void SetUp() override { store = open_store(folder.file()); }

  void score(const std::string& cluster, std::chrono::milliseconds time,
             std::optional<double> value, const std::string& job = "") {
    model::CycleRecord record = testing::record_of(cluster, at(time));
    if (!job.empty()) {
      record.jobs = {testing::job_of(cluster, job, at(time))};
    }
    record.scores = {{job.empty() ? "" : record.jobs[0].id, at(time), value, 1}};
    ASSERT_TRUE(store->commit(std::vector{record}));
  }

  struct Row {
    std::int64_t hour;
    std::optional<double> value;
    std::int64_t clusters;
    friend bool operator==(const Row&, const Row&) = default;
  };
  std::vector<Row> scores(std::optional<base::Timestamp> since = {},
                          std::optional<base::Timestamp> until = {}) {
    std::vector<Row> list;
    const auto read = open_reader(folder.file())->fleet_scores({since, until});
    EXPECT_TRUE(read);
    for (const FleetScore& one : *read) {
      list.push_back({(one.hour - at({})) / hours(1), one.value, one.clusters});
    }
    return list;
  }

  Folder folder;
  std::unique_ptr<Store> store;
};

TEST_F(FleetReaderTest, ScoresAreTheMeanAtEachHoursEnd) {
  EXPECT_TRUE(scores().empty());
  score("a", minutes(5), 50);
  score("a", minutes(50), 60);
  score("b", minutes(55), 80);
  score("b", minutes(56), 10, "a-job");
  score("a", hours(3), std::nullopt);
  score("b", hours(5) - minutes(1), 90);
  score("b", hours(6), std::nullopt);
  score("a", hours(7), 20);
  EXPECT_EQ(scores(), (std::vector<Row>{
                          {0, 70, 2}, {3, 80, 1}, {4, 90, 1}, {6, std::nullopt, 0}, {7, 20, 1}}));
}

TEST_F(FleetReaderTest, TheFirstHourTellsWhatWasSo) {
  score("a", hours(1), 50);
  score("a", hours(2), 60);
  score("b", hours(9), 80);
  EXPECT_EQ(scores(at(hours(4))), (std::vector<Row>{{4, 60, 1}, {9, 70, 2}}));
  EXPECT_EQ(scores(at(hours(4)), at(hours(9))), (std::vector<Row>{{4, 60, 1}}));
  EXPECT_EQ(scores(at(hours(10) + minutes(30))), (std::vector<Row>{{10, 70, 2}}));
  EXPECT_TRUE(scores({}, at(hours(1))).empty());
}

TEST_F(FleetReaderTest, ScoresAreOfTheClustersThatAreWatched) {
  score("a", hours(1), 50);
  score("b", hours(2), 70);
  model::CycleRecord left = testing::record_of("a", at(hours(3)));
  left.removed = true;
  ASSERT_TRUE(store->commit(std::vector{left}));
  EXPECT_EQ(scores(), (std::vector<Row>{{2, 70, 1}}));
}

TEST_F(FleetReaderTest, NamesWhatChangedOnce) {
  model::CycleRecord record = testing::record_of("a", at({}));
  record.jobs = {testing::job_of("a", "orders", at({})), testing::job_of("a", "calm", at({})),
                 testing::job_of("a", "audit", at({}))};
  const auto add = [&record](const std::string& job, const std::string& check,
                             model::FindingState state, bool waived = false) {
    record.findings.push_back(testing::finding_of("a", job, check, at(hours(1)), state));
    record.transitions.push_back(testing::transition_of(record.findings.back(), at(hours(1))));
    record.transitions.back().waived = waived;
  };
  add(record.jobs[0].id, "one", model::FindingState::firing);
  add(record.jobs[0].id, "two", model::FindingState::resolved);
  add(record.jobs[1].id, "three", model::FindingState::pending);
  add(record.jobs[1].id, "four", model::FindingState::firing, true);
  const auto happened = [](model::EventKind kind, const std::string& job,
                           std::chrono::milliseconds time) {
    return model::Event{
        .kind = kind, .at = at(time), .job = job, .from = "", .to = "", .detail = ""};
  };
  record.events = {
      happened(model::EventKind::job_appeared, record.jobs[1].id, hours(1)),
      happened(model::EventKind::job_state_changed, record.jobs[1].id, hours(1)),
      happened(model::EventKind::job_restarted, record.jobs[2].id, hours(2)),
  };
  model::CycleRecord other = testing::record_of("b", at({}));
  other.events = {happened(model::EventKind::cluster_unreachable, "", hours(3)),
                  happened(model::EventKind::cluster_added, "", hours(9))};
  ASSERT_TRUE(store->commit(std::vector{record, other}));

  const auto changed = [this](std::optional<base::Timestamp> since = {},
                              std::optional<base::Timestamp> until = {}) {
    std::vector<std::string> names;
    const auto read = open_reader(folder.file())->changed({since, until});
    EXPECT_TRUE(read);
    for (const ChangedCluster& one : *read) {
      names.push_back(one.cluster + (one.itself ? "!" : ""));
      names.insert(names.end(), one.jobs.begin(), one.jobs.end());
    }
    return names;
  };
  EXPECT_EQ(changed(), (std::vector<std::string>{"a", "audit", "orders", "b!"}));
  EXPECT_EQ(changed(at(hours(2))), (std::vector<std::string>{"a", "audit", "b!"}));
  EXPECT_EQ(changed({}, at(hours(2))), (std::vector<std::string>{"a", "orders"}));
  EXPECT_TRUE(changed(at(hours(4))).empty());
}

}  // namespace
}  // namespace auditor::storage
