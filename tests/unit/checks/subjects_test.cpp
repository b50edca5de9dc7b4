#include "checks/subjects.h"

#include <gtest/gtest.h>

namespace auditor::checks {
namespace {

const model::JobOverview orders{.id = model::JobId("a"), .name = "orders"};

TEST(Subjects, MakesEachOnce) {
  Subjects subjects;
  model::JobVertex source;
  source.id = model::JobVertexId("v1");
  source.name = "Source";
  model::JobVertex sink;
  sink.id = model::JobVertexId("v2");
  sink.name = "Sink";
  sink.index = 1;
  const auto job = subjects.job(orders);
  const auto first = subjects.vertex(orders, source);
  const auto second = subjects.vertex(orders, sink);
  EXPECT_TRUE(subjects.job(orders).is(job));
  EXPECT_TRUE(subjects.vertex(orders, source).is(first));
  EXPECT_TRUE(subjects.vertex(orders, sink).is(second));
  EXPECT_EQ(job->kind, model::SubjectKind::job);
  EXPECT_EQ(job->job_name, "orders");
  EXPECT_FALSE(job->vertex_id.has_value());
  EXPECT_EQ(second->kind, model::SubjectKind::vertex);
  EXPECT_EQ(second->vertex_name, "Sink");
  EXPECT_EQ(second->job_id, orders.id);
  EXPECT_EQ(subjects.cluster()->kind, model::SubjectKind::cluster);
}

TEST(Subjects, FollowsWhatChanges) {
  Subjects subjects;
  model::JobVertex vertex;
  vertex.id = model::JobVertexId("v1");
  vertex.name = "Map";
  const auto before = subjects.vertex(orders, vertex);
  vertex.ordinal = 1;
  EXPECT_EQ(subjects.vertex(orders, vertex)->vertex_ordinal, 1U);
  vertex.id = model::JobVertexId("v9");
  EXPECT_EQ(subjects.vertex(orders, vertex)->vertex_id, model::JobVertexId("v9"));
  model::JobOverview renamed = orders;
  renamed.name = "payments";
  EXPECT_EQ(subjects.vertex(renamed, vertex)->job_name, "payments");
  EXPECT_EQ(subjects.job(renamed)->job_name, "payments");
  EXPECT_EQ(before->job_name, "orders") << "what was said stays as it was";
  EXPECT_EQ(before->vertex_id, model::JobVertexId("v1"));
}

}  // namespace
}  // namespace auditor::checks
