#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace auditor::storage {

/// Removes old history in small steps, and rolls old checkpoints up. Keeps nothing open between
/// steps.
class Janitor {
 public:
  struct Step {
    bool more = false;
    bool removed_jobs = false;
  };

  base::Result<Step> step(sqlite::Database& database, base::Timestamp now,
                          const Retention& retention);

 private:
  base::Result<bool> remove_older(sqlite::Database& database, base::Timestamp before,
                                  bool& removed_jobs);
  base::Result<bool> roll_up(sqlite::Database& database, base::Timestamp before);
  base::Result<bool> shrink(sqlite::Database& database, base::Timestamp now,
                            const Retention& retention, bool& removed_jobs);

  std::int64_t next_job_ = 0;           // to roll up
  base::Timestamp rolled_up_before_{};  // all jobs
  base::Timestamp size_cut_{};          // what is older goes, for the size
};

}  // namespace auditor::storage
