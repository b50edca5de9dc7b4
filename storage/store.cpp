#include "storage/store.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "storage/cycle_writer.h"
#include "storage/lock.h"
#include "storage/migrate.h"
#include "storage/outbox.h"
#include "storage/remembered.h"
#include "storage/retention.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

namespace {

using base::Result;
using base::Timestamp;

/// A log that readers let grow beyond it is moved into the database and truncated.
constexpr std::int64_t log_limit = base::mebibytes(16).count;

class SqliteStore : public Store {
 public:
  SqliteStore(Lock lock, std::unique_ptr<sqlite::Database> database, CycleWriter writer)
      : lock_(std::move(lock)), database_(std::move(database)), writer_(std::move(writer)) {}

  ~SqliteStore() override {
    // So that the next start, and a copy of the file, find all in one place.
    static_cast<void>(database_->checkpoint());
  }

  Result<void> commit(std::span<const model::CycleRecord> records) override;
  Result<Remembered> remembered(Timestamp now) override { return read_remembered(*database_, now); }
  Result<void> put_waiver(const model::Waiver& waiver) override;
  Result<bool> remove_waiver(const std::string& id) override;
  Result<void> put_alerts(std::span<const model::Alert> alerts) override;
  Result<std::vector<std::int64_t>> put_due(const DueRows& due) override;
  Result<void> put_deliveries(std::span<const model::Notification> attempted) override;
  Result<std::optional<model::Notification>> replay(const std::string& id, Timestamp now) override;
  Result<void> put_silence(const model::Silence& silence) override;
  Result<bool> remove_silence(const std::string& id, Timestamp now) override;
  Result<void> put_known_checks(const std::map<std::string, Timestamp>& checks) override;
  Result<bool> tidy(Timestamp now, const Retention& retention) override;
  Result<StoreSize> size() override;

 private:
  /// Does `work`, which gives a Result, in one durable transaction.
  template <class Work>
  auto durably(Work work) -> decltype(work());

  [[nodiscard]] std::int64_t log_size() const;

  // In this order: statements end before their connection, and the lock last.
  Lock lock_;
  std::unique_ptr<sqlite::Database> database_;
  Janitor janitor_;
  CycleWriter writer_;
};

Result<void> SqliteStore::commit(std::span<const model::CycleRecord> records) {
  if (records.empty()) {
    return {};
  }
  const bool durable = std::ranges::any_of(records, [](const model::CycleRecord& record) {
    return !record.transitions.empty() || !record.alerts.empty();
  });
  // What alerts are made of must survive a loss of power; the rest may lose its last moments.
  if (auto set = database_->set_durable(durable); !set) {
    return set;
  }
  auto written = [&]() -> Result<void> {
    auto transaction = sqlite::Transaction::begin(*database_);
    if (!transaction) {
      return tl::unexpected(transaction.error());
    }
    for (const model::CycleRecord& record : records) {
      auto done = writer_.write(record);
      done = done ? outbox::write(*database_, record.alerts) : done;
      if (!done) {
        return done;
      }
    }
    return transaction->commit();
  }();
  if (!written) {
    writer_.forget();  // rows of a transaction that was rolled back
  }
  return written;
}

Result<void> SqliteStore::put_waiver(const model::Waiver& waiver) {
  if (auto set = database_->set_durable(true); !set) {
    return set;
  }
  auto statement = database_->prepare(
      "INSERT OR REPLACE INTO waivers (id, check_glob, cluster_glob, job_glob, reason, owner, "
      "until, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  return statement->bind(waiver.id)
      .bind(waiver.check)
      .bind(waiver.cluster)
      .bind(waiver.job)
      .bind(waiver.reason)
      .bind(waiver.owner)
      .bind(waiver.until)
      .bind(waiver.created_at)
      .run();
}

Result<bool> SqliteStore::remove_waiver(const std::string& id) {
  if (const auto set = database_->set_durable(true); !set) {
    return tl::unexpected(set.error());
  }
  auto statement = database_->prepare("DELETE FROM waivers WHERE id = ?");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  if (const auto done = statement->bind(id).run(); !done) {
    return tl::unexpected(done.error());
  }
  return database_->changes() > 0;
}

template <class Work>
auto SqliteStore::durably(Work work) -> decltype(work()) {
  if (const auto set = database_->set_durable(true); !set) {
    return tl::unexpected(set.error());
  }
  auto transaction = sqlite::Transaction::begin(*database_);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  auto done = work();
  if (!done) {
    return done;
  }
  if (const auto committed = transaction->commit(); !committed) {
    return tl::unexpected(committed.error());
  }
  return done;
}

Result<void> SqliteStore::put_alerts(std::span<const model::Alert> alerts) {
  return durably([&] { return outbox::write(*database_, alerts); });
}

Result<std::vector<std::int64_t>> SqliteStore::put_due(const DueRows& due) {
  return durably([&] { return outbox::write(*database_, due); });
}

Result<void> SqliteStore::put_deliveries(std::span<const model::Notification> attempted) {
  return durably([&] { return outbox::write_attempts(*database_, attempted); });
}

Result<std::optional<model::Notification>> SqliteStore::replay(const std::string& id,
                                                               Timestamp now) {
  return durably([&] { return outbox::replay(*database_, id, now); });
}

Result<void> SqliteStore::put_silence(const model::Silence& silence) {
  return durably([&] { return outbox::write(*database_, silence); });
}

Result<bool> SqliteStore::remove_silence(const std::string& id, Timestamp now) {
  return durably([&] { return outbox::end_silence(*database_, id, now); });
}

Result<void> SqliteStore::put_known_checks(const std::map<std::string, Timestamp>& checks) {
  return durably([&] { return outbox::write(*database_, checks); });
}

Result<bool> SqliteStore::tidy(Timestamp now, const Retention& retention) {
  const auto step = janitor_.step(*database_, now, retention);
  if (!step) {
    writer_.forget();
    return tl::unexpected(step.error());
  }
  if (step->removed_jobs) {
    writer_.forget();
  }
  if (log_size() > log_limit) {
    if (const auto moved = database_->checkpoint(); !moved) {
      return tl::unexpected(moved.error());
    }
  }
  return step->more;
}

std::int64_t SqliteStore::log_size() const {
  std::error_code none;
  const auto size = std::filesystem::file_size(database_->path() + "-wal", none);
  return none ? 0 : static_cast<std::int64_t>(size);
}

Result<StoreSize> SqliteStore::size() {
  const auto page = database_->integer("PRAGMA page_size");
  const auto pages = database_->integer("PRAGMA page_count");
  const auto free = database_->integer("PRAGMA freelist_count");
  for (const auto* part : {&page, &pages, &free}) {
    if (!*part) {
      return tl::unexpected(part->error());
    }
  }
  return StoreSize{{(*pages - *free) * *page}, {*pages * *page}, {log_size()}};
}

Result<void> check_integrity(sqlite::Database& database) {
  const auto verdict = database.text("PRAGMA quick_check(1)");
  if (!verdict) {
    return tl::unexpected(verdict.error());
  }
  if (*verdict != "ok") {
    return base::fail(
        base::ErrorKind::file,
        fmt::format("{}: the database is damaged ({}): move it away to begin anew, or put a backup "
                    "in its place",
                    database.path(), base::printable(*verdict)));
  }
  return {};
}

/// Without symbolic links: by each name a database has the same lock and log.
std::string true_path(const std::string& path) {
  std::error_code none;
  const auto found = std::filesystem::weakly_canonical(path, none);
  return none ? path : found.string();
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& path) {
  const std::string file = true_path(path);
  auto lock = Lock::take(file);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  auto opened = sqlite::Database::open(file, sqlite::Mode::write);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  auto database = std::make_unique<sqlite::Database>(std::move(*opened));
  if (const auto whole = check_integrity(*database); !whole) {
    return tl::unexpected(whole.error());
  }
  if (const auto done = migrate(*database); !done) {
    return tl::unexpected(done.error());
  }
  auto writer = CycleWriter::prepare(*database);
  if (!writer) {
    return tl::unexpected(writer.error());
  }
  return std::make_unique<SqliteStore>(std::move(*lock), std::move(database), std::move(*writer));
}

}  // namespace auditor::storage
