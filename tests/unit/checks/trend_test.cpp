#include "checks/checkpoint-health/trend.h"

#include <gtest/gtest.h>

namespace auditor::checks {
namespace {

TEST(Trend, OneOutlierDoesNotMoveIt) {
  Trend trend;
  for (int i = 0; i < 9; ++i) {
    trend.points.emplace_back(i, 10 + 2.0 * i);
  }
  EXPECT_EQ(trend.tau(), 1);
  EXPECT_EQ(trend.slope(), 2);
  trend.points[4].second = 1'000;
  EXPECT_NEAR(trend.slope(), 2, 0.01);
  EXPECT_GT(trend.tau(), 0.6);
  EXPECT_EQ(trend.until(46), 10);
  EXPECT_EQ(trend.until(20), 0) << "it is past it";
}

TEST(Trend, FallingAndConstantMeetNothing) {
  const Trend falling{{{0, 9}, {1, 8}, {2, 7}}};
  EXPECT_EQ(falling.tau(), -1);
  EXPECT_FALSE(falling.until(10));
  EXPECT_FALSE(falling.grows());
  const Trend constant{{{0, 5}, {1, 5}, {2, 5}}};
  EXPECT_EQ(constant.tau(), 0);
  EXPECT_FALSE(constant.until(10));
}

TEST(Trend, QuartilesSpreadAroundTheSlope) {
  const Trend trend{{{0, 0}, {1, 1}, {2, 4}, {3, 5}, {4, 10}}};
  const auto [slow, fast] = trend.slope_quartiles();
  EXPECT_LT(slow, trend.slope());
  EXPECT_GT(fast, trend.slope());
}

}  // namespace
}  // namespace auditor::checks
