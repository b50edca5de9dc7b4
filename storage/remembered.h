#pragma once

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace auditor::storage {

/// Of each job the latest checkpoints are remembered, so that they are not taken for new ones, and
/// a run that starts is compared with the run before.
inline constexpr int checkpoints_remembered = 20;

/// What a start at `now` must know of the time before. Errors: `file`.
base::Result<Remembered> read_remembered(sqlite::Database& database, base::Timestamp now);

}  // namespace auditor::storage
