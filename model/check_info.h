#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "model/verdict.h"

namespace auditor::model {

/// What a check may read; the union over the enabled checks is what a collection fetches.
enum class Resource : unsigned {
  none = 0,
  cluster = 1U << 0U,                   ///< /config
  configuration = 1U << 1U,             ///< /jobmanager/config
  task_managers = 1U << 2U,             ///< /taskmanagers
  job = 1U << 3U,                       ///< /jobs/:id
  job_configuration = 1U << 4U,         ///< /jobs/:id/config
  checkpoint_configuration = 1U << 5U,  ///< /jobs/:id/checkpoints/config
  checkpoints = 1U << 6U,               ///< /jobs/:id/checkpoints
  checkpoint_details = 1U << 7U,        ///< /jobs/:id/checkpoints/details/:cid
  subtask_state = 1U << 8U,             ///< /jobs/:id/checkpoints/details/:cid/subtasks/:vid
  checkpoint_phases = 1U << 9U,         ///< the same, of the slowest vertex of each new checkpoint
  reachability = 1U << 10U,             ///< whether the cluster answered at all, and since when not
  other_jobs = 1U << 11U,               ///< all judged jobs of the cluster
  exceptions = 1U << 16U,               ///< /jobs/:id/exceptions
  failed_jobs = 1U << 17U,              ///< jobs that FAILED and were not started again
  unfinished_checkpoint = 1U << 20U,    ///< the details of one that is stuck or expired
  clock = 1U << 21U,                    ///< the JobManager's time, and since when all tasks run
  vertex_metrics = 1U << 22U,           ///< …/vertices/:vid/subtasks/metrics, of some vertices
  task_manager_metrics = 1U << 23U,     ///< /taskmanagers/metrics
  job_manager_metrics = 1U << 24U,      ///< /jobmanager/metrics
  accumulated_times = 1U << 25U,        ///< of /jobs/:id, with what earlier looks saw of them
  job_history = 1U << 26U,              ///< what earlier looks at the job saw; from no answer
  resource_requirements = 1U << 27U,    ///< /jobs/:id/resource-requirements
  subtask_flow = 1U << 28U,             ///< …/vertices/:vid of vertices with keyed inputs
};

constexpr Resource operator|(Resource a, Resource b) {
  return static_cast<Resource>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Resource operator&(Resource a, Resource b) {
  return static_cast<Resource>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
constexpr Resource operator~(Resource all) {
  return static_cast<Resource>(~static_cast<unsigned>(all));
}
constexpr bool includes(Resource all, Resource one) {
  return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

enum class PracticeKind { posture, health };

/// A group of checks that answers one question of the production checklist.
struct Practice {
  std::string_view id;
  std::string_view title;
  PracticeKind kind = PracticeKind::posture;
};

/// Every practice, in the order of the report.
std::span<const Practice> practices();

/// The practice with the id; nullptr where there is none.
const Practice* find_practice(std::string_view id);

/// What an option of a check holds; it decides how the configuration writes it.
enum class OptionKind {
  number,    ///< 2, 0.5
  percent,   ///< 20 or 20%
  duration,  ///< 10min; kept in milliseconds
  bytes,     ///< 10gb; kept in bytes
};

/// A threshold that the configuration may set under `checks.<id>.options.<name>`.
struct OptionInfo {
  std::string_view name;
  OptionKind kind = OptionKind::number;
  double otherwise = 0;  ///< the default, in the kind's unit
  double minimum = 0;
  double maximum = 0;
  std::string_view help;
};

/// What a check is; its function is in checks/.
struct CheckInfo {
  std::string_view id;        ///< a noun phrase for the failing state, never reused
  std::string_view title;     ///< the same in words
  std::string_view practice;  ///< `Practice::id`
  SubjectKind scope = SubjectKind::job;
  Severity severity = Severity::medium;
  Confidence confidence = Confidence::certain;
  Resource needs = Resource::none;  ///< where one is missing, the verdict is unknown
  Resource uses = Resource::none;   ///< may be missing
  std::span<const OptionInfo> options{};
  std::chrono::milliseconds pending_for{0};      ///< fails this long before it fires
  std::chrono::milliseconds keep_firing_for{0};  ///< passes this long before it resolves
  bool any_state = false;  ///< of a job: judged in whatever state it is, not only while it runs
};

}  // namespace auditor::model
