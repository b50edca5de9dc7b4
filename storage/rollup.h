#pragma once

#include <cstdint>

#include "base/result.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

/// Turns a job's oldest checkpoints, that were triggered before `before` (a whole hour), into rows
/// of an hour, as many as about `rows` of them: within a transaction of the caller's. Of a live job
/// the hours of the latest stay, which a restart remembers. Gives how many checkpoints it took; 0:
/// there are no more.
base::Result<std::int64_t> roll_up(sqlite::Database& database, std::int64_t job,
                                   std::int64_t before, std::int64_t rows);

}  // namespace auditor::storage
