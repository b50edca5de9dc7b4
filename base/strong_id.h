#pragma once

#include <compare>
#include <string_view>

#include "base/inline_text.h"

namespace auditor::base {

/// A text that identifies one kind of thing; `Tag` keeps the kinds apart.
template <class Tag>
struct StrongId {
  InlineText value;

  StrongId() = default;
  explicit StrongId(std::string_view text) : value(text) {}

  friend auto operator<=>(const StrongId&, const StrongId&) = default;
  friend bool operator==(const StrongId&, const StrongId&) = default;
};

}  // namespace auditor::base
