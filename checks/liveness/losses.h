#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/exceptions.h"
#include "model/flink.h"

/// What exceptions tell of TaskManagers that went: every spelling from Flink 1.13 to 2.3.
namespace auditor::checks {

/// How a loss was noticed. One loss is told in several ways, one after the other.
enum class LossSign {
  broken,      ///< a connection to it broke, as its neighbours say
  given_up,    ///< Flink gave it up: its heartbeat timed out, or it is no longer reachable
  unanswered,  ///< what was sent to it after its end: the tasks of each attempt to restart
};

/// A TaskManager that an exception tells to be lost.
struct Loss {
  LossSign sign = LossSign::broken;
  std::string id;       ///< empty: not told
  std::string address;  ///< "host:port" of its RPC; empty: not told
};

/// The id of the TaskManager where it was thrown; empty where it has none or tells "host:port" of
/// its data instead, as before 1.17. The adaptive scheduler tells neither.
std::string_view id_told_by(const model::JobException& exception);

/// The loss that an exception tells of; nullopt where it tells of none, or of a TaskManager that
/// was asked to go or that Flink released. Up to 1.15.3 and 1.16.0 its neighbours tell neither id
/// nor address.
std::optional<Loss> loss_told_by(const model::JobException& exception);

/// Whether both are told to be the same TaskManager: by id, or by address, with which ids that
/// nobody chose begin.
bool same_task_manager(const Loss& a, const Loss& b);

/// Whether it is this TaskManager of the list: then it is back, or never went.
bool is_of(const Loss& loss, const model::TaskManager& listed);

/// Whether the exception tells of a TaskManager that was asked to go: a drained node, a terminated
/// or preempted pod or container. Not where memory was the reason.
bool tells_of_drain(const model::JobException& exception);

/// Whether it tells of a TaskManager that went, asked to or not.
bool tells_of_loss(const model::JobException& exception);

}  // namespace auditor::checks
