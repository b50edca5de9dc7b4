#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "checks/flow/flow.h"
#include "model/alert.h"
#include "model/report.h"
#include "model/settings.h"
#include "model/snapshot.h"
#include "model/waiver.h"
#include "web/summary.h"

namespace auditor::web {

/// Upper bounds of the poll duration's histogram, in seconds.
inline constexpr std::array<double, 11> poll_buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                     0.5,   1,    2.5,   5,    10};

/// What the daemon knows of one cluster, apart from its audit. Counters rise from the daemon's
/// start.
struct ClusterStatus {
  std::string name{};
  std::string url{};  ///< without credentials
  std::map<std::string, std::string> labels{};
  std::chrono::milliseconds interval{0};
  bool up = false;      ///< the latest look succeeded
  bool gone = false;    ///< an application cluster whose job had ended
  std::string error{};  ///< why the latest look failed; empty where it did not
  std::optional<base::Timestamp> last_attempt{};
  std::optional<base::Timestamp> last_success{};
  std::optional<base::Timestamp> failing_since{};
  std::uint64_t looks = 0;
  std::uint64_t failures = 0;
  std::uint64_t skipped = 0;  ///< due while the one before still ran
  std::uint64_t requests = 0;
  std::uint64_t received_bytes = 0;
  std::array<std::uint64_t, poll_buckets.size() + 1>
      durations{};  ///< not cumulative; the last: more
  double duration_sum_seconds = 0;
  model::RequestCost last_cost{};
};

/// The latest look that succeeded, and what followed from it beside the report.
struct LatestLook {
  std::shared_ptr<const model::Snapshot> snapshot;
  std::vector<checks::FlowWindows> flows;  ///< of its jobs, as `checks::flow_windows` gives them
};

/// One cluster on the board.
struct ClusterEntry {
  ClusterStatus status{};
  std::shared_ptr<const model::AuditReport> report{};  ///< nullptr before the first look
  /// The report as JSON, gzip, as the database kept it: stands in for `report` after a restart.
  std::shared_ptr<const std::string> stored_report{};
  /// Of `report`, else of `stored_report`; the board makes it. nullptr before the first look. Made
  /// anew when the report says something new: its `taken_at` may be an earlier look's.
  std::shared_ptr<const ReportSummary> summary{};
  /// nullptr before the first since the daemon's start.
  std::shared_ptr<const LatestLook> latest_look{};

  /// When the look was taken that the report tells of; absent before the first.
  [[nodiscard]] std::optional<base::Timestamp> reported_at() const {
    if (report) return report->taken_at;
    return summary ? std::optional(summary->taken_at) : std::nullopt;
  }
};

/// What came of judging a cluster.
struct Audit {
  std::shared_ptr<const model::AuditReport> report;  ///< never nullptr
  bool changed = true;                       ///< it says something else than the report before it
  std::shared_ptr<const LatestLook> look{};  ///< nullptr: the one before stays
};

/// How long looks took, over all clusters and those that left.
struct PollTotals {
  std::array<std::uint64_t, poll_buckets.size() + 1> durations{};  ///< as `ClusterStatus` has it
  double duration_sum_seconds = 0;

  void add(const ClusterStatus& status);
};

/// A waiver, and what it did.
struct WaiverStatus {
  model::Waiver waiver;
  bool expired = false;
  std::size_t matches = 0;  ///< findings that it lies over now
};

/// An alert, and who is told of it.
struct AlertStatus {
  model::Alert alert;
  std::vector<std::string> receivers;
  std::string muted_by;  ///< as `alerts::Dispatcher::Status` has it; empty: not muted
};

/// How it stands with a receiver. Counters rise from the daemon's start.
struct ReceiverStatus {
  std::string name;
  std::string kind;
  std::uint64_t delivered = 0;
  std::uint64_t attempts_failed = 0;  ///< that will be repeated
  std::uint64_t dead = 0;             ///< notifications that were given up
  std::size_t waiting = 0;
  std::optional<base::Timestamp> oldest_waiting{};  ///< when it was made
  std::string stopped{};                            ///< why it gets no more; empty: it does
  std::string last_error{};                         ///< without secrets
};

/// All that there is to show of alerts.
struct AlertingStatus {
  bool configured = false;  ///< a route exists
  std::string external_url{};
  std::vector<AlertStatus> alerts{};  ///< in any order
  std::vector<model::Silence> silences{};
  std::vector<ReceiverStatus> receivers{};
};

/// The auditor's own state.
struct DaemonStatus {
  base::Timestamp started_at{};
  bool ready = false;
  std::vector<std::string> not_ready;  ///< why; also "storage: …" while it cannot be written
  std::uint64_t reloads = 0;
  std::uint64_t reload_failures = 0;
  bool last_reload_ok = true;
  std::string last_reload_error;
  std::optional<base::Timestamp> last_reload_at;
  std::size_t queue = 0;  ///< snapshots that wait to be judged
  std::size_t queue_capacity = 0;
  std::uint64_t dropped_snapshots = 0;  ///< the queue was full, or the store too far behind
  std::uint64_t missed_looks = 0;       ///< due while the one before still ran, over all clusters
  std::size_t unwritten_records = 0;    ///< that wait for the store
  std::uint64_t store_failures = 0;
  std::string store_error;  ///< empty while writing works
  base::Bytes database_size{};
  base::Bytes write_ahead_log_size{};
  std::size_t requests_in_flight = 0;
  double lateness_seconds_max = 0;  ///< of the looks begun in the last minute
  double lateness_seconds_sum = 0;  ///< of all looks begun
  std::uint64_t lateness_count = 0;
  std::map<std::string, std::string> discovery_errors;  ///< by source; empty where all is well
};

/// The latest state of everything, that the daemon's threads write and the web threads read. Every
/// call is short; a report is shared, never copied.
class Board {
 public:
  void put(ClusterEntry entry);
  void put_status(const ClusterStatus& status);  ///< keeps the reports
  /// Of a cluster that was put; for another it does nothing.
  void put_audit(const std::string& cluster, Audit audit);
  void remove(const std::string& cluster);
  void put_waivers(std::vector<WaiverStatus> waivers);
  void put_alerting(std::shared_ptr<const AlertingStatus> alerting);
  void put_settings(std::shared_ptr<const model::Settings> settings);
  template <class Change>
  void change_daemon(Change change) {
    const std::scoped_lock lock(mutex_);
    change(daemon_);
  }

  /// By name.
  [[nodiscard]] std::vector<ClusterEntry> clusters() const;
  [[nodiscard]] std::optional<ClusterEntry> cluster(const std::string& name) const;
  [[nodiscard]] std::vector<WaiverStatus> waivers() const;
  /// Never nullptr: before the first it is empty.
  [[nodiscard]] std::shared_ptr<const AlertingStatus> alerting() const;
  [[nodiscard]] DaemonStatus daemon() const;
  [[nodiscard]] PollTotals poll_totals() const;
  [[nodiscard]] std::shared_ptr<const model::Settings> settings() const;

 private:
  [[nodiscard]] bool has_report(const std::string& cluster) const;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, ClusterEntry> clusters_;
  std::vector<WaiverStatus> waivers_;
  std::shared_ptr<const AlertingStatus> alerting_ = std::make_shared<const AlertingStatus>();
  std::shared_ptr<const model::Settings> settings_;
  DaemonStatus daemon_;
  PollTotals gone_;  ///< of the clusters that were removed: a counter must not fall
};

}  // namespace auditor::web
