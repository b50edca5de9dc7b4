#include "collectors/wire/cluster.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/support/altered.h"

namespace auditor::collectors::wire {
namespace {

using nlohmann::json;

TEST(TaskManagers, AreReadFieldByField) {
  const auto found = decode_task_managers(json{
      {"taskmanagers",
       json::array(
           {"no object",
            json{{"id", "10.0.0.1:6122-ab12cd"},
                 {"path", "akka.tcp://flink@10.0.0.1:6122/user/rpc/taskmanager_0"},
                 {"slotsNumber", 4},
                 {"freeSlots", 1},
                 {"timeSinceLastHeartbeat", 1'794'000'000'000},
                 {"memoryConfiguration", {{"taskHeap", 100}, {"managedMemory", 200}}}},
            json{{"id", 7}, {"timeSinceLastHeartbeat", 0}, {"memoryConfiguration", nullptr}}})}}
                                              .dump());
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->list.size(), 2U);
  const model::TaskManager& first = found->list[0];
  EXPECT_EQ(first.id.value, "10.0.0.1:6122-ab12cd");
  EXPECT_EQ(first.host, "10.0.0.1");
  EXPECT_EQ(first.index, 1U);
  EXPECT_EQ(first.slots, 4);
  EXPECT_EQ(first.free_slots, 1);
  EXPECT_EQ(first.task_heap, base::Bytes{100});
  EXPECT_EQ(first.managed_memory, base::Bytes{200});
  EXPECT_TRUE(first.last_heartbeat.at.has_value());
  const model::TaskManager& second = found->list[1];
  EXPECT_TRUE(second.id.value.empty());
  EXPECT_EQ(second.index, 2U);
  EXPECT_FALSE(second.last_heartbeat.at.has_value()) << "0: none yet";
  EXPECT_FALSE(second.task_heap.has_value());
}

TEST(Overview, IsReadFieldByField) {
  const auto found = decode_overview(
      json{{"jobs", json::array({json{{"name", "no id"}},
                                 json{{"jid", "a"},
                                      {"name", "orders"},
                                      {"state", "RUNNING"},
                                      {"start-time", 1'794'000'000'000},
                                      {"last-modification", 1'794'000'000'001},
                                      {"tasks", {{"total", 3}, {"running", 2}, {"finished", 1}}}},
                                 json{{"jid", "b"}, {"tasks", {{"total", 3}, {"running", 2}}}},
                                 json{{"jid", "c"}, {"tasks", {{"total", 3}}}}})}}
          .dump());
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[0].id.value, "a");
  EXPECT_EQ((*found)[0].name, "orders");
  EXPECT_EQ((*found)[0].index, 1U);
  EXPECT_EQ((*found)[0].state, model::JobState::running);
  EXPECT_EQ(*(*found)[0].last_modified - *(*found)[0].start_time, std::chrono::milliseconds(1));
  EXPECT_EQ((*found)[0].all_tasks_run, true);
  EXPECT_EQ((*found)[1].name, "b") << "a job without a name goes by its id";
  EXPECT_EQ((*found)[1].all_tasks_run, false);
  EXPECT_FALSE((*found)[2].all_tasks_run.has_value());
}

/// What is wrong, told apart: a list that is malformed is no other service's answer.
TEST(Lists, SayWhatIsWrongWithThem) {
  for (const std::string& body : testing::recorded_answers("/jobs/overview")) {
    ASSERT_TRUE(decode_overview(body).has_value());
    for (std::size_t size = 0; size < body.size(); size += 7) {
      const auto cut = decode_overview(body.substr(0, size));
      ASSERT_FALSE(cut.has_value()) << size;
      EXPECT_EQ(cut.error().kind, base::ErrorKind::malformed) << size;
    }
    EXPECT_FALSE(decode_overview(body + "}").has_value());
  }
  for (const std::string& body : testing::recorded_answers("/taskmanagers")) {
    ASSERT_TRUE(decode_task_managers(body).has_value());
    EXPECT_EQ(decode_task_managers(body.substr(0, body.size() / 2)).error().kind,
              base::ErrorKind::malformed);
  }
  for (const char* other : {"{}", R"({"jobs": 1, "taskmanagers": {}})", "[]", "1"}) {
    EXPECT_EQ(decode_overview(other).error().kind, base::ErrorKind::not_flink) << other;
    EXPECT_EQ(decode_task_managers(other).error().kind, base::ErrorKind::not_flink) << other;
  }
}

}  // namespace
}  // namespace auditor::collectors::wire
