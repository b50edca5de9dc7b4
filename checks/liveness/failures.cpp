#include "checks/liveness/failures.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"

namespace auditor::checks {

namespace {

constexpr std::chrono::milliseconds one_incident = std::chrono::seconds(30);

/// "map -> sink (1/4) - execution #3" without the attempt.
std::string_view subtask_of(const model::JobException& exception) {
  const std::string_view task = exception.task;
  return task.substr(0, task.rfind(" - execution #"));
}

}  // namespace

bool tells_of_drain(const model::JobException& exception) {
  static constexpr std::array<std::string_view, 7> words{"pod terminated",
                                                         "evicted",
                                                         "preempted",
                                                         "taskexecutor is shutting down",
                                                         "released on a *lost* node",
                                                         "node is shutting down",
                                                         "pod was deleted"};
  const std::string trace = base::to_lower(exception.trace);
  return trace.find("oomkilled") == std::string::npos &&
         std::ranges::any_of(words, [&trace](std::string_view word) {
           return trace.find(word) != std::string::npos;
         });
}

bool tells_of_loss(const model::JobException& exception) {
  static constexpr std::array<std::string_view, 5> words{
      "heartbeat of taskmanager", "no longer reachable", "closed by remote task manager",
      "connection to task manager lost", "is terminated. diagnostics"};
  const std::string trace = base::to_lower(exception.trace);
  return tells_of_drain(exception) || std::ranges::any_of(words, [&trace](std::string_view word) {
           return trace.find(word) != std::string::npos;
         });
}

bool is_being_set_up(const model::JobDetails& job) {
  return job.state == model::JobState::initializing || job.state == model::JobState::created;
}

std::vector<Incident> incidents(const model::JobExceptions& exceptions) {
  struct Open {
    Incident incident;
    std::string_view task_manager;
    bool lost = false;
    std::set<std::string_view> subtasks;
  };
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
    const model::JobException& exception = root->exception;
    const bool lost = tells_of_loss(exception);
    const auto same = std::ranges::find_if(found, [&](const Open& open) {
      return (open.task_manager == exception.task_manager || (open.lost && lost)) &&
             *exception.at - open.incident.at <= one_incident &&
             !open.subtasks.contains(subtask_of(exception));
    });
    Open& open = same != found.end()
                     ? *same
                     : found.emplace_back(Open{.incident = {*exception.at, {}},
                                               .task_manager = exception.task_manager,
                                               .lost = lost,
                                               .subtasks = {}});
    open.incident.roots.insert(open.incident.roots.begin(), root);
    open.subtasks.insert(subtask_of(exception));
  }
  std::vector<Incident> newest_first;
  newest_first.reserve(found.size());
  for (auto open = found.rbegin(); open != found.rend(); ++open) {
    newest_first.push_back(std::move(open->incident));
  }
  return newest_first;
}

bool tells_of_drain(const Incident& incident) {
  return std::ranges::any_of(incident.roots, [](const model::RootException* root) {
    return tells_of_drain(root->exception) ||
           std::ranges::any_of(root->concurrent, [](const model::JobException& exception) {
             return tells_of_drain(exception);
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
