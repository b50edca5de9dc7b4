#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What exceptions tell of TaskManagers that went: every spelling from Flink 1.13 to 2.3.
namespace auditor::model {

struct TaskManager;

/// How a loss was noticed. One loss is told in several ways, one after the other.
enum class LossSign {
  broken,      ///< a connection to it broke, as its neighbours say
  given_up,    ///< Flink gave it up: its heartbeat timed out, or it is no longer reachable
  unanswered,  ///< what was sent to it after its end: the tasks of each attempt to restart
};

/// A TaskManager that an exception tells to be lost.
struct TaskManagerLoss {
  LossSign sign = LossSign::broken;
  std::string id;       ///< empty: not told
  std::string address;  ///< "host:port" of its RPC; empty: not told
  friend bool operator==(const TaskManagerLoss&, const TaskManagerLoss&) = default;
};

/// What one exception tells of the end of a TaskManager.
struct TaskManagerEnd {
  /// It tells of one that went, asked to or not.
  bool told = false;
  /// Of one that was asked to go: a drained node, a terminated or preempted pod or container. Not
  /// where memory was the reason.
  bool drained = false;
  /// nullopt where it tells of none that was lost, or of one that was asked to go or that Flink
  /// released. Up to 1.15.3 and 1.16.0 its neighbours tell neither id nor address.
  std::optional<TaskManagerLoss> loss;
  friend bool operator==(const TaskManagerEnd&, const TaskManagerEnd&) = default;
};

/// `task_manager`: where it was thrown, as `JobException::task_manager` has it.
TaskManagerEnd end_told_by(std::string_view stack_trace, std::string_view task_manager);

/// The id of the TaskManager where an exception was thrown; empty where it has none or tells
/// "host:port" of its data instead, as before 1.17. The adaptive scheduler tells neither.
std::string_view id_told_by(std::string_view task_manager);

/// Whether both are told to be the same TaskManager: by id, or by address, with which ids that
/// nobody chose begin.
bool same_task_manager(const TaskManagerLoss& a, const TaskManagerLoss& b);

/// Whether it is this TaskManager of the list: then it is back, or never went.
bool is_of(const TaskManagerLoss& loss, const TaskManager& listed);

}  // namespace auditor::model
