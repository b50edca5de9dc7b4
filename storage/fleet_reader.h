#pragma once

#include <vector>

#include "base/result.h"
#include "storage/reader.h"
#include "storage/sqlite/database.h"

/// What is asked of all clusters at once. `Reader` says what each gives. Errors: `file`.
namespace auditor::storage::fleet {

base::Result<std::vector<FleetScore>> scores(sqlite::Database& database,
                                             const TimelineQuery& query);

base::Result<std::vector<ChangedCluster>> changed(sqlite::Database& database,
                                                  const TimelineQuery& query);

}  // namespace auditor::storage::fleet
