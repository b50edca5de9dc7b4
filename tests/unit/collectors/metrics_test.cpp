#include "collectors/wire/metrics.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "checks/engine.h"
#include "collectors/collection.h"
#include "collectors/metric_questions.h"
#include "collectors/recording.h"
#include "tests/unit/support/fixture.h"

namespace auditor::collectors {
namespace {

using nlohmann::json;

const std::string job = "/jobs/00000000000000000000000000000a01";
const model::JobVertexId source("45b0254a46cabbc3efeea5d2e170ea5b");
const model::JobVertexId window("8eeed16b661251f13cfc6a3c5e75c420");

Recording recording_of(const json& document) {
  auto recording = Recording::parse(document.dump());
  EXPECT_TRUE(recording);
  return recording ? std::move(*recording) : Recording();
}

/// Answers all that a collection asks for now.
void answer(Collection& collection, const Recording& recording, std::vector<std::string>& asked) {
  for (auto paths = collection.take_requests(); !paths.empty();
       paths = collection.take_requests()) {
    for (const std::string& path : paths) {
      asked.push_back(path);
      collection.accept(path, recording.answer(path));
    }
  }
}

TEST(SecondRead, KeepsTheEarlierOneBesideTheLater) {
  const Recording first = recording_of(testing::recording_of(json::object()));
  const Recording later = recording_of(testing::recording_of(
      {{"patch",
        {{job,
          {{"now", 1'795'000'025'000},
           {"vertices",
            {{{"metrics", {{"accumulated-backpressured-time", 50'000}}}}, json::object()}}}}}}}));
  Collection collection("http://test", checks::demand(checks::catalogue(), {}), {});
  std::vector<std::string> asked;
  answer(collection, first, asked);
  asked.clear();
  collection.keep_earlier_flow();
  ASSERT_TRUE(collection.ask_for_flow_again());
  answer(collection, later, asked);
  EXPECT_EQ(asked, std::vector<std::string>{job});
  const model::Snapshot snapshot = collection.finish({}, {});
  const model::JobFlow& flow = *snapshot.jobs.at(0).flow.value;
  EXPECT_EQ(flow.earlier.find(source)->backpressured, std::chrono::milliseconds(0));
  EXPECT_EQ(flow.vertices.find(source)->backpressured, std::chrono::milliseconds(50'000));
  EXPECT_EQ(flow.vertices.find(source)->at - flow.earlier.find(source)->at,
            std::chrono::seconds(25));
}

TEST(SecondRead, IsNoneWhereTheReleaseDoesNotTell) {
  const Recording recording = recording_of(
      testing::recording_of({{"patch", {{"/config", {{"flink-version", "1.15.4"}}}}}}));
  Collection collection("http://test", checks::demand(checks::catalogue(), {}), {});
  std::vector<std::string> asked;
  answer(collection, recording, asked);
  EXPECT_FALSE(collection.ask_for_flow_again());
}

TEST(Metrics, AreAskedForLastWhereTheyAreToBe) {
  const Recording recording = recording_of(testing::recording_of(json::object()));
  const auto of_metrics = [](const std::string& path) {
    return path.find("metrics") != std::string::npos;
  };
  Budget budget;
  budget.metrics_last = true;
  Collection collection("http://test", checks::demand(checks::catalogue(), {}), budget);
  std::vector<std::string> asked;
  answer(collection, recording, asked);
  EXPECT_TRUE(std::ranges::none_of(asked, of_metrics));
  asked.clear();
  collection.ask_for_metrics();
  answer(collection, recording, asked);
  EXPECT_FALSE(asked.empty());
  EXPECT_TRUE(std::ranges::all_of(asked, of_metrics));
}

TEST(Metrics, NameWhatWaitsAtEachSourceOperator) {
  const std::vector<std::string> names{"numRecordsOut", "Source__a.pendingRecords",
                                       "Source__a.numRecordsOut", "Source__b.numRecordsOut",
                                       "Source__c[1].pendingRecords"};
  EXPECT_EQ(source_metrics(names),
            (std::vector<std::string>{"Source__a.pendingRecords", "Source__a.numRecordsOut",
                                      "Source__c[1].pendingRecords"}));
}

TEST(Metrics, AreEscapedInPaths) {
  const std::vector<std::string> names{"Source__c[1].pendingRecords", "a&b"};
  EXPECT_EQ(metrics_path("/m", names, true),
            "/m?get=Source__c%5B1%5D.pendingRecords,a%26b&agg=min,max,sum");
  EXPECT_EQ(metrics_path("/m", names, false), "/m?get=Source__c%5B1%5D.pendingRecords,a%26b");
}

TEST(Metrics, OfARecordingAreAnsweredAsFlinkWould) {
  const Recording recording = recording_of(testing::recording_of(json::object()));
  const auto body = [&recording](const std::string& path) {
    const auto found = recording.answer(path);
    return found ? json::parse(found->body) : json();
  };
  const std::string of_window = job + "/vertices/" + window.value + "/subtasks/metrics";
  EXPECT_EQ(body(of_window + "?get=busyTimeMsPerSecond&agg=max").size(), 1U);
  EXPECT_EQ(body(of_window + "?get=busyTimeMsPerSecond,nothing&agg=max").size(), 0U)
      << "one unknown name empties an aggregated answer";
  EXPECT_EQ(body("/jobmanager/metrics?get=Status.JVM.Memory.Heap.Used,nothing").size(), 1U);
  EXPECT_EQ(body(of_window).size(), 4U) << "the list";
  EXPECT_FALSE(recording.answer("/jobs/other/metrics?get=a"));
}

TEST(Metrics, AreNumbersOrAbsent) {
  const auto values = wire::decode_metrics(
      R"([{"id":"a","min":1,"max":2.5,"sum":"NaN"},{"id":"b","value":"-1"},{"id":"c","value":"n/a"},
          {"id":"d","value":"1.5E9"},{"value":"3"},7])");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at("a").max, 2.5);
  EXPECT_EQ(values->at("a").sum, std::nullopt);
  EXPECT_EQ(values->at("b").max, -1.0);
  EXPECT_EQ(values->at("c").max, std::nullopt);
  EXPECT_EQ(values->at("d").min, 1.5e9);
  EXPECT_EQ(values->size(), 4U);
  EXPECT_FALSE(wire::decode_metrics("{}"));
}

TEST(Metrics, OfSubtasksFitIntoOneLine) {
  EXPECT_EQ(subtask_metrics("Source__x", 2),
            (std::vector<std::string>{"0.Source__x.numRecordsOut", "0.Source__x.pendingRecords",
                                      "1.Source__x.numRecordsOut", "1.Source__x.pendingRecords"}));
  const auto many = subtask_metrics("Source__with_a_[name]", 4096);
  EXPECT_FALSE(many.empty());
  EXPECT_LT(metrics_path("/jobs/1/vertices/2/metrics", many, false).size(), 3'500U);
}

TEST(Metrics, NameTheOperatorOfWhichOneSubtaskReadsNothing) {
  const auto of = [](double least, double most) {
    model::Metrics metrics;
    metrics.values["Source__x.pendingRecords"] = {0, 0, 0, 0};
    metrics.values["Source__x.numRecordsOut"] = {least, most, most, 1};
    return operator_with_idle_subtask(metrics);
  };
  EXPECT_EQ(of(0, 10), "Source__x");
  EXPECT_EQ(of(1, 10), "");
  EXPECT_EQ(of(0, 0), "") << "nobody reads: none stands out";
}

/// The paths for metrics of vertices that a look at the recording asks for.
std::vector<std::string> asked_of_vertices(const json& document,
                                           std::shared_ptr<const model::Snapshot> previous = {},
                                           base::Timestamp now = {}) {
  const Recording recording = recording_of(document);
  Collection collection("http://test", checks::demand(checks::catalogue(), {}), {},
                        std::move(previous), now);
  std::vector<std::string> asked;
  answer(collection, recording, asked);
  std::erase_if(asked, [](const std::string& path) {
    return path.find("/vertices/") == std::string::npos ||
           path.find("metrics") == std::string::npos;
  });
  return asked;
}

TEST(Metrics, TellHowTasksAreHeldUpBefore116Alone) {
  const auto rates = [](const std::vector<std::string>& asked) {
    return std::ranges::count_if(asked, [](const std::string& path) {
      return path.find("backPressuredTimeMsPerSecond,idleTimeMsPerSecond,busyTimeMsPerSecond") !=
             std::string::npos;
    });
  };
  EXPECT_EQ(rates(asked_of_vertices(testing::recording_of(json::object()))), 0);
  const auto before = asked_of_vertices(
      testing::recording_of({{"patch", {{"/config", {{"flink-version", "1.15.4"}}}}}}));
  EXPECT_EQ(rates(before), 2);
  EXPECT_EQ(before.size(), 3U) << "one for each vertex, and the source's list of names";
}

TEST(Metrics, OfSingleTaskManagersAreWorthARequestAfterAStart) {
  model::JobOverview running;
  running.id = model::JobId("a");
  running.state = model::JobState::running;
  model::Snapshot before;
  before.overview.value = std::vector{running};
  model::Snapshot now = before;
  EXPECT_FALSE(started_a_job(now, before));
  now.overview.value.edit().front().last_modified = base::Timestamp(std::chrono::milliseconds(5));
  EXPECT_TRUE(started_a_job(now, before)) << "restarted";
  now.overview.value.edit().front().state = model::JobState::failing;
  EXPECT_FALSE(started_a_job(now, before));
  running.id = model::JobId("b");
  now.overview.value.edit().front() = running;
  EXPECT_TRUE(started_a_job(now, before)) << "deployed anew";
}

}  // namespace
}  // namespace auditor::collectors
