#pragma once

#include <concepts>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/rare.h"

namespace auditor::base {

/// A text that mostly is a literal of the program, as labels are: that takes a pointer's room and
/// is copied for nothing. Any other is kept as a string.
class Wording {
 public:
  Wording() = default;
  // Implicit: it stands wherever a text does. Only what the compiler knows is taken as a literal.
  template <std::size_t Size>
  consteval Wording(const char (&literal)[Size]) : literal_(literal) {}
  Wording(std::string text) : own_(std::move(text)) {}
  Wording(std::string_view text) : Wording(std::string(text)) {}

  operator std::string_view() const { return view(); }
  [[nodiscard]] std::string_view view() const {
    return own_ ? std::string_view(*own_) : std::string_view(literal_);
  }
  [[nodiscard]] std::string text() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return view().empty(); }

  friend bool operator==(const Wording& a, const Wording& b) {
    return (!a.own_ && !b.own_ && a.literal_ == b.literal_) || a.view() == b.view();
  }
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const Wording& a, const Text& b) {
    return a.view() == std::string_view(b);
  }
  friend std::ostream& operator<<(std::ostream& out, const Wording& wording) {
    return out << wording.view();
  }

 private:
  const char* literal_ = "";
  Rare<std::string> own_;
};

}  // namespace auditor::base

template <>
struct fmt::formatter<auditor::base::Wording> : fmt::formatter<std::string_view> {
  auto format(const auditor::base::Wording& wording, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(wording.view(), context);
  }
};
