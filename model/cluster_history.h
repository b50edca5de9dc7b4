#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace auditor::model {

/// What earlier looks at a cluster saw, as far as checks ask for it. One look alone has none.
struct ClusterHistory {
  /// The first failed look of the series that has not ended yet.
  std::optional<base::Timestamp> failing_since;
  /// The state in which an application cluster's job was last seen, FINISHED or CANCELED: such a
  /// cluster goes with its job. Empty for all other clusters.
  std::string ended_job_state;
  /// The jobs that the latest successful look found running.
  std::size_t watched_jobs = 0;
};

}  // namespace auditor::model
