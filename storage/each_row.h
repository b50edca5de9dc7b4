#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

/// Gives `take` each row of `sql`, whose parameters `bind` sets. `take` may return a Result, and
/// ends the reading with an error of its own. Errors else: `file`, with SQLite's words.
template <class Bind, class Take>
base::Result<void> each_row(sqlite::Database& database, std::string_view sql, Bind bind,
                            Take take) {
  auto statement = database.prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  bind(*statement);
  while (true) {
    const auto row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return {};
    }
    if constexpr (std::is_void_v<std::invoke_result_t<Take&, sqlite::Statement&>>) {
      take(*statement);
    } else if (base::Result<void> taken = take(*statement); !taken) {
      return taken;
    }
  }
}

/// The same without parameters.
template <class Take>
base::Result<void> each_row(sqlite::Database& database, std::string_view sql, Take take) {
  return each_row(database, sql, [](sqlite::Statement& /*statement*/) {}, std::move(take));
}

}  // namespace auditor::storage
