#include "storage/sqlite/database.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/vfs.h>

#include "base/murmur3.h"

namespace auditor::storage::sqlite {

namespace {

constexpr int busy_timeout_ms = 5'000;

/// How to mend it, where we know.
std::string_view remedy(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ": free space on its disk";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return ": let this user write the file and its folder";
    case SQLITE_CORRUPT:
      return ": move it away to begin anew, or put a backup in its place";
    default:
      return {};
  }
}

base::Error error_of(sqlite3* database, int code, std::string_view path) {
  std::string message = fmt::format("{}: {}", path, sqlite3_errstr(code & 0xff));
  if (database != nullptr && sqlite3_errcode(database) != SQLITE_OK) {
    const std::string detail = sqlite3_errmsg(database);
    if (message.find(detail) == std::string::npos) {
      message += fmt::format(" ({})", detail);
    }
  }
  // What the system said: of an I/O error SQLite tells no more than that.
  const int system = database == nullptr ? 0 : sqlite3_system_errno(database);
  if ((code & 0xff) == SQLITE_IOERR && system != 0) {
    message += fmt::format(" ({})", std::generic_category().message(system));
  }
  message += remedy(code);
  return {base::ErrorKind::file, std::move(message), 0};
}

bool on_network_file_system(const std::string& folder) {
  struct statfs system{};
  return ::statfs(folder.c_str(), &system) == 0 &&
         is_network_file_system(static_cast<unsigned long>(system.f_type));
}

std::string folder_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::note(int code) {
  error_ = error_ == SQLITE_OK ? code : error_;
}

Statement& Statement::bind(std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), ++parameter_, value));
  return *this;
}

Statement& Statement::bind(double value) {
  note(sqlite3_bind_double(statement_.get(), ++parameter_, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  note(sqlite3_bind_text64(statement_.get(), ++parameter_, text.empty() ? "" : text.data(),
                           text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  note(sqlite3_bind_blob64(statement_.get(), ++parameter_, bytes.empty() ? "" : bytes.data(),
                           bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null() {
  note(sqlite3_bind_null(statement_.get(), ++parameter_));
  return *this;
}

base::Result<bool> Statement::step() {
  column_ = 0;
  const int code = error_ == SQLITE_OK ? sqlite3_step(statement_.get()) : error_;
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  sqlite3* const database = sqlite3_db_handle(statement_.get());
  const char* const path = sqlite3_db_filename(database, "main");
  base::Error error = error_of(database, code, path == nullptr ? "" : path);
  reset();
  return tl::unexpected(std::move(error));
}

base::Result<void> Statement::run() {
  const auto stepped = step();
  reset();
  if (!stepped) {
    return tl::unexpected(stepped.error());
  }
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  parameter_ = 0;
  column_ = 0;
  error_ = SQLITE_OK;
}

bool Statement::is_null() const {
  return sqlite3_column_type(statement_.get(), column_) == SQLITE_NULL;
}

std::int64_t Statement::integer() {
  return sqlite3_column_int64(statement_.get(), column_++);
}

double Statement::real() {
  return sqlite3_column_double(statement_.get(), column_++);
}

std::string Statement::text() {
  const auto* const data = sqlite3_column_text(statement_.get(), column_);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column_++));
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

std::string Statement::blob() {
  const void* const data = sqlite3_column_blob(statement_.get(), column_);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column_++));
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

base::Error Database::error(std::string_view what) const {
  return error_of(database_.get(), sqlite3_extended_errcode(database_.get()), path_).prefixed(what);
}

base::Result<Database> Database::open(const std::string& path, Mode mode) {
  if (mode == Mode::write && on_network_file_system(folder_of(path))) {
    return base::fail(base::ErrorKind::configuration,
                      fmt::format("{}: is on a network file system, on which SQLite's "
                                  "write-ahead log does not work: put it on a local disk",
                                  path));
  }
  sqlite3* raw = nullptr;
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database;
  database.database_.reset(raw);
  database.path_ = path;
  if (code != SQLITE_OK) {
    return tl::unexpected(error_of(raw, code, path).prefixed("cannot open the database"));
  }
  if (const auto done = database.set_up(mode); !done) {
    return tl::unexpected(done.error());
  }
  return database;
}

base::Result<void> Database::set_up(Mode mode) {
  sqlite3* const raw = database_.get();
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // SQLite 3.40 can lose pages where two connections move the log: only the writer may.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, mode == Mode::read ? 1 : 0, nullptr);
  std::string settings =
      "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA foreign_keys = ON;";
  if (mode == Mode::write) {
    // Nothing here is so secret that removed rows must be overwritten, which Debian's SQLite does.
    settings.insert(0, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;");
    settings +=
        "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864; "
        "PRAGMA secure_delete = OFF;";
  } else {
    settings += "PRAGMA query_only = ON; PRAGMA schema_version;";
  }
  if (auto done = execute(settings); !done) {
    const int code = sqlite3_errcode(raw) & 0xff;
    if (code == SQLITE_NOTADB) {
      return base::fail(base::ErrorKind::configuration,
                        fmt::format("{}: is not a SQLite database: name another file", path_));
    }
    return done;
  }
  if (mode == Mode::read) {
    return {};
  }
  if (sqlite3_db_readonly(raw, "main") != 0) {
    return tl::unexpected(error_of(nullptr, SQLITE_READONLY, path_));
  }
  const auto journal = text("PRAGMA journal_mode");
  if (!journal || *journal != "wal") {
    return base::fail(base::ErrorKind::file,
                      fmt::format("{}: cannot have a write-ahead log here ({}): put it on a local "
                                  "disk",
                                  path_, journal ? *journal : journal.error().message));
  }
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) {
    return tl::unexpected(error("cannot prepare a statement"));
  }
  return Statement(raw);
}

base::Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return tl::unexpected(error("cannot execute"));
  }
  return {};
}

base::Result<void> Database::run(Statement& kept, std::string_view sql) {
  if (kept.statement_ == nullptr) {
    auto prepared = prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    kept = std::move(*prepared);
  }
  return kept.run();
}

base::Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return *row ? statement->integer() : 0;
}

base::Result<std::string> Database::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return *row ? statement->text() : std::string();
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(database_.get());
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(database_.get());
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

base::Result<void> Database::checkpoint() {
  sqlite3_busy_timeout(database_.get(), 0);
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  sqlite3_busy_timeout(database_.get(), busy_timeout_ms);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
    return tl::unexpected(error("cannot move the log into the database"));
  }
  return {};
}

base::Result<void> Database::set_durable(bool durable) {
  if (durable == durable_) {
    return {};
  }
  auto set = execute(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  if (set) {
    durable_ = durable;
  }
  return set;
}

base::Result<void> Database::back_up(const std::string& to) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      to.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, Close> copy(raw);
  if (code != SQLITE_OK) {
    return tl::unexpected(error_of(raw, code, to).prefixed("cannot write the copy"));
  }
  // All pages in one step: then no commit between two steps makes it begin anew.
  sqlite3_backup* const backup = sqlite3_backup_init(raw, "main", database_.get(), "main");
  int stepped = SQLITE_ERROR;
  if (backup != nullptr) {
    stepped = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
  }
  if (stepped != SQLITE_DONE) {
    return tl::unexpected(
        error_of(raw, sqlite3_extended_errcode(raw), to).prefixed("cannot write the copy"));
  }
  return {};
}

base::Result<Transaction> Transaction::begin_read(Database& database) {
  if (const auto begun = database.run(database.begin_read_, "BEGIN"); !begun) {
    return tl::unexpected(begun.error());
  }
  return Transaction(database);
}

base::Result<Transaction> Transaction::begin(Database& database) {
  if (const auto begun = database.run(database.begin_, "BEGIN IMMEDIATE"); !begun) {
    return tl::unexpected(begun.error());
  }
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite rolls back by itself after some errors.
  if (database_ != nullptr && database_->in_transaction()) {
    static_cast<void>(database_->execute("ROLLBACK"));
  }
}

base::Result<void> Transaction::commit() {
  const auto committed = database_->run(database_->commit_, "COMMIT");
  if (committed) {
    database_ = nullptr;
  }
  return committed;
}

bool is_id(std::string_view text) {
  return base::from_hex(text).has_value();
}

std::string to_bytes(std::string_view hex) {
  const auto hash = base::from_hex(hex);
  return hash ? std::string(hash->begin(), hash->end()) : std::string(hex);
}

std::string to_hex(std::string_view bytes) {
  base::Hash128 hash{};
  if (bytes.size() != hash.size()) {
    return std::string(bytes);
  }
  std::ranges::copy(bytes, hash.begin());
  return base::to_hex(hash);
}

bool is_network_file_system(unsigned long kind) {
  constexpr std::array<unsigned long, 7> kinds{0x6969 /* NFS */,
                                               0x517B /* SMB */,
                                               0xFF534D42 /* CIFS */,
                                               0xFE534D42 /* SMB2 */,
                                               0x5346414F /* AFS */,
                                               0x00C36400 /* Ceph */,
                                               0x01021997 /* 9p */};
  return std::ranges::find(kinds, kind) != kinds.end();
}

}  // namespace auditor::storage::sqlite
