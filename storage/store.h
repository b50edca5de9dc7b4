#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/history.h"
#include "model/waiver.h"

namespace auditor::storage {

/// How long and how much history is kept.
struct Retention {
  std::chrono::milliseconds age = std::chrono::days(30);
  base::Bytes size = base::gibibytes(4);  ///< of the database; the oldest goes first
  std::chrono::milliseconds raw_checkpoints = std::chrono::days(
      2);  ///< afterwards one row an hour and job; the latest 20 of a remembered job stay
};

/// What the tracker and the history must know of the time before a restart.
struct Remembered {
  struct Cluster {
    std::string url;
    bool reachable = true;
    base::Timestamp last_seen{};
    std::optional<base::Timestamp> watched_since;  ///< the first look that saw it
    std::vector<model::JobRecord> jobs;  ///< live ones, and those that ended in the last week
    std::vector<model::Deployment> deployments;  ///< the latest two of each of those jobs
    std::vector<model::Finding> findings;        ///< pending and firing; resolved in the last hour
    std::vector<model::VerdictInterval> verdicts;  ///< open ones
    std::vector<model::ScorePoint> scores;         ///< the latest of the cluster and of each job
    std::vector<model::CheckpointRecord> checkpoints;  ///< the latest 20 of each of those jobs
    std::vector<model::Event> failovers;               ///< of JobManagers, in the last day
    std::vector<model::StateDay> state_days;           ///< the latest 30 of each of those jobs
    std::vector<model::JobHours> job_hours;            ///< of those jobs
    std::string report_gz;                             ///< empty: none
    base::Timestamp report_at{};
  };
  std::map<std::string, Cluster> clusters;  ///< by name; removed ones are left out
  std::vector<model::Waiver> waivers;       ///< made by the API, expired ones included
  std::vector<model::Alert> alerts;         ///< those of removed clusters included
  std::vector<model::AlertGroup> groups;
  std::vector<model::Notification> waiting;             ///< of the outbox, in order
  std::vector<model::Silence> silences;                 ///< those that ended long ago are left out
  std::map<std::string, base::Timestamp> known_checks;  ///< by id: when each was first seen
};

/// What is due to be told (`alerts::Due`): a whole.
struct DueRows {
  std::vector<model::Notification> notifications;  ///< new ones
  std::vector<model::AlertGroup> groups;           ///< as they are from now on
  std::vector<std::string> forgotten_groups;       ///< keys
  std::vector<std::string> forgotten_alerts;       ///< ids
};

struct StoreSize {
  base::Bytes database;  ///< pages in use
  base::Bytes file;      ///< with free pages
  base::Bytes log;       ///< the write-ahead log
};

/// History on disk: one SQLite database, one writer. A thread owns a store; others read through
/// `Reader`. Every call leaves the database whole, whatever happens to the process.
class Store {
 public:
  /// Opens or makes the database: takes the lock that keeps a second daemon out, checks its
  /// integrity, and brings its schema up to date. Errors (`file` or `configuration`): locked, and
  /// by whom; a schema newer than this program; damaged; not a database; a network file system.
  static base::Result<std::unique_ptr<Store>> open(const std::string& path);

  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Writes all the records in one transaction: all or nothing. Durable against loss of power where
  /// a record has transitions or alerts. Errors: `file`, with SQLite's word on why (disk full,
  /// read-only, I/O); nothing was written then, and the same call may be made again. What is said
  /// of a job that neither the records nor the database have (it was removed for its age) is left
  /// out.
  virtual base::Result<void> commit(std::span<const model::CycleRecord> records) = 0;

  virtual base::Result<Remembered> remembered(base::Timestamp now) = 0;

  /// Adds or replaces a waiver of the API.
  virtual base::Result<void> put_waiver(const model::Waiver& waiver) = 0;
  /// True if there was one.
  virtual base::Result<bool> remove_waiver(const std::string& id) = 0;

  // All that follows is durable against loss of power, and may be called again with the same
  // where it failed: nothing was written then.

  /// Adds or replaces alerts that no record has: the auditor's own.
  virtual base::Result<void> put_alerts(std::span<const model::Alert> alerts) = 0;
  /// Writes what is due in one transaction; only then may the notifications be sent. Gives their
  /// sequence numbers, in their order.
  virtual base::Result<std::vector<std::int64_t>> put_due(const DueRows& due) = 0;
  /// What attempts came to, in one transaction.
  virtual base::Result<void> put_deliveries(std::span<const model::Notification> attempted) = 0;
  /// Makes a dead notification wait again, as if it were new, and gives it; nullopt: no dead one
  /// has the id.
  virtual base::Result<std::optional<model::Notification>> replay(const std::string& id,
                                                                  base::Timestamp now) = 0;
  /// Adds or replaces.
  virtual base::Result<void> put_silence(const model::Silence& silence) = 0;
  /// Ends it now. True where one was there that had not ended.
  virtual base::Result<bool> remove_silence(const std::string& id, base::Timestamp now) = 0;
  /// Adds checks; when one was first seen stays as it is.
  virtual base::Result<void> put_known_checks(
      const std::map<std::string, base::Timestamp>& checks) = 0;

  /// One small step of retention and rollups (a few milliseconds). True: there is more to do.
  virtual base::Result<bool> tidy(base::Timestamp now, const Retention& retention) = 0;

  virtual base::Result<StoreSize> size() = 0;

 protected:
  Store() = default;
};

/// Copies a database, that a daemon may be writing, to `to` (which must not exist): read-only, by
/// SQLite's backup API, and checks the copy. Errors: `file`.
base::Result<void> back_up(const std::string& from, const std::string& to);

}  // namespace auditor::storage
