#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/flink.h"
#include "model/flow_history.h"
#include "model/ids.h"
#include "model/job_history.h"

namespace auditor::model {

/// A job that Flink no longer lists and that was not seen to end.
struct DisappearedJob {
  JobId id;
  std::string name;
  JobState state = JobState::other;  ///< in which it was last seen
  base::Timestamp last_listed{};
  bool ran_long = false;
};

/// The same deployment of a job was started again by another JobManager.
struct JobManagerFailover {
  JobId job;
  std::string job_name;
  base::Timestamp at{};  ///< the job's later start, by the JobManager's clock
};

/// What earlier looks at a cluster saw, as far as checks ask for it. One look alone has none.
struct ClusterHistory {
  /// The first look at the cluster that saw it, since this process started.
  std::optional<base::Timestamp> watched_since;
  /// The first failed look of the series that has not ended yet.
  std::optional<base::Timestamp> failing_since;
  /// The state in which an application cluster's job was last seen, FINISHED or CANCELED: such a
  /// cluster goes with its job. Empty for all other clusters.
  std::string ended_job_state;
  /// The jobs that the latest successful look found running.
  std::size_t watched_jobs = 0;
  /// Of the jobs that the latest successful look found.
  std::map<JobId, std::shared_ptr<const JobHistory>> jobs;
  /// The same jobs' flow, and the cluster's processes.
  std::map<JobId, FlowHistory> flows;
  ProcessHistory processes;
  /// Of the last day, without those that came back.
  std::vector<DisappearedJob> disappeared;
  /// Of the last day, in the order of time.
  std::vector<JobManagerFailover> failovers;
  /// Names of jobs that should run, as the configuration has them.
  std::vector<std::string> expected_jobs;

  /// What is known of the job; an empty history where nothing is.
  [[nodiscard]] const JobHistory& of(const JobId& job) const {
    static const JobHistory none;
    const auto found = jobs.find(job);
    return found == jobs.end() ? none : *found->second;
  }
};

}  // namespace auditor::model
