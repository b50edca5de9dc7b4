#include "audit/flow_history.h"

#include <array>

#include <gtest/gtest.h>

namespace auditor {
namespace {

using audit::observe_flow;
using model::FlowPoint;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const model::JobId orders("00000000000000000000000000000a01");
const model::JobVertexId source("45b0254a46cabbc3efeea5d2e170ea5b");
const base::Timestamp begin{milliseconds(1'795'000'000'000)};

class FlowHistory : public ::testing::Test {
 protected:
  /// A look at a job with one vertex.
  void look(base::Timestamp at, milliseconds backpressured,
            base::Timestamp started_at = begin - minutes(1)) {
    FlowPoint point;
    point.at = at;
    point.started_at = started_at;
    point.parallelism = 1;
    point.backpressured = backpressured;
    point.records_in = 0;
    point.records_out = 1;
    model::Snapshot snapshot;
    auto& job = snapshot.jobs.emplace_back();
    job.overview.id = orders;
    job.flow.value = model::JobFlow{model::FlowPoints({{source, point}}), {}};
    observe_flow(snapshot, flows);
  }

  [[nodiscard]] const std::vector<FlowPoint>& points() const {
    return flows.at(orders).vertices.at(source);
  }

  std::map<model::JobId, model::FlowHistory> flows;
};

TEST_F(FlowHistory, KeepsAPointEveryHalfAMinuteForSevenMinutes) {
  for (int i = 0; i <= 100; ++i) {
    look(begin + i * seconds(15), i * seconds(10));
  }
  EXPECT_LE(points().size(), 16U);
  EXPECT_LE(points().front().at, begin + 100 * seconds(15) - minutes(6));
  EXPECT_GE(points().front().at, begin + 100 * seconds(15) - minutes(7));
}

TEST_F(FlowHistory, BeginsAnewWhereCountersDo) {
  look(begin, seconds(10));
  look(begin + seconds(30), seconds(20));
  look(begin + seconds(60), seconds(1));
  ASSERT_EQ(points().size(), 1U);
  EXPECT_EQ(points().front().backpressured, seconds(1));
}

TEST_F(FlowHistory, BeginsAnewWhereTasksWereStartedAgain) {
  look(begin, seconds(10));
  look(begin + seconds(30), seconds(20), begin + seconds(20));
  ASSERT_EQ(points().size(), 1U);
  EXPECT_EQ(points().front().started_at, begin + seconds(20));
}

TEST_F(FlowHistory, ForgetsJobsThatHaveGone) {
  look(begin, seconds(10));
  observe_flow({}, flows);
  EXPECT_TRUE(flows.empty());
}

/// Before 1.16: a job with two vertices, whose tasks' rates alone are told.
class Rates : public ::testing::Test {
 protected:
  /// A look that finds the source and its reader held up, idle and busy, each in ms of a second,
  /// summed over two subtasks.
  void look(std::chrono::minutes after, const std::array<double, 3>& of_source,
            const std::array<double, 3>& of_reader) {
    model::Snapshot snapshot;
    snapshot.taken_at = begin + after;
    auto& job = snapshot.jobs.emplace_back();
    job.overview.id = orders;
    FlowPoint point;
    point.started_at = started_at;
    point.parallelism = 2;
    job.flow.value = model::JobFlow{model::FlowPoints({{source, point}, {reader, point}}), {}};
    model::VertexMetrics metrics;
    metrics.vertices[source] = metrics_of(snapshot.taken_at, of_source);
    metrics.vertices[reader] = metrics_of(snapshot.taken_at, of_reader);
    job.vertex_metrics.value = metrics;
    observe_flow(snapshot, flows);
  }

  static model::Metrics metrics_of(base::Timestamp at, const std::array<double, 3>& rates) {
    model::Metrics metrics;
    metrics.observed_at = at;
    metrics.values["backPressuredTimeMsPerSecond"].sum = rates[0];
    metrics.values["idleTimeMsPerSecond"].sum = rates[1];
    if (rates[2] >= 0) {
      metrics.values["busyTimeMsPerSecond"].sum = rates[2];
    } else {
      metrics.values["busyTimeMsPerSecond"] = {};
    }
    return metrics;
  }

  [[nodiscard]] std::size_t points(const model::JobVertexId& vertex) const {
    const auto& rates = flows.at(orders).rates;
    return rates.contains(vertex) ? rates.at(vertex).size() : 0;
  }

  static constexpr double not_told = -1;
  const model::JobVertexId reader{"8eeed16b661251f13cfc6a3c5e75c420"};
  base::Timestamp started_at = begin - minutes(1);
  std::map<model::JobId, model::FlowHistory> flows;
};

TEST_F(Rates, AreSharesOfTheTimeOfAllSubtasks) {
  look(minutes(0), {1500, 100, 400}, {0, 1000, 1000});
  ASSERT_EQ(points(source), 1U);
  EXPECT_DOUBLE_EQ(flows.at(orders).rates.at(source).front().backpressured, 0.75);
  EXPECT_DOUBLE_EQ(flows.at(orders).rates.at(source).front().busy.value_or(0), 0.2);
}

TEST_F(Rates, AreKeptForTwelveMinutes) {
  for (int i = 0; i <= 60; ++i) {
    look(minutes(i), {1500, 100, 400}, {0, 1000, 1000});
  }
  EXPECT_EQ(points(source), 13U);
}

TEST_F(Rates, AreForgottenWhereNoneCome) {
  look(minutes(0), {1500, 100, 400}, {0, 1000, 1000});
  look(minutes(13), {4000, 0, 0}, {0, 1000, 1000});
  EXPECT_EQ(points(source), 0U);
  EXPECT_EQ(points(reader), 1U);
}

TEST_F(Rates, OfSubtasksThatAreNoMoreDoNotCount) {
  look(minutes(0), {2000, 2000, 0}, {0, 1000, 1000});
  EXPECT_EQ(points(source), 0U);
  look(minutes(1), {1500, 0, not_told}, {0, 2000, 2000});
  EXPECT_EQ(points(source), 0U) << "nothing says that its own are of its subtasks alone";
  look(minutes(2), {1500, 0, not_told}, {0, 1000, 1000});
  EXPECT_EQ(points(source), 1U);
}

TEST_F(Rates, BeginAnewWhereTasksWereStartedAgain) {
  look(minutes(0), {1500, 100, 400}, {0, 1000, 1000});
  look(minutes(1), {1500, 100, 400}, {0, 1000, 1000});
  started_at = begin + minutes(1);
  look(minutes(2), {1500, 100, 400}, {0, 1000, 1000});
  EXPECT_EQ(points(source), 1U);
}

TEST(Hours, OfAnEarlierRunGoOnWithoutItsCount) {
  model::ActiveHours hours;
  hours.newest = std::chrono::floor<std::chrono::hours>(begin).time_since_epoch().count();
  hours.watched_since = begin - std::chrono::days(20);
  hours.records = 1'000;
  const auto soon = audit::resumed(hours, begin + minutes(10));
  EXPECT_EQ(soon.watched_since, hours.watched_since);
  EXPECT_EQ(soon.resumed_at, begin + minutes(10));
  EXPECT_EQ(soon.records, std::nullopt);
  const auto late = audit::resumed(hours, begin + std::chrono::days(2));
  EXPECT_EQ(late.watched_since, begin + std::chrono::days(2)) << "nobody watched for two days";
}

/// One TaskManager, on which a job is started time and again.
class Metaspace : public ::testing::Test {
 protected:
  static constexpr auto settled = minutes(3);

  void look(std::chrono::minutes after, double used, double unloaded) {
    model::Snapshot snapshot;
    snapshot.taken_at = begin + after;
    for (const auto& [id, since] : running) {
      auto& job = snapshot.jobs.emplace_back();
      job.overview.id = id;
      model::JobDetails details;
      details.state = model::JobState::running;
      details.entered[model::JobState::running] = since;
      job.details.value = details;
    }
    model::TaskManagerMetrics metrics;
    model::Metrics& one = metrics.each[task_manager];
    one.observed_at = snapshot.taken_at;
    one.values["Status.JVM.Memory.Metaspace.Used"].max = used;
    one.values["Status.JVM.ClassLoader.ClassesUnloaded"].max = unloaded;
    snapshot.task_manager_metrics.value = metrics;
    model::TaskManagers list;
    list.list.emplace_back().id = task_manager;
    snapshot.task_managers.value = list;
    audit::observe_processes(snapshot, processes);
  }

  [[nodiscard]] std::vector<model::MetaspaceStay> stays() const {
    const auto found = processes.metaspace.find(task_manager);
    return found == processes.metaspace.end() ? std::vector<model::MetaspaceStay>() : found->second;
  }

  std::map<model::JobId, base::Timestamp> running{{orders, begin}};
  model::TaskManagerId task_manager{"tm-1"};
  model::ProcessHistory processes;
};

TEST_F(Metaspace, IsToldApartByTheStartsOfJobs) {
  look(minutes(0), 100, 0);
  EXPECT_TRUE(stays().empty()) << "tasks have just been started";
  look(settled, 101, 0);
  look(settled + minutes(1), 99, 5);
  running[orders] = begin + minutes(5);
  look(minutes(5), 150, 5);
  look(minutes(5) + settled, 120, 9);
  ASSERT_EQ(stays().size(), 2U);
  EXPECT_EQ(stays()[0].least, 99);
  EXPECT_EQ(stays()[0].most, 101);
  EXPECT_EQ(stays()[0].unloaded, 5);
  EXPECT_EQ(stays()[1].least, 120);
  EXPECT_EQ(stays()[1].starts, stays()[0].starts + 1);
}

TEST_F(Metaspace, OfAJobThatIsDeployedAnewGoesOn) {
  look(minutes(0), 100, 0);
  look(settled, 100, 0);
  running.clear();
  look(minutes(4), 100, 0);
  running[model::JobId("00000000000000000000000000000a02")] = begin + minutes(5);
  look(minutes(5), 110, 0);
  look(minutes(5) + settled, 110, 0);
  EXPECT_EQ(stays().size(), 2U);
}

TEST_F(Metaspace, BeginsAnewWhereMoreJobsRun) {
  look(minutes(0), 100, 0);
  look(settled, 100, 0);
  running[model::JobId("00000000000000000000000000000a02")] = begin + minutes(4);
  look(minutes(4), 140, 0);
  look(minutes(4) + settled, 140, 0);
  ASSERT_EQ(stays().size(), 1U);
  EXPECT_EQ(stays()[0].least, 140);
}

TEST_F(Metaspace, BeginsAnewInAnotherProcess) {
  look(minutes(0), 100, 50);
  look(settled, 100, 50);
  running[orders] = begin + minutes(5);
  look(minutes(5), 40, 0);
  look(minutes(5) + settled, 40, 0);
  EXPECT_EQ(stays().size(), 1U) << "the same id, but its classes were counted anew";
  task_manager = model::TaskManagerId("tm-2");
  look(minutes(9), 40, 0);
  EXPECT_EQ(processes.metaspace.size(), 1U) << "the other one has gone";
}

TEST_F(Metaspace, IsKeptOfTheLatestStartsAlone) {
  for (int i = 0; i < 40; ++i) {
    running[orders] = begin + 10 * minutes(i);
    look(10 * minutes(i), 100, 0);
    look(10 * minutes(i) + settled, 100 + i, 0);
  }
  EXPECT_EQ(stays().size(), 8U);
  EXPECT_EQ(stays().back().least, 139);
}

}  // namespace
}  // namespace auditor
