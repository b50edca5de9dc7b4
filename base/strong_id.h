#pragma once

#include <compare>
#include <string>
#include <utility>

namespace auditor::base {

/// A text that identifies one kind of thing; `Tag` keeps the kinds apart.
template <class Tag>
struct StrongId {
  std::string value;

  StrongId() = default;
  explicit StrongId(std::string text) : value(std::move(text)) {}

  friend auto operator<=>(const StrongId&, const StrongId&) = default;
  friend bool operator==(const StrongId&, const StrongId&) = default;
};

}  // namespace auditor::base
