#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

/// A WHERE clause and its parameters.
class Conditions {
 public:
  using Value = std::variant<std::int64_t, std::string>;
  struct Blob {
    std::string bytes;
  };

  void add(std::string_view condition) {
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += condition;
  }
  void add(std::string_view condition, std::int64_t value) {
    add(condition);
    values_.emplace_back(value);
  }
  void add(std::string_view condition, std::string value) {
    add(condition);
    values_.emplace_back(std::move(value));
  }
  void value(std::int64_t value) { values_.emplace_back(value); }
  void value(std::string text) { values_.emplace_back(std::move(text)); }
  void value(Blob blob) { values_.emplace_back(std::move(blob)); }

  /// column IN (…), where there are any.
  template <class T>
  void any_of(std::string_view column, const std::vector<T>& values) {
    if (values.empty()) {
      return;
    }
    add(fmt::format("{} IN (?{})", column, repeated(values.size() - 1)));
    for (const T& one : values) {
      if constexpr (std::is_enum_v<T>) {
        value(static_cast<std::int64_t>(one));
      } else {
        value(one);
      }
    }
  }

  static std::string repeated(std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
      all += ", ?";
    }
    return all;
  }

  [[nodiscard]] const std::string& sql() const { return sql_; }

  void bind(sqlite::Statement& statement) const {
    for (const auto& one : values_) {
      if (const auto* const number = std::get_if<std::int64_t>(&one)) {
        statement.bind(*number);
      } else if (const auto* const text = std::get_if<std::string>(&one)) {
        statement.bind(*text);
      } else {
        statement.bind_blob(std::get<Blob>(one).bytes);
      }
    }
  }

 private:
  std::string sql_;
  std::vector<std::variant<std::int64_t, std::string, Blob>> values_;
};

inline base::Error bad_cursor() {
  return {base::ErrorKind::usage, "cursor: no page gave this one; begin without", 0};
}

/// All of `text` as a number.
inline std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

}  // namespace auditor::storage
