#include "collectors/wire/checkpoints.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace auditor::collectors::wire {
namespace {

using nlohmann::json;

json row(std::int64_t id, const char* status) {
  return {{"id", id},
          {"status", status},
          {"is_savepoint", false},
          {"trigger_timestamp", 1'794'000'000'000 + id},
          {"end_to_end_duration", 40},
          {"checkpointed_size", 1'000},
          {"state_size", 5'000},
          {"external_path", "s3://bucket/chk-" + std::to_string(id)},
          {"latest_ack_timestamp", 1'794'000'000'040 + id},
          {"num_subtasks", 4},
          {"num_acknowledged_subtasks", status == std::string("COMPLETED") ? 4 : 3},
          {"failure_message", "Checkpoint expired before completing."},
          {"failure_timestamp", 1'794'000'000'050}};
}

std::string answer(const json& history) {
  return json{{"counts", {{"completed", 2}}},
              {"latest", {{"completed", history.back()}}},
              {"history", history}}
      .dump();
}

TEST(CheckpointStatistics, AreTheSameWithAnEarlierAnswerAndWithout) {
  const auto earlier = decode_checkpoints(
      answer(json::array({row(3, "IN_PROGRESS"), row(2, "FAILED"), row(1, "COMPLETED")})));
  ASSERT_TRUE(earlier.has_value());
  // One has ended since, and one has begun: the others stand in other rows.
  const std::string later = answer(json::array(
      {row(4, "IN_PROGRESS"), row(3, "COMPLETED"), row(2, "FAILED"), row(1, "COMPLETED")}));
  const auto alone = decode_checkpoints(later);
  const auto after = decode_checkpoints(later, &*earlier);
  ASSERT_TRUE(alone.has_value());
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(*after, *alone);
  ASSERT_EQ(after->history.size(), 4U);
  EXPECT_EQ(after->history[1].acknowledged, 4);
  EXPECT_EQ(after->history[2].failure_message, "Checkpoint expired before completing.");
  EXPECT_EQ(after->history[3].index, 3U);
  EXPECT_EQ(&after->history[3].external_path.text(), &earlier->history[2].external_path.text())
      << "what does not change is kept once";
}

TEST(CheckpointStatistics, ReadsARowAnewThatEndedOtherwise) {
  const auto earlier = decode_checkpoints(answer(json::array({row(1, "FAILED")})));
  ASSERT_TRUE(earlier.has_value());
  const auto after = decode_checkpoints(answer(json::array({row(1, "COMPLETED")})), &*earlier);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->history[0].status, model::CheckpointStatus::completed);
  EXPECT_EQ(after->history[0].acknowledged, 4);
}

}  // namespace
}  // namespace auditor::collectors::wire
