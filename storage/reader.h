#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/history.h"

namespace auditor::storage {

/// One page of a list, and where the next begins.
template <class T>
struct Page {
  std::vector<T> items;
  std::string next;  ///< an opaque cursor; empty: this was the last page
};

/// Which findings. Empty fields do not filter; each list is an "any of".
struct FindingFilter {
  std::vector<std::string> clusters;
  std::vector<std::string> jobs;  ///< `JobRecord::id` or job name
  std::vector<std::string> checks;
  std::vector<std::string> practices;
  std::vector<model::Severity> severities;
  std::vector<model::FindingState> states;
  std::optional<bool> waived;
  std::optional<base::Timestamp> since;  ///< was open at or after it
  std::optional<base::Timestamp> until;  ///< began before it
  std::string cursor;
  std::size_t limit = 100;
};

/// Which jobs.
struct JobFilter {
  std::vector<std::string> clusters;
  std::optional<bool> live;
  std::string name;  ///< as `base::glob_match` has it; empty: all
  std::string cursor;
  std::size_t limit = 100;
};

/// Which notifications. Empty fields do not filter; each list is an "any of".
struct NotificationFilter {
  std::vector<std::string> receivers;
  std::vector<model::NotificationState> states;
  std::optional<base::Timestamp> since;  ///< made at or after it
  std::optional<base::Timestamp> until;  ///< made before it
  std::string cursor;
  std::size_t limit = 100;
};

/// A finding with all that happened to it, oldest first.
struct FindingHistory {
  model::Finding finding;
  std::vector<model::Transition> transitions;
};

/// What happened to a job, each list oldest first and bounded by `TimelineQuery::limit` (the newest
/// are kept).
struct Timeline {
  std::vector<model::Deployment> deployments;
  std::vector<model::Event> events;
  std::vector<model::VerdictInterval> verdicts;
  std::vector<model::Transition> transitions;
  std::vector<model::CheckpointRecord> checkpoints;
  struct CheckpointHour {  ///< what is left of older checkpoints
    base::Timestamp hour{};
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::optional<model::milliseconds> median_duration;
    std::optional<model::milliseconds> longest_duration;
    std::optional<model::milliseconds> longest_async;
    std::optional<model::milliseconds> longest_sync;
    std::optional<model::Bytes> largest_state;
  };
  std::vector<CheckpointHour> checkpoint_hours;
  std::vector<model::ScorePoint> scores;
};

/// What happened in the whole fleet; lists newest first, each bounded by `TimelineQuery::limit`.
struct Changes {
  struct OfFinding {  ///< one that fired or was resolved
    model::Transition transition;
    std::string cluster;
    std::string job;  ///< `JobRecord::id`; empty for a cluster's
    std::string job_name;
    std::string check;
    std::string message;
  };
  struct OfSubject {
    model::Event event;
    std::string cluster;
    std::string job_name;  ///< empty for a cluster's
  };
  struct Hour {  ///< in which anything fired or was resolved
    base::Timestamp hour{};
    std::int64_t fired_high = 0;  ///< high or critical
    std::int64_t fired_lower = 0;
    std::int64_t resolved = 0;
  };
  std::vector<OfFinding> findings;
  std::vector<OfSubject> events;
  std::vector<Hour> hours;  ///< oldest first, all of them
};

/// The mean score of the clusters that have one, at the end of an hour in which any moved.
struct FleetScore {
  base::Timestamp hour{};
  std::optional<double> value;  ///< nullopt: none has a score
  std::int64_t clusters = 0;    ///< that have one
};

/// A cluster with anything that fired, was resolved or happened.
struct ChangedCluster {
  std::string cluster;
  bool itself = false;            ///< the cluster, not only its jobs
  std::vector<std::string> jobs;  ///< names, in order
};

struct TimelineQuery {
  std::optional<base::Timestamp>
      since;  ///< what was at or after it; of verdicts also what was open
  std::optional<base::Timestamp> until;
  std::size_t limit = 500;
};

/// Read-only views of the database. A thread owns a reader; it may be opened while the store
/// writes, and never holds up the writer for longer than one call. Errors: `file`; `usage` for a
/// cursor that no page gave.
class Reader {
 public:
  static base::Result<std::unique_ptr<Reader>> open(const std::string& path);

  virtual ~Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Firing before pending before resolved, then the worst first, then the newest.
  virtual base::Result<Page<model::Finding>> findings(const FindingFilter& filter) = 0;
  virtual base::Result<std::optional<FindingHistory>> finding(const std::string& id) = 0;
  /// By cluster and name.
  virtual base::Result<Page<model::JobRecord>> jobs(const JobFilter& filter) = 0;
  virtual base::Result<std::optional<model::JobRecord>> job(const std::string& id) = 0;
  virtual base::Result<Timeline> timeline(const std::string& job, const TimelineQuery& query) = 0;
  /// A cluster's own events and scores.
  virtual base::Result<Timeline> cluster_timeline(const std::string& cluster,
                                                  const TimelineQuery& query) = 0;
  virtual base::Result<Changes> changes(const TimelineQuery& query) = 0;
  /// Of which clusters and jobs `changes` tells, all of them: by name, without a limit. What is
  /// waived, and what comes and goes in the usual way (jobs that appear, their states), is left
  /// out.
  virtual base::Result<std::vector<ChangedCluster>> changed(const TimelineQuery& query) = 0;
  /// Of the clusters that are watched now, oldest first, without a limit. The first hour tells what
  /// was so at `since`.
  virtual base::Result<std::vector<FleetScore>> fleet_scores(const TimelineQuery& query) = 0;
  /// Newest first, without their messages.
  virtual base::Result<Page<model::Notification>> notifications(
      const NotificationFilter& filter) = 0;
  /// With its message.
  virtual base::Result<std::optional<model::Notification>> notification(const std::string& id) = 0;
  /// Those that fire, and those whose end is not told yet.
  virtual base::Result<std::vector<model::Alert>> alerts() = 0;
  /// Those that end after `after`, oldest first.
  virtual base::Result<std::vector<model::Silence>> silences(base::Timestamp after) = 0;

 protected:
  Reader() = default;
};

}  // namespace auditor::storage
