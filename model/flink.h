#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/shared_list.h"
#include "base/shared_text.h"
#include "base/time.h"
#include "model/flink_version.h"
#include "model/ids.h"

/// Flink's own things, as its REST API gives them. An absent optional means: the answer lacked the
/// field or had it with a type that Flink never sends. Nothing here is a guess.
namespace auditor::model {

using base::Bytes;
using base::Timestamp;
using std::chrono::milliseconds;

/// org.apache.flink.api.common.JobStatus; `other` is a state that no release up to 2.3 has.
enum class JobState {
  initializing,
  created,
  running,
  failing,
  failed,
  cancelling,
  canceled,
  finished,
  restarting,
  suspended,
  reconciling,
  other
};

std::string_view to_text(JobState state);
JobState parse_job_state(std::string_view text);

/// FINISHED, CANCELED and FAILED: the job will not run again.
bool is_terminal(JobState state);

/// `/config` (DashboardConfiguration).
struct ClusterInfo {
  FlinkVersion version;
  bool history_server = false;     ///< features.web-history, since 1.16
  std::optional<bool> web_submit;  ///< features.web-submit: jars may be uploaded and run
  friend bool operator==(const ClusterInfo&, const ClusterInfo&) = default;
};

/// One row of `/jobs/overview` (JobDetails).
struct JobOverview {
  JobId id;
  std::string name;
  JobState state = JobState::other;
  std::size_t index = 0;  ///< in `/jobs`
  std::optional<Timestamp> start_time{};
  std::optional<Timestamp> last_modified{};  ///< when a subtask last changed its state
  std::optional<bool> all_tasks_run{};       ///< every subtask is RUNNING or FINISHED
  friend bool operator==(const JobOverview&, const JobOverview&) = default;
};

/// `tasks` of a vertex: how many of its subtasks are in each state (ExecutionState). All are 0
/// while there are none yet.
struct SubtaskCounts {
  std::int64_t created = 0;
  std::int64_t scheduled = 0;
  std::int64_t deploying = 0;
  std::int64_t initializing = 0;
  std::int64_t running = 0;
  std::int64_t finished = 0;
  friend bool operator==(const SubtaskCounts&, const SubtaskCounts&) = default;
};

/// `vertices[]` of `/jobs/:id` (JobDetailsInfo.JobVertexDetailsInfo).
struct JobVertex {
  JobVertexId id;
  std::string name;
  std::optional<std::int64_t> parallelism;
  std::optional<std::int64_t> max_parallelism;
  std::string status;
  std::size_t index = 0;    ///< in `/vertices`
  std::size_t ordinal = 0;  ///< among the vertices of the same name
  SubtaskCounts tasks;
  std::optional<Timestamp> start_time;  ///< of the subtask that was deployed first
  friend bool operator==(const JobVertex&, const JobVertex&) = default;
};

/// `plan.nodes[].inputs[]`.
struct PlanInput {
  JobVertexId id;
  std::string ship_strategy;  ///< HASH, REBALANCE, FORWARD, …
  std::string exchange;       ///< pipelined_bounded, blocking, …
  friend bool operator==(const PlanInput&, const PlanInput&) = default;
};

/// `plan.nodes[]` (JsonPlanGenerator).
struct PlanNode {
  JobVertexId id;
  std::string description;  ///< HTML entities and `<br/>` as sent
  bool from_data_set =
      false;  ///< `operator` or `optimizer_properties` is filled: a DataSet job with random ids
  std::vector<PlanInput> inputs;
  std::size_t index = 0;  ///< in `/plan/nodes`
  friend bool operator==(const PlanNode&, const PlanNode&) = default;
};

enum class JobType { unknown, streaming, batch };

/// A moment that differs in every look, so that it makes no difference between two of them: what
/// depends on it must be judged anew in each look (`Resource::clock`).
struct Moment {
  std::optional<Timestamp> at;
  friend bool operator==(const Moment& /*unused*/, const Moment& /*unused*/) { return true; }
};

/// `/jobs/:id` (JobDetailsInfo).
struct JobDetails {
  JobId id;
  std::string name;
  JobState state = JobState::other;
  JobType type = JobType::unknown;  ///< `job-type` (1.20), else `plan.type` (1.14), else from the
                                    ///< plan's exchanges
  std::optional<Timestamp> start_time;
  std::optional<Timestamp> restarting_at;       ///< when it last entered RESTARTING; absent: never
  std::optional<std::int64_t> max_parallelism;  ///< of the job; −1: not set
  std::map<JobState, Timestamp> entered;  ///< when it last entered each state; none: never, or not
                                          ///< told
  std::vector<JobVertex> vertices;
  std::vector<PlanNode> plan;

  /// The vertex with the plan node's id, and the other way round; nullptr where there is none.
  [[nodiscard]] const JobVertex* vertex(const JobVertexId& id) const;
  [[nodiscard]] const PlanNode* node(const JobVertexId& id) const;
  friend bool operator==(const JobDetails&, const JobDetails&) = default;
};

/// `/jobs/:id/config` (JobConfigInfo).
struct JobConfiguration {
  std::optional<std::string> restart_strategy;  ///< text, see flink-facts F.3
  friend bool operator==(const JobConfiguration&, const JobConfiguration&) = default;
};

/// `/jobs/:id/checkpoints/config` (CheckpointConfigInfo).
struct CheckpointConfiguration {
  std::optional<milliseconds> interval;  ///< `never` and more: periodic checkpointing is off
  std::optional<milliseconds> timeout;
  std::optional<milliseconds> min_pause;
  std::optional<std::int64_t> max_concurrent;
  std::optional<bool> externalized;
  std::optional<bool> deleted_on_cancellation;
  std::optional<std::int64_t> tolerable_failures;  ///< INT_MAX: failures never fail the job
  std::optional<std::string> state_backend;
  std::optional<std::string> storage;
  std::optional<std::string> mode;  ///< exactly_once, at_least_once
  std::optional<bool> changelog;    ///< since 1.16
  std::optional<bool> unaligned;
  std::optional<bool> after_tasks_finish;  ///< since 1.14

  /// Anything of a few years and more stands for "off"; Flink sends Long.MAX_VALUE.
  static constexpr milliseconds never = std::chrono::years(3);

  /// Whether periodic checkpoints are taken; nullopt where the interval is not known.
  [[nodiscard]] std::optional<bool> enabled() const {
    return interval ? std::optional(*interval < never) : std::nullopt;
  }
  friend bool operator==(const CheckpointConfiguration&, const CheckpointConfiguration&) = default;
};

enum class CheckpointStatus { in_progress, completed, failed, other };

/// An entry of `history[]` or `latest` in `/jobs/:id/checkpoints`.
struct Checkpoint {
  std::int64_t id = 0;
  CheckpointStatus status = CheckpointStatus::other;
  bool is_savepoint = false;
  std::optional<Timestamp> triggered_at;
  std::optional<milliseconds> duration;      ///< trigger to last acknowledgement
  std::optional<Bytes> checkpointed_size;    ///< written by this checkpoint; since 1.15
  std::optional<Bytes> state_size;           ///< of all that it refers to
  base::SharedText external_path;            ///< empty: none
  base::SharedText failure_message;          ///< of a failed one
  std::size_t index = 0;                     ///< in `/history`
  std::optional<Timestamp> acknowledged_at;  ///< last acknowledgement of a subtask
  std::optional<Timestamp> failed_at;
  std::optional<std::int64_t> subtasks;
  std::optional<std::int64_t> acknowledged;  ///< of `subtasks`

  /// It took longer than the timeout.
  [[nodiscard]] bool expired() const;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// `latest.restored`.
struct RestoredCheckpoint {
  std::int64_t id = 0;
  bool is_savepoint = false;
  std::optional<Timestamp> restored_at;
  std::optional<std::string> external_path;
  friend bool operator==(const RestoredCheckpoint&, const RestoredCheckpoint&) = default;
};

/// `/jobs/:id/checkpoints` (CheckpointingStatistics). Counts start anew with each JobMaster.
struct CheckpointStatistics {
  std::optional<std::int64_t> completed_count;
  std::optional<std::int64_t> restored_count;
  std::optional<std::int64_t> failed_count;  ///< may count what was never triggered (A.4.7)
  std::optional<milliseconds>
      median_duration;  ///< of completed ones; `summary.end_to_end_duration.p50`, since 1.14
  std::optional<milliseconds> p95_duration;
  std::optional<Checkpoint> latest_completed;  ///< may be older than a savepoint
  std::optional<Checkpoint> latest_savepoint;
  std::optional<RestoredCheckpoint> latest_restored;
  /// Newest first, ten at most unless configured otherwise; most answers have those of the one
  /// before.
  base::SharedList<Checkpoint> history;

  /// Completed entries of the history, newest first.
  [[nodiscard]] std::vector<const Checkpoint*> completed() const;

  /// Those of them that show how the job's checkpoints are: no savepoints, and not the first one
  /// after a restore, which writes what others need not and waits for a job that catches up.
  [[nodiscard]] std::vector<const Checkpoint*> usual() const;

  /// Those that have expired since one completed, newest first; no savepoints.
  [[nodiscard]] std::vector<const Checkpoint*> expired() const;
  friend bool operator==(const CheckpointStatistics&, const CheckpointStatistics&) = default;
};

/// `tasks` of `/jobs/:id/checkpoints/details/:cid`.
struct VertexState {
  std::optional<Bytes> state_size;
  std::optional<std::int64_t> subtasks;
  std::optional<milliseconds> duration;        ///< trigger to the vertex' last acknowledgement
  std::optional<std::int64_t> acknowledged{};  ///< of `subtasks`
  friend bool operator==(const VertexState&, const VertexState&) = default;
};

/// `/jobs/:id/checkpoints/details/:cid`: how much state each vertex has in one completed
/// checkpoint.
struct CheckpointDetails {
  std::int64_t id = 0;
  std::map<JobVertexId, VertexState> vertices;
  friend bool operator==(const CheckpointDetails&, const CheckpointDetails&) = default;
};

/// `/jobs/:id/checkpoints/details/:cid/subtasks/:vid` of the vertices whose subtasks were looked
/// at.
struct SubtaskState {
  /// Where a subtask runs.
  struct Place {
    std::size_t subtask = 0;
    std::string task_manager;
    std::string host;
    friend bool operator==(const Place&, const Place&) = default;
  };
  /// How long one subtask took, from the trigger to its acknowledgement, and where.
  struct Times {
    std::size_t subtask = 0;  ///< index in `/subtasks`
    milliseconds whole{0};
    std::optional<milliseconds> start_delay;
    std::optional<milliseconds> alignment;
    std::optional<milliseconds> sync;
    std::optional<milliseconds> async;
    friend bool operator==(const Times&, const Times&) = default;
  };
  struct Vertex {
    JobVertexId id;
    std::string path;                           ///< of the answer
    Bytes largest{};                            ///< state of the fullest subtask
    std::size_t largest_index = 0;              ///< in `/subtasks`
    std::optional<milliseconds> longest_async;  ///< asynchronous part of the snapshot
    std::size_t longest_async_index = 0;        ///< in `/subtasks`
    std::int64_t checkpoint_id = 0;
    std::optional<milliseconds> longest_sync;
    std::optional<milliseconds> longest_alignment;
    std::optional<milliseconds> longest_start_delay;
    std::size_t longest_sync_index = 0;  ///< in `/subtasks`, as those below
    std::size_t longest_alignment_index = 0;
    std::size_t longest_start_delay_index = 0;
    std::size_t unaligned = 0;  ///< subtasks that did not wait for all barriers
    std::optional<milliseconds> longest_aligned_async;  ///< of the others
    std::size_t longest_aligned_async_index = 0;
    std::optional<Bytes> written;  ///< by that subtask; before 1.15 its state
    std::optional<milliseconds> longest_blocking_alignment;  ///< 0 where none waited for barriers
    std::size_t longest_blocking_alignment_index = 0;
    std::optional<milliseconds> longest_other;  ///< of end to end, what no phase accounts for
    std::size_t longest_other_index = 0;
    std::optional<Times> last;                    ///< the subtask that took longest
    std::optional<milliseconds> median_duration;  ///< of the subtasks, end to end
    std::vector<Place> places;  ///< of subtasks with a long phase that still are where they were

    /// Where the subtask runs; nullptr where that is not known.
    [[nodiscard]] const Place* place(std::size_t subtask) const;
    friend bool operator==(const Vertex&, const Vertex&) = default;
  };
  std::vector<Vertex> vertices;
  std::vector<JobVertexId> not_sampled;  ///< large enough to look at, but beyond the budget
  friend bool operator==(const SubtaskState&, const SubtaskState&) = default;
};

/// A checkpoint that is in progress for long, or that expired, and what it waits or waited for:
/// `/jobs/:id/checkpoints/details/:cid`, and its `/subtasks/:vid` of one vertex.
struct UnfinishedCheckpoint {
  std::int64_t id = 0;
  CheckpointStatus status = CheckpointStatus::other;
  std::optional<std::int64_t> acknowledged;  ///< subtasks, of all vertices
  CheckpointDetails details;
  JobVertexId vertex;                ///< the first one, downstream, that waits; empty: none
  std::vector<std::size_t> waiting;  ///< its subtasks that have not acknowledged, if it was asked
  std::string subtasks_path;         ///< of that answer; empty: not asked
  friend bool operator==(const UnfinishedCheckpoint&, const UnfinishedCheckpoint&) = default;
};

/// `/jobs/:id/resource-requirements` (JobResourceRequirements), since 1.18, of the adaptive
/// scheduler: how parallel each vertex may and has to run.
struct ResourceRequirements {
  struct Bounds {
    std::int64_t lower = 0;
    std::int64_t upper = 0;
    friend bool operator==(const Bounds&, const Bounds&) = default;
  };
  std::map<JobVertexId, Bounds> vertices;
  friend bool operator==(const ResourceRequirements&, const ResourceRequirements&) = default;
};

/// One of `/taskmanagers` (TaskManagerInfo).
struct TaskManager {
  TaskManagerId id;
  std::string host;  ///< from the RPC path; empty where it has none
  std::optional<std::int64_t> slots;
  std::optional<std::int64_t> free_slots;
  std::optional<Bytes> task_heap;
  std::optional<Bytes> managed_memory;
  std::size_t index = 0;  ///< in `/taskmanagers`
  Moment last_heartbeat;  ///< `timeSinceLastHeartbeat`, a time in spite of its name
  friend bool operator==(const TaskManager&, const TaskManager&) = default;
};

struct TaskManagers {
  std::vector<TaskManager> list;
  friend bool operator==(const TaskManagers&, const TaskManagers&) = default;
};

}  // namespace auditor::model
