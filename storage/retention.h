#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace auditor::storage {

/// Removes old history and rolls old checkpoints up, in passes over the database of many small
/// steps, each its own transaction. A pass begins every hour, and at once while the database is
/// larger than it may be: then with a later end of what is too old. Keeps nothing open between
/// steps.
class Janitor {
 public:
  struct Step {
    bool more = false;
    bool removed_jobs = false;
  };

  /// Errors: `file`; the step is then done again by the next call.
  base::Result<Step> step(sqlite::Database& database, base::Timestamp now,
                          const Retention& retention);

 private:
  enum class Stage { idle, rows, jobs, clusters, checkpoints };

  /// Where a pass is. Copied before a step, so that one that failed leaves it as it was.
  struct Pass {
    Stage stage = Stage::idle;
    base::Timestamp now{};
    base::Timestamp before{};      // what is older goes
    base::Timestamp raw_before{};  // checkpoints that are older become hours
    std::size_t rule = 0;
    std::int64_t time = 0;  // of the last row that the rule has looked at
    std::int64_t id = 0;
    std::int64_t job = 0;  // the last whose checkpoints were looked at
  };

  base::Result<void> begin(sqlite::Database& database, base::Timestamp now,
                           const Retention& retention);
  static base::Result<void> work(sqlite::Database& database, Pass& pass, bool& removed_jobs);
  static base::Result<void> remove_rows(sqlite::Database& database, Pass& pass);
  static base::Result<void> remove_jobs(sqlite::Database& database, Pass& pass, bool& removed_jobs);
  static base::Result<void> remove_clusters(sqlite::Database& database, Pass& pass,
                                            bool& removed_jobs);
  static base::Result<void> visit_jobs(sqlite::Database& database, Pass& pass);

  Pass pass_;
  base::Timestamp size_cut_{};  // what is older goes, for the size
};

}  // namespace auditor::storage
