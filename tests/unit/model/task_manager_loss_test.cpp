#include "model/task_manager_loss.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "model/flink.h"

namespace auditor::model {
namespace {

TEST(TaskManagerLoss, IsToldByItsHeartbeat) {
  const TaskManagerEnd end = end_told_by(
      "java.util.concurrent.TimeoutException: The heartbeat of TaskManager with id tm-1(host:6122) "
      "timed out.\n\tat org.apache.flink.runtime.F.g(F.java:1)",
      "tm-2");
  EXPECT_TRUE(end.told);
  EXPECT_FALSE(end.drained);
  ASSERT_TRUE(end.loss);
  EXPECT_EQ(*end.loss, (TaskManagerLoss{LossSign::given_up, "tm-1", ""}));
}

TEST(TaskManagerLoss, IsToldByTheNeighbourWhoseConnectionBroke) {
  const TaskManagerEnd end = end_told_by(
      "a.RemoteTransportException: Connection unexpectedly closed by remote task manager "
      "'host/10.0.0.1:41001 [ tm-1 ] '. This might indicate that the remote task manager was lost.",
      "tm-2");
  ASSERT_TRUE(end.loss);
  EXPECT_EQ(*end.loss, (TaskManagerLoss{LossSign::broken, "tm-1", ""}));
}

TEST(TaskManagerLoss, IsToldByWhatNobodyAnswered) {
  const std::string trace =
      "java.util.concurrent.CompletionException: a.RecipientUnreachableException: Could not send "
      "message [x] from sender [y] to recipient "
      "[Actor[pekko.tcp://flink@host:6122/user/rpc/taskmanager_0#1]], because the recipient is "
      "unreachable.";
  EXPECT_EQ(end_told_by(trace, "tm-1").loss,
            (TaskManagerLoss{LossSign::unanswered, "tm-1", "host:6122"}));
  EXPECT_EQ(end_told_by(trace, "host:41001").loss,
            (TaskManagerLoss{LossSign::unanswered, "", "host:6122"}));
}

TEST(TaskManagerLoss, IsNoneWhereItWasAskedToGo) {
  const std::string heartbeat = "The heartbeat of TaskManager with id tm-1(host:6122) timed out.";
  for (const std::string_view drain : {"Pod terminated", "The node is shutting down", "EVICTED"}) {
    std::string trace(drain);
    trace += '\n';
    trace += heartbeat;
    const TaskManagerEnd end = end_told_by(trace, "");
    EXPECT_TRUE(end.told && end.drained) << drain;
    EXPECT_FALSE(end.loss) << drain;
  }
  const TaskManagerEnd killed = end_told_by("pod was deleted: OOMKilled\n" + heartbeat, "");
  EXPECT_FALSE(killed.drained);
  EXPECT_TRUE(killed.loss);
  EXPECT_EQ(end_told_by("TaskManager with id tm-1 timed out: idle timeout", ""), TaskManagerEnd{});
}

TEST(TaskManagerLoss, IsNoneInAFailureOfTheJob) {
  EXPECT_EQ(
      end_told_by("java.lang.IllegalStateException: on purpose\n\tat lab.F.g(F.java:1)", "tm-1"),
      TaskManagerEnd{});
  EXPECT_EQ(end_told_by("", ""), TaskManagerEnd{});
}

TEST(TaskManagerLoss, MayBeToldWithoutSayingWhich) {
  const TaskManagerEnd end = end_told_by("tm is terminated. Diagnostics: exit code 1", "");
  EXPECT_TRUE(end.told);
  EXPECT_FALSE(end.drained);
  EXPECT_FALSE(end.loss);
}

TEST(TaskManagerLoss, NamesNoTaskManagerByTheAddressOfItsData) {
  EXPECT_EQ(id_told_by("tm-1"), "tm-1");
  EXPECT_EQ(id_told_by("host:6122-1a2b3c"), "host:6122-1a2b3c");
  EXPECT_EQ(id_told_by("host:41001"), "");
  EXPECT_EQ(id_told_by(""), "");
}

TEST(TaskManagerLoss, IsOneByIdOrByTheAddressThatTheIdBeginsWith) {
  const TaskManagerLoss by_id{LossSign::given_up, "host:6122-1a2b3c", ""};
  const TaskManagerLoss by_address{LossSign::unanswered, "", "host:6122"};
  const TaskManagerLoss other{LossSign::given_up, "host:61220-1a2b3c", ""};
  EXPECT_TRUE(same_task_manager(by_id, by_address));
  EXPECT_TRUE(same_task_manager(by_address, by_id));
  EXPECT_FALSE(same_task_manager(other, by_address));
  EXPECT_FALSE(same_task_manager(by_id, other));
  EXPECT_FALSE(same_task_manager({}, {}));
}

TEST(TaskManagerLoss, IsOverWhereItIsListed) {
  TaskManager listed;
  listed.id = TaskManagerId{"chosen"};
  listed.host = "host";
  EXPECT_TRUE(is_of({LossSign::given_up, "chosen", ""}, listed));
  EXPECT_FALSE(is_of({LossSign::given_up, "another", "host:6122"}, listed));
  EXPECT_TRUE(is_of({LossSign::unanswered, "", "host:6122"}, listed));
  listed.id = TaskManagerId{"host:6199-4d5e6f"};
  EXPECT_FALSE(is_of({LossSign::unanswered, "", "host:6122"}, listed));
}

}  // namespace
}  // namespace auditor::model
