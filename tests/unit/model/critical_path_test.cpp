#include "model/critical_path.h"

#include <vector>

#include <gtest/gtest.h>

namespace auditor::model {
namespace {

using ms = std::chrono::milliseconds;

CriticalPath path(std::string vertex, std::size_t subtask, ms whole, ms async, std::string host) {
  CriticalPath made;
  made.vertex_name = std::move(vertex);
  made.host = std::move(host);
  made.times = {subtask, whole, ms(10), ms(0), ms(20), async};
  return made;
}

TEST(CriticalPath, RestIsWhatNoPhaseAccountsFor) {
  const CriticalPath flush = path("sink", 0, ms(5'000), ms(70), "a");
  EXPECT_EQ(flush.of(CheckpointPhase::rest), ms(4'900));
  EXPECT_EQ(flush.longest(), CheckpointPhase::rest);
  EXPECT_EQ(path("window", 0, ms(1'000), ms(970), "a").longest(), CheckpointPhase::async);
  // Flink's clocks may give phases that are longer than the whole.
  EXPECT_EQ(path("window", 0, ms(900), ms(970), "a").of(CheckpointPhase::rest), ms(0));
}

TEST(CriticalPath, IsThatOfTheVertexThatTookLongestInThisCheckpoint) {
  JobDetails job;
  job.vertices.resize(2);
  job.vertices[0].id = JobVertexId("v1");
  job.vertices[0].name = "window";
  job.vertices[1].id = JobVertexId("v2");
  job.vertices[1].name = "sink";
  SubtaskState state;
  state.vertices.resize(3);
  const auto fill = [](SubtaskState::Vertex& vertex, const char* id, std::int64_t checkpoint,
                       ms whole) {
    vertex.id = JobVertexId(id);
    vertex.checkpoint_id = checkpoint;
    vertex.last = {3, whole, ms(0), ms(0), ms(0), whole};
    vertex.places = {{3, "tm-1", "host-1"}};
  };
  fill(state.vertices[0], "v1", 7, ms(100));
  fill(state.vertices[1], "v2", 7, ms(200));
  fill(state.vertices[2], "v1", 6, ms(900));
  const auto found = critical_path(job, state, 7);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->vertex_name, "sink");
  EXPECT_EQ(found->times.subtask, 3U);
  EXPECT_EQ(found->task_manager, "tm-1");
  EXPECT_EQ(found->host, "host-1");
  EXPECT_FALSE(critical_path(job, state, 5)) << "nothing of it was looked at";
}

TEST(CriticalPath, TheSummaryNamesPhaseAndPlace) {
  const std::vector<CriticalPath> paths{path("window", 2, ms(10'000), ms(9'000), "host-1"),
                                        path("window", 2, ms(20'000), ms(18'000), "host-1"),
                                        path("sink", 0, ms(1'000), ms(100), "host-2")};
  const auto summary = summarize(paths);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->checkpoints, 3U);
  EXPECT_EQ(summary->phase, CheckpointPhase::async);
  EXPECT_NEAR(summary->share, 27'100.0 / 31'000.0, 1e-9);
  EXPECT_EQ(summary->vertex_name, "window");
  EXPECT_EQ(summary->vertex_times, 2U);
  EXPECT_EQ(summary->subtask, 2U);
  EXPECT_EQ(summary->subtask_times, 2U);
  EXPECT_EQ(summary->host, "host-1");
  EXPECT_EQ(summary->host_times, 2U);
  EXPECT_FALSE(summarize({}));
}

}  // namespace
}  // namespace auditor::model
