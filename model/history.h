#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/critical_path.h"
#include "model/flink.h"
#include "model/flow_history.h"
#include "model/verdict.h"

/// What is kept of earlier cycles: plain rows, as the store writes them and the API shows them.
namespace auditor::model {

/// How long a job that ended is remembered beside the live ones: when it is started again, its new
/// run is compared with the one before.
inline constexpr milliseconds ended_jobs_kept = std::chrono::days(7);

/// A job of one cluster over its restarts and redeployments. `key` is its name while only one live
/// job bears it, else the name with the plan's hash, and the JobID where even the plans are equal.
struct JobRecord {
  std::string id;  ///< 32 hex digits: `job_record_id(cluster, key)`
  std::string cluster;
  std::string key;
  std::string name;
  JobId flink_job_id;  ///< of the latest run
  JobState state = JobState::other;
  JobType type = JobType::unknown;
  base::Timestamp first_seen{};
  base::Timestamp last_seen{};
  std::optional<base::Timestamp> ended_at;  ///< seen terminal, or gone
};

/// One vertex of a deployment, as the next one is compared with it.
struct DeploymentVertex {
  JobVertexId id;
  std::string name;
  std::optional<std::int64_t> max_parallelism;
  std::optional<Bytes> state_size;  ///< in a completed checkpoint; absent: none was seen
  friend bool operator==(const DeploymentVertex&, const DeploymentVertex&) = default;
};

/// One version of a job: a change of JobID, plan, parallelism, Flink version or configuration.
struct Deployment {
  std::string job;  ///< `JobRecord::id`
  JobId flink_job_id;
  std::optional<base::Timestamp> started_at;  ///< Flink's `start-time`
  base::Timestamp seen_at{};
  std::string plan_hash;           ///< over the sorted JobVertexIDs; 32 hex digits
  std::string configuration_hash;  ///< volatile keys aside; empty where unknown
  std::string flink_version;
  std::optional<std::int64_t> parallelism;  ///< the largest of the vertices
  std::vector<std::string> changed;         ///< what differs from the one before; empty: the first
  std::string state_backend;                ///< as `/jobs/:id/checkpoints/config` names it
  std::string checkpoint_storage;           ///< likewise; both empty where unknown
  std::vector<DeploymentVertex> vertices;   ///< in the order of `/jobs/:id`
};

enum class EventKind {
  job_appeared,
  job_state_changed,
  job_restarted,
  job_deployed,
  job_ended,        ///< FINISHED, CANCELED or FAILED was seen
  job_disappeared,  ///< no longer listed, and never seen to end
  jobmanager_failed_over,
  cluster_unreachable,
  cluster_reachable,
  cluster_gone,  ///< an application cluster whose job had ended
  cluster_added,
  cluster_removed,
};
std::string_view to_text(EventKind kind);
std::optional<EventKind> parse_event_kind(std::string_view text);

/// Something that happened; a point of a timeline.
struct Event {
  EventKind kind = EventKind::job_appeared;
  base::Timestamp at{};
  std::string job;   ///< `JobRecord::id`; empty for a cluster's
  std::string from;  ///< a state, a version, … where the kind has one
  std::string to;
  std::string detail;  ///< for people
};

/// A checkpoint as history keeps it. Phases are the largest over the subtasks that were looked at.
struct CheckpointRecord {
  std::string job;  ///< `JobRecord::id`
  JobId flink_job_id;
  std::int64_t checkpoint_id = 0;
  CheckpointStatus status = CheckpointStatus::other;
  bool is_savepoint = false;
  base::Timestamp triggered_at{};
  std::optional<milliseconds> duration;
  std::optional<Bytes> checkpointed_size;
  std::optional<Bytes> state_size;
  std::optional<milliseconds> start_delay;
  std::optional<milliseconds> alignment;
  std::optional<milliseconds> sync;
  std::optional<milliseconds> async;
  std::optional<CriticalPath> critical_path;  ///< of those that took a second or more
  std::string failure;                        ///< Flink's reason; empty unless failed
};

/// The largest state that a job's completed checkpoints had on one day, UTC.
struct StateDay {
  std::string job;  ///< `JobRecord::id`
  std::chrono::sys_days day{};
  Bytes largest{};
  std::optional<milliseconds> longest_duration;  ///< of one of them
};

/// When a job's records moved, as it is kept for its next run and the next start of the daemon.
struct JobHours {
  std::string job;  ///< `JobRecord::id`
  ActiveHours hours;
};

/// A score at a moment; written where it changes.
struct ScorePoint {
  std::string job;  ///< `JobRecord::id`; empty: the cluster's
  base::Timestamp at{};
  std::optional<double> value;
  double coverage = 0;
};

/// From when to when one subject had one outcome. Written when it opens; the next one closes it.
struct VerdictInterval {
  std::string job;  ///< `JobRecord::id`; empty for a cluster's
  std::string check;
  Fingerprint fingerprint;
  Outcome outcome = Outcome::unknown;
  Severity severity = Severity::info;
  std::string vertex_name;  ///< empty unless the subject is a vertex
  std::string text;         ///< the message or the reason
  base::Timestamp opened_at{};
  std::optional<base::Timestamp> closed_at;
  bool gone = false;  ///< closes the subject's interval without opening another
};

enum class FindingState { pending, firing, resolved };
std::string_view to_text(FindingState state);
std::optional<FindingState> parse_finding_state(std::string_view text);

/// A fail over time. One row for each (cluster, fingerprint), whatever its number of episodes.
struct Finding {
  std::string id;  ///< 32 hex digits: `finding_id(cluster, fingerprint)`
  std::string cluster;
  std::string job;                     ///< `JobRecord::id`; empty for a cluster's
  base::CopyOnWrite<Verdict> verdict;  ///< the fail, as last stored
  FindingState state = FindingState::pending;
  base::Timestamp first_seen{};     ///< of all episodes
  base::Timestamp pending_since{};  ///< of this episode
  std::optional<base::Timestamp> firing_since;
  std::optional<base::Timestamp> resolved_at;
  base::Timestamp last_failed{};  ///< when it was last seen to fail, as far as was stored
  std::int64_t episodes = 1;
  std::string waiver;  ///< `Waiver::id` that lies over it; empty: none
};

/// A finding's change. The first of an episode has no `from`.
struct Transition {
  std::int64_t id = 0;  ///< given by the store, rising
  std::string finding;  ///< `Finding::id`
  std::optional<FindingState> from;
  FindingState to = FindingState::pending;
  base::Timestamp at{};
  Severity severity = Severity::info;
  bool waived = false;
  std::string reason;  ///< of a resolved one: passes now, job ended, check disabled, …
};

/// All that one look at one cluster adds to history; committed as a whole.
struct CycleRecord {
  std::string cluster;
  std::string url;
  std::map<std::string, std::string> labels;
  base::Timestamp at{};
  bool reachable = true;
  bool removed = false;                 ///< the cluster left the configuration
  std::vector<JobRecord> jobs;          ///< new or changed
  std::vector<Deployment> deployments;  ///< new, or with more known of them
  std::vector<Event> events;
  std::vector<VerdictInterval> verdicts;
  std::vector<Finding> findings;  ///< new or changed, as they are now
  std::vector<Transition> transitions;
  std::vector<CheckpointRecord> checkpoints;  ///< new or changed
  std::vector<ScorePoint> scores;
  std::vector<StateDay> state_days;  ///< days that are over
  std::vector<JobHours> job_hours;   ///< of jobs for which an hour was added, or several passed
  std::vector<Alert> alerts;         ///< new or changed
  std::string report_gz;             ///< the JSON report, gzip; empty: not this time

  /// Whether there is anything to write.
  [[nodiscard]] bool empty() const;
};

/// Stable over databases: made from names alone.
std::string job_record_id(std::string_view cluster, std::string_view key);
std::string finding_id(std::string_view cluster, const Fingerprint& fingerprint);

}  // namespace auditor::model
