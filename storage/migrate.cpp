#include "storage/migrate.h"

#include <fmt/format.h>

#include "auditor_migrations.h"
#include "base/murmur3.h"

namespace auditor::storage {

namespace {

std::string checksum_of(const base::EmbeddedFile& file) {
  return base::to_hex(base::murmur3_x64_128(file.content));
}

base::Result<void> apply(sqlite::Database& database, std::size_t number,
                         const base::EmbeddedFile& step) {
  auto transaction = sqlite::Transaction::begin(database);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  if (const auto done = database.execute(std::string(step.content)); !done) {
    return tl::unexpected(done.error().prefixed(step.name));
  }
  auto record =
      database.prepare("INSERT INTO migrations (number, name, checksum) VALUES (?, ?, ?)");
  if (!record) {
    return tl::unexpected(record.error());
  }
  record->bind(static_cast<std::int64_t>(number)).bind(step.name).bind(checksum_of(step));
  if (const auto done = record->run(); !done) {
    return done;
  }
  return transaction->commit();
}

}  // namespace

std::span<const base::EmbeddedFile> migrations() {
  return storage_migrations::files();
}

base::Result<void> migrate(sqlite::Database& database, std::span<const base::EmbeddedFile> steps) {
  const auto foreign = database.integer(
      "SELECT count(*) > 0 AND sum(name = 'migrations') = 0 FROM sqlite_schema WHERE type = "
      "'table'");
  if (!foreign) {
    return tl::unexpected(foreign.error());
  }
  if (*foreign != 0) {
    return base::fail(
        base::ErrorKind::configuration,
        fmt::format("{}: is another program's database: name another file", database.path()));
  }
  auto made = database.execute(
      "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "checksum TEXT NOT NULL) STRICT");
  if (!made) {
    return made;
  }
  const auto newest = database.integer("SELECT ifnull(max(number), 0) FROM migrations");
  if (!newest) {
    return tl::unexpected(newest.error());
  }
  const auto known = static_cast<std::int64_t>(steps.size());
  if (*newest > known) {
    return base::fail(base::ErrorKind::configuration,
                      fmt::format("{}: was written by a newer flink-auditd (schema {}, this one "
                                  "knows {}): start that one, or name another database",
                                  database.path(), *newest, known));
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t number = i + 1;
    if (static_cast<std::int64_t>(number) > *newest) {
      if (const auto done = apply(database, number, steps[i]); !done) {
        return done;
      }
      continue;
    }
    const auto recorded =
        database.text(fmt::format("SELECT checksum FROM migrations WHERE number = {}", number));
    if (!recorded) {
      return tl::unexpected(recorded.error());
    }
    if (*recorded != checksum_of(steps[i])) {
      return base::fail(base::ErrorKind::configuration,
                        fmt::format("{}: its schema {} is not this flink-auditd's \"{}\": it was "
                                    "written by another build; name another database",
                                    database.path(), number, steps[i].name));
    }
  }
  return {};
}

}  // namespace auditor::storage
