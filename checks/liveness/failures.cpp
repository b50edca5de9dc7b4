#include "checks/liveness/failures.h"

#include <algorithm>
#include <ranges>
#include <set>

namespace auditor::checks {

namespace {

using model::LossSign;
using model::TaskManagerLoss;
using std::chrono::milliseconds;

constexpr milliseconds one_incident = std::chrono::seconds(30);

/// "map -> sink (1/4) - execution #3" without the attempt.
std::string_view subtask_of(const model::JobException& exception) {
  const std::string_view task = exception.task;
  return task.substr(0, task.rfind(" - execution #"));
}

/// What decides with which others a root exception is one failure.
struct Failure {
  base::Timestamp at{};
  std::string_view task_manager;
  std::string_view subtask;
  bool lost = false;  ///< it tells of a TaskManager that went
  std::optional<TaskManagerLoss> loss;
};

Failure failure_of(const model::JobException& exception) {
  return {.at = *exception.at,
          .task_manager = exception.task_manager,
          .subtask = subtask_of(exception),
          .lost = exception.end.told,
          .loss = exception.end.loss};
}

/// An incident that later exceptions may belong to.
struct Open {
  explicit Open(const Failure& first)
      : incident{first.at, {}}, task_manager(first.task_manager), lost(first.lost) {}

  /// Whether the failure is of the same moment: of a task that has not failed in it yet.
  [[nodiscard]] bool begins_with(const Failure& failure) const {
    return (task_manager == failure.task_manager || (lost && failure.lost)) &&
           failure.at - incident.at <= one_incident && !subtasks.contains(failure.subtask);
  }

  /// Whether it is an attempt to restart that met the end of a TaskManager once more, or Flink
  /// giving that one up at last.
  [[nodiscard]] bool goes_on_with(const Failure& failure, milliseconds given_up_after) const {
    if (!lost || !failure.loss || failure.loss->sign == LossSign::broken) {
      return false;
    }
    const auto known = std::ranges::find_if(losses, [&](const TaskManagerLoss& loss) {
      return same_task_manager(loss, *failure.loss);
    });
    const milliseconds patience =
        known == losses.end() ? one_incident : std::max(one_incident, given_up_after);
    const bool late = failure.at - incident.at > patience;
    if (failure.loss->sign == LossSign::unanswered || late) {
      return !late;
    }
    return known != losses.end() && std::ranges::none_of(losses, [&](const TaskManagerLoss& loss) {
             return loss.sign == LossSign::given_up && same_task_manager(loss, *failure.loss);
           });
  }

  void add(const model::RootException& root, const Failure& failure) {
    incident.roots.insert(incident.roots.begin(), &root);
    subtasks.insert(failure.subtask);
    if (failure.loss) {
      losses.push_back(*failure.loss);
    }
  }

  Incident incident;
  std::string_view task_manager;
  bool lost = false;
  std::set<std::string_view> subtasks;
  std::vector<TaskManagerLoss> losses;
};

}  // namespace

bool is_being_set_up(const model::JobDetails& job) {
  return job.state == model::JobState::initializing || job.state == model::JobState::created;
}

std::vector<Incident> incidents(const model::JobExceptions& exceptions,
                                milliseconds given_up_after) {
  std::vector<const model::RootException*> roots;
  roots.reserve(exceptions.history.size());
  for (const model::RootException& root : exceptions.history) {
    if (root.exception.at) {
      roots.push_back(&root);
    }
  }
  std::ranges::stable_sort(roots, {},
                           [](const model::RootException* root) { return *root->exception.at; });
  std::vector<Open> found;
  found.reserve(roots.size());
  for (const model::RootException* root : roots) {
    const Failure failure = failure_of(root->exception);
    const auto same = std::ranges::find_if(found, [&](const Open& open) {
      return open.begins_with(failure) || open.goes_on_with(failure, given_up_after);
    });
    Open& open = same != found.end() ? *same : found.emplace_back(failure);
    open.add(*root, failure);
  }
  std::vector<Incident> newest_first;
  newest_first.reserve(found.size());
  for (Open& open : std::views::reverse(found)) {
    newest_first.push_back(std::move(open.incident));
  }
  return newest_first;
}

bool tells_of_drain(const Incident& incident) {
  return std::ranges::any_of(incident.roots, [](const model::RootException* root) {
    return root->exception.end.drained ||
           std::ranges::any_of(root->concurrent, [](const model::JobException& exception) {
             return exception.end.drained;
           });
  });
}

std::vector<CauseCount> causes_of(const std::vector<Incident>& incidents) {
  std::vector<CauseCount> causes;
  for (const Incident& incident : incidents) {
    // What came first is the cause, the rest follows from it.
    const model::RootException* const first = incident.roots.back();
    const auto known = std::ranges::find_if(causes, [first](const CauseCount& cause) {
      return cause.latest->exception.fingerprint == first->exception.fingerprint;
    });
    if (known == causes.end()) {
      causes.push_back({first, 1});
    } else {
      ++known->incidents;
    }
  }
  std::ranges::stable_sort(causes, std::ranges::greater{}, &CauseCount::incidents);
  return causes;
}

std::vector<Told> all_told(const model::JobExceptions& exceptions) {
  std::vector<Told> told;
  for (const model::RootException& root : exceptions.history) {
    told.push_back({&root.exception, &root});
    for (const model::JobException& concurrent : root.concurrent) {
      told.push_back({&concurrent, &root});
    }
  }
  for (const model::JobException& execution : exceptions.of_executions) {
    told.push_back({&execution, nullptr});
  }
  if (exceptions.root) {
    told.push_back({&*exceptions.root, nullptr});
  }
  return told;
}

}  // namespace auditor::checks
