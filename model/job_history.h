#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/copy_on_write.h"
#include "base/shared_text.h"
#include "base/time.h"
#include "model/history.h"
#include "model/ids.h"

namespace auditor::model {

/// How long a job is in its state, as far as looks saw; by the auditor's clock.
struct JobStay {
  base::Timestamp since{};  ///< the first look that found it in that state
  bool ran_long = false;    ///< it was seen to run at two looks that lie 10 min apart, or more
};

/// A completed checkpoint or savepoint of any run of a job.
struct PastCheckpoint {
  base::CopyOnWrite<JobId> flink_job_id;
  std::int64_t id = 0;
  bool is_savepoint = false;
  base::Timestamp triggered_at{};
  std::optional<base::Bytes> state_size;
};

/// What was slowest in one checkpoint of a vertex.
struct VertexSnapshot {
  /// The last subtask to acknowledge.
  struct Last {
    std::size_t subtask = 0;  ///< index in `/subtasks`
    std::chrono::milliseconds whole{0};
    base::SharedText task_manager;  ///< where it runs; empty: not known
  };
  std::int64_t checkpoint_id = 0;
  std::optional<Last> last;
  std::optional<std::chrono::milliseconds> median_duration;  ///< of the subtasks, end to end
};

/// How the checkpoints of a vertex went, as far as its subtasks were looked at.
struct VertexHistory {
  static constexpr std::size_t async_kept = 50;
  static constexpr std::size_t snapshots_kept = 10;
  /// The longest asynchronous part in each, of subtasks that went aligned.
  std::vector<std::optional<std::chrono::milliseconds>> async;
  std::vector<VertexSnapshot> snapshots;
};

/// What earlier looks at a job saw, over its restarts and redeployments, as far as checks ask.
/// Every series is bounded, and in the order of time.
struct JobHistory {
  JobStay stay;
  std::optional<Deployment> deployment;    ///< the present one
  std::optional<Deployment> previous;      ///< the one before, for a day after it was replaced
  std::vector<base::Timestamp> failovers;  ///< of the JobManager, in the last day
  std::deque<PastCheckpoint> completed;    ///< of all runs
  std::map<JobVertexId, VertexHistory> vertices;  ///< of this run
  /// From entering RUNNING until all subtasks ran, when that was last seen to come about.
  std::optional<std::chrono::milliseconds> last_restore;
  std::deque<StateDay> state_days;  ///< the last is today, which is not over
  std::uint64_t revision = 0;       ///< rises with each change, `stay` aside
};

}  // namespace auditor::model
