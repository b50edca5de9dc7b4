#include "model/flow.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auditor::model {
namespace {

FlowPoints::OfVertex point(const std::string& id, std::int64_t records) {
  FlowPoints::OfVertex of{JobVertexId(id), {}};
  of.point.records_in = records;
  return of;
}

TEST(FlowPoints, AreFoundByTheIdOfTheirVertex) {
  const FlowPoints points({point("c", 3), point("a", 1), point("b", 2)});
  ASSERT_NE(points.find(JobVertexId("a")), nullptr);
  EXPECT_EQ(points.find(JobVertexId("a"))->records_in, 1);
  EXPECT_EQ(points.find(JobVertexId("b"))->records_in, 2);
  EXPECT_EQ(points.find(JobVertexId("c"))->records_in, 3);
  EXPECT_EQ(points.find(JobVertexId("")), nullptr);
  EXPECT_EQ(points.find(JobVertexId("bb")), nullptr);
  EXPECT_EQ(points.find(JobVertexId("d")), nullptr);
  std::string order;
  for (const auto& [id, of] : points) {
    order += std::string(id.value);
  }
  EXPECT_EQ(order, "abc");
}

TEST(FlowPoints, OfTwoOfOneVertexOneCounts) {
  const FlowPoints points({point("b", 1), point("a", 2), point("b", 3), point("a", 4)});
  EXPECT_NE(points.find(JobVertexId("a")), nullptr);
  EXPECT_NE(points.find(JobVertexId("b")), nullptr);
  EXPECT_EQ(points.end() - points.begin(), 2);
}

TEST(FlowPoints, MayBeNone) {
  EXPECT_TRUE(FlowPoints().empty());
  EXPECT_EQ(FlowPoints().find(JobVertexId("a")), nullptr);
  EXPECT_FALSE(FlowPoints({point("a", 1)}).empty());
}

}  // namespace
}  // namespace auditor::model
