#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

struct sqlite3;
struct sqlite3_stmt;

/// RAII over SQLite's C interface; the one place that knows it. A connection belongs to one thread.
namespace auditor::storage::sqlite {

class Database;

/// A prepared statement. Bind, step, read; it resets itself when the `Row`s are used up or `reset`
/// is called. The first error stays and is what `step` gives.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&&) = default;
  Statement& operator=(Statement&&) = default;

  // Parameters, from 1 on in the order of the calls.
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::string_view bytes);
  Statement& bind_null();
  Statement& bind(base::Timestamp time) {
    return bind(std::int64_t{time.time_since_epoch().count()});
  }
  Statement& bind(std::chrono::milliseconds value) { return bind(std::int64_t{value.count()}); }
  Statement& bind(base::Bytes value) { return bind(value.count); }
  template <class T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }
  template <class T>
    requires std::is_enum_v<T>
  Statement& bind(T value) {
    return bind(static_cast<std::int64_t>(value));
  }

  /// True: there is a row to read. Errors: `file`, with SQLite's words.
  base::Result<bool> step();
  /// For statements without rows.
  base::Result<void> run();
  void reset();

  // Columns of the row, from 0 on in the order of the calls.
  std::int64_t integer();
  double real();
  std::string text();
  std::string blob();
  base::Timestamp time() { return base::Timestamp(std::chrono::milliseconds(integer())); }
  template <class T>
  std::optional<T> optional() {
    if (is_null()) {
      ++column_;
      return std::nullopt;
    }
    if constexpr (std::is_same_v<T, base::Timestamp>) {
      return time();
    } else if constexpr (std::is_same_v<T, base::Bytes>) {
      return base::Bytes{integer()};
    } else if constexpr (std::is_same_v<T, double>) {
      return real();
    } else if constexpr (std::is_same_v<T, std::string>) {
      return text();
    } else {
      return T(integer());
    }
  }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void note(int code);
  [[nodiscard]] bool is_null() const;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int parameter_ = 0;
  int column_ = 0;
  int error_ = 0;
};

enum class Mode {
  write,  ///< makes the database where there is none; WAL
  read,   ///< never writes, nor checkpoints the log
};

/// A connection.
class Database {
 public:
  /// Errors: `file`; `configuration` where it is not a database, or on a network file system.
  static base::Result<Database> open(const std::string& path, Mode mode);

  base::Result<Statement> prepare(std::string_view sql);
  /// One or more statements without parameters.
  base::Result<void> execute(const std::string& sql);
  /// The first column of the first row.
  base::Result<std::int64_t> integer(std::string_view sql);
  base::Result<std::string> text(std::string_view sql);

  [[nodiscard]] std::int64_t last_row() const;
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] bool in_transaction() const;
  /// Moves the write-ahead log into the database and truncates it, as far as readers allow: waits
  /// for none.
  base::Result<void> checkpoint();
  /// Whether the next commits must survive a loss of power, or may lose their last moments to it.
  base::Result<void> set_durable(bool durable);

  /// Copies the whole database to a new file by the backup API.
  base::Result<void> back_up(const std::string& to);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  friend class Transaction;
  base::Result<void> set_up(Mode mode);
  /// Runs one that is prepared at its first use: one of each look's.
  base::Result<void> run(Statement& kept, std::string_view sql);
  [[nodiscard]] base::Error error(std::string_view what) const;

  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
  bool durable_ = false;
  Statement begin_;
  Statement begin_read_;
  Statement commit_;
};

/// Rolled back unless committed.
class Transaction {
 public:
  /// To write.
  static base::Result<Transaction> begin(Database& database);
  /// To read several times from one state of the database.
  static base::Result<Transaction> begin_read(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  base::Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

/// "…32 hex digits…" as 16 bytes and back; text of another shape stays as it is.
std::string to_bytes(std::string_view hex);
std::string to_hex(std::string_view bytes);
/// Whether `text` is 32 hex digits.
bool is_id(std::string_view text);

/// Whether a file system of this kind (`statfs::f_type`) is a network's: they lack the shared
/// memory that the write-ahead log needs (sqlite.org/wal.html).
bool is_network_file_system(unsigned long kind);

}  // namespace auditor::storage::sqlite
