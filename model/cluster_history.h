#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "model/flow_history.h"
#include "model/ids.h"

namespace auditor::model {

/// How long a job is in its state, as far as looks saw; by the auditor's clock.
struct JobStay {
  base::Timestamp since{};  ///< the first look that found it in that state
  bool ran_long = false;    ///< it was seen to run at two looks that lie 10 min apart, or more
};

/// What earlier looks at a cluster saw, as far as checks ask for it. One look alone has none.
struct ClusterHistory {
  /// The first failed look of the series that has not ended yet.
  std::optional<base::Timestamp> failing_since;
  /// The state in which an application cluster's job was last seen, FINISHED or CANCELED: such a
  /// cluster goes with its job. Empty for all other clusters.
  std::string ended_job_state;
  /// The jobs that the latest successful look found running.
  std::size_t watched_jobs = 0;
  /// Of the jobs that the latest successful look found.
  std::map<JobId, JobStay> stays;
  /// The same jobs' flow, and the cluster's processes.
  std::map<JobId, FlowHistory> flows;
  ProcessHistory processes;
};

}  // namespace auditor::model
