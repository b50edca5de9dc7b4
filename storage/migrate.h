#pragma once

#include <span>

#include "base/embedded.h"
#include "base/result.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

/// The migrations that are built in, in order: "0001_history.sql", …
std::span<const base::EmbeddedFile> migrations();

/// Brings the schema up to date, each migration in its own transaction, recorded with its checksum.
/// Errors: `configuration` where the database is another program's, was written by a newer one, or
/// a migration that it records is not the one that is built in; `file`.
base::Result<void> migrate(sqlite::Database& database,
                           std::span<const base::EmbeddedFile> steps = migrations());

}  // namespace auditor::storage
