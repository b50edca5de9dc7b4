#include "collectors/wire/checkpoints.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/support/altered.h"

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
  const auto after = decode_checkpoints(later, *earlier);
  ASSERT_TRUE(alone.has_value());
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(**after, **alone);
  ASSERT_EQ((*after)->history.size(), 4U);
  EXPECT_EQ((*after)->history[1].acknowledged, 4);
  EXPECT_EQ((*after)->history[2].failure_message, "Checkpoint expired before completing.");
  EXPECT_EQ((*after)->history[3].index, 3U);
  EXPECT_EQ(&(*after)->history[3].external_path.text(),
            &(*earlier)->history[2].external_path.text())
      << "what does not change is kept once";
}

TEST(CheckpointStatistics, ReadsARowAnewThatEndedOtherwise) {
  const auto earlier = decode_checkpoints(answer(json::array({row(1, "FAILED")})));
  ASSERT_TRUE(earlier.has_value());
  const auto after = decode_checkpoints(answer(json::array({row(1, "COMPLETED")})), *earlier);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ((*after)->history[0].status, model::CheckpointStatus::completed);
  EXPECT_EQ((*after)->history[0].acknowledged, 4);
}

TEST(CheckpointStatistics, ShareTheHistoryThatAnEarlierAnswerHad) {
  const json history = json::array({row(3, "COMPLETED"), row(2, "FAILED"), row(1, "COMPLETED")});
  const auto earlier = decode_checkpoints(answer(history));
  ASSERT_TRUE(earlier.has_value());
  json counted = json::parse(answer(history));
  counted["counts"]["completed"] = 3;
  const auto after = decode_checkpoints(counted.dump(), *earlier);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ((*after)->completed_count, 3);
  EXPECT_EQ(&(*after)->history[0], &(*earlier)->history[0]);
}

TEST(CheckpointStatistics, LeaveOutWhatAnEarlierHistoryHadBeside) {
  const json all = json::array({row(3, "COMPLETED"), row(2, "FAILED"), row(1, "COMPLETED")});
  const auto earlier = decode_checkpoints(answer(all));
  ASSERT_TRUE(earlier.has_value());
  for (const json& history :
       {json::array({all[0], all[1]}), json::array({all[0], all[2]}), json::array({all[1], all[2]}),
        json::array({all[0], row(2, "IN_PROGRESS"), all[2]}), json::array({all[0], 7, all[2]})}) {
    const auto alone = decode_checkpoints(answer(history));
    const auto after = decode_checkpoints(answer(history), *earlier);
    ASSERT_TRUE(alone.has_value() && after.has_value());
    EXPECT_EQ(**after, **alone) << history;
  }
}

TEST(CheckpointStatistics, AreSharedWhereNothingWasAdded) {
  std::size_t shared = 0;
  for (const std::string& body : testing::recorded_job_answers("/checkpoints")) {
    const auto earlier = decode_checkpoints(body);
    ASSERT_TRUE(earlier.has_value());
    const auto again = decode_checkpoints(body, *earlier);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(**again, **earlier);
    shared += again->is(*earlier) ? 1U : 0U;
  }
  EXPECT_GT(shared, 12U);
}

/// Which checkpoints there are, and how they stand: of one that has ended the rest does not change.
std::vector<std::tuple<std::int64_t, model::CheckpointStatus, std::size_t>> rows_of(
    const model::CheckpointStatistics& statistics) {
  std::vector<std::tuple<std::int64_t, model::CheckpointStatus, std::size_t>> rows;
  const auto add = [&rows](const model::Checkpoint& checkpoint) {
    rows.emplace_back(checkpoint.id, checkpoint.status, checkpoint.index);
  };
  std::ranges::for_each(statistics.history, add);
  for (const auto& latest : {statistics.latest_completed, statistics.latest_savepoint}) {
    add(latest.value_or(model::Checkpoint{}));
  }
  return rows;
}

TEST(CheckpointStatistics, ReadWithAnEarlierAnswerWhatChanged) {
  std::size_t changed = 0;
  std::size_t noticed = 0;
  for (const std::string& body : testing::recorded_job_answers("/checkpoints")) {
    json document = json::parse(body);
    json& history = document["history"];
    constexpr std::size_t enough_rows = 2;
    history.erase(
        history.begin() + static_cast<std::ptrdiff_t>(std::min(enough_rows, history.size())),
        history.end());
    const auto earlier = decode_checkpoints(document.dump());
    ASSERT_TRUE(earlier.has_value());
    testing::visit_alterations(document, [&](const json& altered, const auto& at) {
      const std::string text = altered.dump();
      const auto with = decode_checkpoints(text, *earlier);
      const auto without = decode_checkpoints(text);
      ASSERT_EQ(with.has_value(), without.has_value()) << at;
      if (!with) {
        return;
      }
      ASSERT_EQ(rows_of(**with), rows_of(**without)) << at;
      const std::string place = at.to_string();
      if (place.starts_with("/counts") || place.starts_with("/summary") ||
          place.starts_with("/latest/restored")) {
        ASSERT_EQ(**with, **without) << at;
      }
      noticed += with->is(*earlier) ? 0U : 1U;
      ++changed;
    });
  }
  EXPECT_GT(changed, 1'000U);
  EXPECT_GT(noticed, 100U);
}

}  // namespace
}  // namespace auditor::collectors::wire
