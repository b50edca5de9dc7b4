#include "audit/flow_history.h"

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
    job.flow.value = model::JobFlow{{{source, point}}, {}};
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

}  // namespace
}  // namespace auditor
