#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "audit/ended_checkpoints.h"
#include "audit/job_memory.h"
#include "base/time.h"
#include "model/cluster_history.h"
#include "model/history.h"
#include "model/ids.h"
#include "model/report.h"
#include "model/snapshot.h"

namespace auditor::audit {

/// What earlier looks at one cluster saw, and what a new one changes: jobs that come, go, restart
/// and are deployed anew, checkpoints not seen before, scores that move. Pure: time is the
/// snapshots'.
///
/// A job keeps its record over deployments: by JobID, else by its name while only one running job
/// bears it, else by name and plan (SQL jobs share names), else by JobID too.
class History {
 public:
  explicit History(std::string cluster) : cluster_(std::move(cluster)) {}

  /// What is remembered of a cluster over a restart; each list in the order of time.
  struct Past {
    std::span<const model::JobRecord> jobs{};
    std::span<const model::Deployment> deployments{};
    std::span<const model::CheckpointRecord> checkpoints{};
    std::span<const model::ScorePoint> scores{};
    std::span<const model::Event> failovers{};  ///< of JobManagers
    std::span<const model::StateDay> state_days{};
    std::span<const model::JobHours> job_hours{};
    bool reachable = true;
    base::Timestamp last_seen{};
  };
  void restore(const Past& past);

  /// Names of jobs that should run.
  void expect(std::vector<std::string> jobs) { for_checks_.expected_jobs = std::move(jobs); }

  /// Takes a look in, before it is judged. Adds jobs, deployments, events, checkpoints to `into`.
  void observe(const model::Snapshot& snapshot, model::CycleRecord& into);

  /// Adds the scores that moved. After `observe` of the same look.
  void note_scores(const model::AuditReport& report, model::CycleRecord& into);

  /// For the checks.
  [[nodiscard]] const model::ClusterHistory& for_checks() const { return for_checks_; }
  /// `JobRecord::id` of each job of the latest look.
  [[nodiscard]] const std::map<model::JobId, std::string>& judged_jobs() const { return judged_; }
  /// `JobRecord::id`s that run, or may: one that is not listed for less than two minutes stays, for
  /// a JobManager that fails over misses jobs.
  [[nodiscard]] const std::set<std::string>& live_jobs() const { return live_; }

 private:
  struct Job {
    model::JobRecord record;
    std::optional<model::Deployment> deployment;
    std::optional<base::Timestamp> missing_since;
    /// Revisions of what a deployment is told by: job, cluster, configuration.
    std::optional<std::array<std::uint64_t, 3>> read_as;
    std::optional<base::Timestamp> started_at;
    std::optional<base::Timestamp> restarting_at;
    EndedCheckpoints checkpoints;               // of this start
    std::optional<base::Timestamp> stay_since;  // the first look that found it in its state
    std::optional<base::Timestamp> first_ran;   // the first look that found it RUNNING
    bool ran_long = false;
    bool watched = false;  // a look found it, since this process started
    std::optional<std::array<std::uint64_t, 2>> setup_read_as;
    JobMemory memory;
    std::optional<model::ActiveHours> hours;    // of all its runs
    std::optional<std::int64_t> hours_written;  // the newest hour that was
    std::optional<double> score;
    double coverage = -1;  // none yet
  };

  Job& job_of(const model::JobSnapshot& seen, const model::Snapshot& snapshot,
              model::CycleRecord& into);
  void observe_failure(const model::Snapshot& snapshot, model::CycleRecord& into);
  void observe_job(const model::JobSnapshot& seen, const model::Snapshot& snapshot,
                   model::CycleRecord& into);
  void observe_failed_job(const model::JobSnapshot& seen, const model::Snapshot& snapshot,
                          model::CycleRecord& into);
  static void observe_stay(Job& job, model::JobState before, base::Timestamp now);
  void observe_start(Job& job, const model::JobSnapshot& seen, const model::Snapshot& snapshot,
                     model::CycleRecord& into);
  static void observe_setup(Job& job, const model::JobSnapshot& seen, model::CycleRecord& into);
  void observe_configuration(const model::Snapshot& snapshot);
  static void observe_checkpoints(Job& job, const model::JobSnapshot& seen,
                                  model::CycleRecord& into);
  void observe_hours(const model::Snapshot& snapshot, model::CycleRecord& into);
  void observe_absent(const model::Snapshot& snapshot, model::CycleRecord& into);
  void publish(const model::Snapshot& snapshot);
  void note_judged(const model::JobId& job, const std::string& record);
  void note_live_jobs();

  std::string cluster_;
  std::map<std::string, Job>
      jobs_;  // by record id; live ones, and those that ended in the last week
  std::map<model::JobId, std::string> judged_;
  std::map<model::JobId, std::string> judged_before_;  // within `observe`, those yet to be met
  std::set<std::string> live_;
  model::ClusterHistory for_checks_;
  std::string configuration_hash_;                        // of the latest that was read
  std::optional<base::Timestamp> configuration_read_at_;  // it is read once an hour: hash it once
  std::optional<double> score_;
  double coverage_ = -1;
};

}  // namespace auditor::audit
