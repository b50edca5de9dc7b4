#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/alert.h"
#include "storage/reader.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

/// Alerts, what is told of them, and silences as rows. Writing happens within a transaction of the
/// caller's. Errors: `file`; `malformed` where a row cannot be read.
namespace auditor::storage::outbox {

/// Adds or replaces.
base::Result<void> write(sqlite::Database& database, std::span<const model::Alert> alerts);

/// Gives the notifications' sequence numbers, in their order; of one that is there already (the
/// call was repeated) the one that it has.
base::Result<std::vector<std::int64_t>> write(sqlite::Database& database, const DueRows& due);

/// What an attempt came to. One that is not there is left out.
base::Result<void> write_attempts(sqlite::Database& database,
                                  std::span<const model::Notification> notifications);

/// Makes a dead notification wait again; nullopt where no dead one has the id.
base::Result<std::optional<model::Notification>> replay(sqlite::Database& database,
                                                        const std::string& id, base::Timestamp now);

base::Result<void> write(sqlite::Database& database, const model::Silence& silence);
/// True where one was there that had not ended by `now`.
base::Result<bool> end_silence(sqlite::Database& database, const std::string& id,
                               base::Timestamp now);
base::Result<void> write(sqlite::Database& database,
                         const std::map<std::string, base::Timestamp>& known_checks);

// Each oldest first.
base::Result<std::vector<model::Alert>> alerts(sqlite::Database& database);
base::Result<std::vector<model::AlertGroup>> groups(sqlite::Database& database);
base::Result<std::vector<model::Notification>> waiting(sqlite::Database& database);
/// Those that end after `after`.
base::Result<std::vector<model::Silence>> silences(sqlite::Database& database,
                                                   base::Timestamp after);
base::Result<std::map<std::string, base::Timestamp>> known_checks(sqlite::Database& database);

/// As `Reader::notifications` and `Reader::notification` have it.
base::Result<Page<model::Notification>> page(sqlite::Database& database,
                                             const NotificationFilter& filter);
base::Result<std::optional<model::Notification>> one(sqlite::Database& database,
                                                     const std::string& id);

}  // namespace auditor::storage::outbox
