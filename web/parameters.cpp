#include "web/parameters.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace auditor::web {

void Parameters::wrong(std::string_view name, std::string_view value, std::string_view allowed) {
  if (!problem_) {
    problem_ =
        Problem{400, fmt::format("parameter \"{}\": \"{}\" must be {}", name, value, allowed), {}};
  }
}

std::vector<std::string> Parameters::many(std::string_view name) {
  known_.emplace_back(name);
  std::vector<std::string> values;
  for (const auto& [key, value] : request_->query) {
    if (key == name) {
      if (value.empty()) {
        wrong(name, value, "a value; leave the parameter out for all");
      }
      values.push_back(value);
    }
  }
  return values;
}

std::string Parameters::one(std::string_view name) {
  auto values = many(name);
  if (values.size() > 1) {
    wrong(name, values[1], "there once");
  }
  return values.empty() ? std::string() : std::move(values.front());
}

std::optional<bool> Parameters::flag(std::string_view name) {
  const std::string value = one(name);
  if (!value.empty() && value != "true" && value != "false") {
    wrong(name, value, "true or false");
  }
  return value.empty() ? std::nullopt : std::optional(value == "true");
}

std::optional<base::Timestamp> Parameters::time(std::string_view name) {
  const std::string value = one(name);
  if (value.empty()) {
    return std::nullopt;
  }
  const auto parsed = base::parse_rfc3339(value);
  if (!parsed) {
    wrong(name, value, "a time in UTC, such as 2026-11-26T12:00:00Z");
  }
  return parsed;
}

std::size_t Parameters::number(std::string_view name, std::size_t otherwise, std::size_t most) {
  const std::string value = one(name);
  if (value.empty()) {
    return otherwise;
  }
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < 1 || number > most) {
    wrong(name, value, fmt::format("a number from 1 to {}", most));
    return otherwise;
  }
  return number;
}

std::string Parameters::one_of(std::string_view name,
                               std::initializer_list<std::string_view> allowed) {
  std::string value = one(name);
  if (value.empty()) {
    return std::string(*allowed.begin());
  }
  if (std::ranges::find(allowed, value) == allowed.end()) {
    wrong(name, value, fmt::format("one of {}", fmt::join(allowed, ", ")));
  }
  return value;
}

std::optional<Problem> Parameters::finish() {
  for (const auto& [key, value] : request_->query) {
    if (!problem_ && std::ranges::find(known_, key) == known_.end()) {
      problem_ =
          Problem{400,
                  known_.empty() ? fmt::format("unknown parameter \"{}\"; there are none here", key)
                                 : fmt::format("unknown parameter \"{}\"; there are: {}", key,
                                               base::join(known_, ", ")),
                  {}};
    }
  }
  return problem_;
}

}  // namespace auditor::web
