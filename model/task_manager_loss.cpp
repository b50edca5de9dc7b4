#include "model/task_manager_loss.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/flink.h"

namespace auditor::model {

namespace {

/// What follows a text, up to the next of `ends` or the end of the line; empty without the text.
std::string_view after(std::string_view trace, std::string_view text, std::string_view ends) {
  const std::size_t at = trace.find(text);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view line = trace.substr(at + text.size());
  return line.substr(0, std::min(line.find_first_of(ends), line.find('\n')));
}

/// "…TaskManager with id tm-1(host:port) timed out", "…TaskManager with id tm-1 is no longer
/// reachable".
std::optional<TaskManagerLoss> given_up(std::string_view trace) {
  constexpr std::string_view text = "TaskManager with id ";
  const std::string_view line = after(trace, text, "\n");
  if (line.find("timed out") == std::string_view::npos &&
      line.find("no longer reachable") == std::string_view::npos) {
    return std::nullopt;
  }
  return TaskManagerLoss{LossSign::given_up, std::string(after(trace, text, " (")), {}};
}

/// "… to recipient [Actor[pekko.tcp://flink@host:port/user/rpc/taskmanager_0#1]], because the
/// recipient is unreachable", since 1.14; where nobody answers, in every release: "Cannot deploy
/// task … - TaskManager (tm-1 @ host (dataPort=1)) not responding after a rpcTimeout of …".
std::optional<TaskManagerLoss> unanswered(std::string_view trace, std::string_view task_manager) {
  if (after(trace, "Cannot deploy task ", "\n").find(" not responding after ") !=
      std::string_view::npos) {
    return TaskManagerLoss{
        LossSign::unanswered, std::string(after(trace, " - TaskManager (", " ")), {}};
  }
  const std::string_view recipient = after(trace, "to recipient [", "\n,");
  if (trace.find("RecipientUnreachableException") == std::string_view::npos ||
      recipient.find("/taskmanager_") == std::string_view::npos) {
    return std::nullopt;
  }
  return TaskManagerLoss{LossSign::unanswered, std::string(id_told_by(task_manager)),
                         std::string(after(recipient, "@", "/"))};
}

/// "… remote task manager 'host/address:port [ tm-1 ] '", with the id since 1.15.4 and
/// 1.16.1.
std::optional<TaskManagerLoss> broken(std::string_view trace) {
  struct Text {
    std::string_view words;
    LossSign sign;
  };
  static constexpr std::array<Text, 3> texts{{
      {"Connection unexpectedly closed by remote task manager ", LossSign::broken},
      {"Lost connection to task manager ", LossSign::broken},
      // The task began after the end of the other one.
      {"Connecting to remote task manager ", LossSign::unanswered},
  }};
  for (const Text& text : texts) {
    if (const std::string_view line = after(trace, text.words, "\n"); !line.empty()) {
      return TaskManagerLoss{text.sign, std::string(after(line, " [ ", " (")), {}};
    }
  }
  return std::nullopt;
}

/// Whether an id that nobody chose ("host:port-1a2b3c") is of that address.
bool begins_with(std::string_view id, std::string_view address) {
  return !address.empty() && id.starts_with(address) && id.substr(address.size()).starts_with('-');
}

bool tells_of_drain(std::string_view stack_trace) {
  static constexpr std::array<std::string_view, 7> words{"pod terminated",
                                                         "evicted",
                                                         "preempted",
                                                         "taskexecutor is shutting down",
                                                         "released on a *lost* node",
                                                         "node is shutting down",
                                                         "pod was deleted"};
  const std::string trace = base::to_lower(stack_trace);
  return trace.find("oomkilled") == std::string::npos &&
         std::ranges::any_of(words, [&trace](std::string_view word) {
           return trace.find(word) != std::string::npos;
         });
}

std::optional<TaskManagerLoss> loss_told_by(std::string_view trace, std::string_view task_manager) {
  if (trace.find("idle timeout") != std::string_view::npos) {
    return std::nullopt;
  }
  if (auto loss = given_up(trace)) {
    return loss;
  }
  if (auto loss = unanswered(trace, task_manager)) {
    return loss;
  }
  return broken(trace);
}

}  // namespace

TaskManagerEnd end_told_by(std::string_view stack_trace, std::string_view task_manager) {
  TaskManagerEnd end;
  end.drained = tells_of_drain(stack_trace);
  if (!end.drained) {
    end.loss = loss_told_by(stack_trace, task_manager);
  }
  end.told = end.drained || end.loss ||
             stack_trace.find(" is terminated. Diagnostics") != std::string_view::npos;
  return end;
}

std::string_view id_told_by(std::string_view task_manager) {
  const std::size_t colon = task_manager.rfind(':');
  const bool is_address =
      colon != std::string_view::npos &&
      task_manager.substr(colon + 1).find_first_not_of("0123456789") == std::string_view::npos;
  return is_address ? std::string_view() : task_manager;
}

bool same_task_manager(const TaskManagerLoss& a, const TaskManagerLoss& b) {
  if (!a.id.empty() && !b.id.empty()) {
    return a.id == b.id;
  }
  return (!a.address.empty() && a.address == b.address) || begins_with(a.id, b.address) ||
         begins_with(b.id, a.address);
}

bool is_of(const TaskManagerLoss& loss, const TaskManager& listed) {
  if (!loss.id.empty()) {
    return listed.id.value == loss.id;
  }
  // An id that was chosen tells no port: then any on that host may be the one.
  const std::string_view address = loss.address;
  const std::string_view host = address.substr(0, address.rfind(':'));
  return begins_with(listed.id.value, address) ||
         (listed.host == host && !listed.id.value.view().starts_with(host));
}

}  // namespace auditor::model
