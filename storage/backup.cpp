#include <filesystem>

#include <fmt/format.h>

#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace auditor::storage {

namespace {

base::Result<void> check(const std::string& copy) {
  auto database = sqlite::Database::open(copy, sqlite::Mode::read);
  if (!database) {
    return tl::unexpected(database.error());
  }
  const auto verdict = database->text("PRAGMA integrity_check(1)");
  if (!verdict || *verdict != "ok") {
    return base::fail(
        base::ErrorKind::file,
        fmt::format("the copy is damaged: {}", verdict ? *verdict : verdict.error().message));
  }
  return {};
}

}  // namespace

base::Result<void> back_up(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!std::filesystem::exists(from, error)) {
    return base::fail(base::ErrorKind::file, fmt::format("there is no database {}", from));
  }
  if (std::filesystem::exists(to, error)) {
    return base::fail(base::ErrorKind::file,
                      fmt::format("{} exists: name a new file for the copy", to));
  }
  auto database = sqlite::Database::open(from, sqlite::Mode::read);
  if (!database) {
    return tl::unexpected(database.error());
  }
  // Under another name until it is whole.
  const std::string part = to + ".part";
  std::filesystem::remove(part, error);
  auto copied = database->back_up(part);
  if (copied) {
    copied = check(part);
  }
  if (copied) {
    // Unlike a rename, a link replaces nothing that came there meanwhile.
    std::filesystem::create_hard_link(part, to, error);
    if (error == std::errc::operation_not_permitted ||
        error == std::errc::operation_not_supported) {
      std::filesystem::rename(part, to, error);  // a file system without links
    }
    if (error) {
      copied = base::fail(base::ErrorKind::file,
                          fmt::format("cannot write {}: {}", to, error.message()));
    }
  }
  for (const char* const suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(part + suffix, error);
  }
  return copied;
}

}  // namespace auditor::storage
