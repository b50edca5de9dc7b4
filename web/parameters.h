#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/time.h"
#include "web/http.h"
#include "web/problem.h"

namespace auditor::web {

/// Reads a request's query strictly: what is wrong, twice or unknown is a problem that `finish`
/// gives. The functions give the default in its place.
class Parameters {
 public:
  explicit Parameters(const Request& request) : request_(&request) {}

  /// The value of a parameter that may come once; empty where it is not there.
  std::string one(std::string_view name);
  /// Each value of a parameter that may come again: any of them.
  std::vector<std::string> many(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::optional<base::Timestamp> time(std::string_view name);
  std::size_t number(std::string_view name, std::size_t otherwise, std::size_t most);
  /// One of `allowed`; the first of them where it is not there.
  std::string one_of(std::string_view name, std::initializer_list<std::string_view> allowed);

  /// As `many`, each read by `parse`; `allowed` says for people what it takes.
  template <class T>
  std::vector<T> many_of(std::string_view name, std::optional<T> (*parse)(std::string_view),
                         std::string_view allowed) {
    std::vector<T> values;
    for (const std::string& text : many(name)) {
      if (const auto value = parse(text)) {
        values.push_back(*value);
      } else {
        wrong(name, text, allowed);
      }
    }
    return values;
  }

  /// The first problem; also where the query has a parameter that was not asked for.
  [[nodiscard]] std::optional<Problem> finish();

 private:
  void wrong(std::string_view name, std::string_view value, std::string_view allowed);

  const Request* request_;
  std::vector<std::string> known_;
  std::optional<Problem> problem_;
};

}  // namespace auditor::web
