#include "audit/ended_checkpoints.h"

#include <gtest/gtest.h>

namespace auditor::audit {
namespace {

using model::CheckpointStatus;

TEST(EndedCheckpoints, NotesEachEndOnce) {
  EndedCheckpoints ended;
  EXPECT_TRUE(ended.note(7, CheckpointStatus::completed));
  EXPECT_TRUE(ended.note(5, CheckpointStatus::failed)) << "savepoints may end out of order";
  EXPECT_FALSE(ended.note(7, CheckpointStatus::completed));
  EXPECT_FALSE(ended.note(5, CheckpointStatus::failed));
  EXPECT_TRUE(ended.note(5, CheckpointStatus::completed)) << "it ended otherwise";
  ended.clear();
  EXPECT_TRUE(ended.note(7, CheckpointStatus::completed)) << "of another run";
}

TEST(EndedCheckpoints, ForgetsTheOldestAndTakesThemForNoNews) {
  EndedCheckpoints ended;
  constexpr std::int64_t many = 200;
  for (std::int64_t id = 1; id <= many; ++id) {
    EXPECT_TRUE(ended.note(id, CheckpointStatus::completed));
  }
  // A cluster that shows more than are kept: its next look has no news either.
  for (std::int64_t id = 1; id <= many; ++id) {
    EXPECT_FALSE(ended.note(id, CheckpointStatus::completed)) << id;
  }
  EXPECT_TRUE(ended.note(many + 1, CheckpointStatus::completed));
}

}  // namespace
}  // namespace auditor::audit
