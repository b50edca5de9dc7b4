#include "report/job_drawing.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "audit/audit.h"
#include "collectors/recording.h"
#include "model/checkpoint_record.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/flow.h"

namespace auditor::report {
namespace {

using nlohmann::json;

model::Snapshot recorded(const std::string& name) {
  const auto read = collectors::Recording::read(
      testing::source("tests/recordings/" + name + ".json.gz").string());
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return *audit::look(*read, {});
}

const model::JobSnapshot& named(const model::Snapshot& snapshot, const std::string& name) {
  return *std::ranges::find_if(
      snapshot.jobs, [&name](const model::JobSnapshot& job) { return job.overview.name == name; });
}

TEST(JobDrawing, HasTheGraphAndTheCheckpointsOfEachJob) {
  const model::Snapshot snapshot = recorded("sick-1.20.5");
  const json drawings = json::parse(drawings_json(snapshot, {}));
  ASSERT_EQ(drawings.size(), snapshot.jobs.size());
  for (const model::JobSnapshot& job : snapshot.jobs) {
    const json& drawing = drawings[job.overview.id.value];
    ASSERT_TRUE(job.details.known() && job.checkpoints.known()) << job.overview.name;
    EXPECT_EQ(drawing["graph"]["vertices"].size(), job.details.value->vertices.size());
    EXPECT_EQ(drawing["checkpoints"].size(), job.checkpoints.value->history.size());
    EXPECT_TRUE(std::ranges::is_sorted(drawing["checkpoints"], {}, [](const json& checkpoint) {
      return checkpoint["triggered_at"].get<std::string>();
    })) << "oldest first";
  }
  const json& slow = drawings[named(snapshot, "slow-async").overview.id.value];
  EXPECT_EQ(slow["checkpoint_summary"]["phase"], "asynchronous part");
  EXPECT_GT(slow["checkpoint_summary"]["share"], 0.5);
  EXPECT_TRUE(std::ranges::any_of(slow["checkpoints"], [](const json& checkpoint) {
    return checkpoint["critical_path"].is_object() && checkpoint["async_ms"] > 2'000;
  }));
  EXPECT_EQ(slow["graph"]["edges"].size(), 1U);
}

TEST(JobDrawing, TellsHowBusyAVertexIsWhereItWasMeasured) {
  const model::Snapshot snapshot = recorded("sick-1.20.5");
  const model::JobSnapshot& job = named(snapshot, "slow-async");
  std::vector<checks::FlowWindows> flows(snapshot.jobs.size());
  flows.at(static_cast<std::size_t>(&job - snapshot.jobs.data())) =
      testing::first_measured(job, 0.126, 1);
  const json drawings = json::parse(drawings_json(snapshot, flows));
  const json& vertices = drawings[job.overview.id.value]["graph"]["vertices"];
  EXPECT_EQ(vertices[0]["busy_percent"], 13);
  EXPECT_EQ(vertices[0]["backpressured_percent"], 100);
  EXPECT_TRUE(vertices[1]["busy_percent"].is_null());
}

TEST(JobDrawing, IsEmptyWithoutAJob) {
  EXPECT_TRUE(graph_json(nullptr, nullptr)["vertices"].empty());
  EXPECT_TRUE(summary_json({}).is_null());
  EXPECT_EQ(drawings_json({}, {}), "{}");
}

TEST(CheckpointRecord, HasPhasesOnlyOfTheCheckpointThatWasLookedAt) {
  const model::Snapshot snapshot = recorded("sick-1.20.5");
  const model::JobSnapshot& job = named(snapshot, "slow-async");
  std::size_t looked_at = 0;
  for (const model::Checkpoint& checkpoint : job.checkpoints.value->history) {
    const model::CheckpointRecord record = model::record_of(checkpoint, job);
    EXPECT_EQ(record.checkpoint_id, checkpoint.id);
    EXPECT_EQ(record.flink_job_id, job.overview.id);
    EXPECT_EQ(record.async.has_value(), record.critical_path.has_value());
    looked_at += record.async ? 1U : 0U;
  }
  EXPECT_GE(looked_at, 1U);
  EXPECT_LT(looked_at, job.checkpoints.value->history.size());
}

}  // namespace
}  // namespace auditor::report
