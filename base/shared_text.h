#pragma once

#include <compare>
#include <concepts>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace auditor::base {

/// A text that its copies share: the path of an answer, which all that was read there bears. An
/// empty one shares nothing: threads would contend for its count.
class SharedText {
 public:
  SharedText() = default;
  // Implicit: it stands wherever a text does.
  SharedText(std::string text)
      : text_(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text))) {}
  SharedText(std::string_view text) : SharedText(std::string(text)) {}
  SharedText(const char* text) : SharedText(std::string(text)) {}

  operator const std::string&() const { return text(); }
  operator std::string_view() const { return text(); }
  [[nodiscard]] const std::string& text() const { return text_ ? *text_ : none(); }
  [[nodiscard]] bool empty() const { return text_ == nullptr; }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.text_ == b.text_ || a.text() == b.text();
  }
  friend std::strong_ordering operator<=>(const SharedText& a, const SharedText& b) {
    return a.text() <=> b.text();
  }
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const SharedText& a, const Text& b) {
    return a.text() == std::string_view(b);
  }
  friend std::ostream& operator<<(std::ostream& out, const SharedText& text) {
    return out << text.text();
  }

 private:
  static const std::string& none() {
    static const std::string empty;
    return empty;
  }

  std::shared_ptr<const std::string> text_;  // nullptr: empty
};

}  // namespace auditor::base

template <>
struct fmt::formatter<auditor::base::SharedText> : fmt::formatter<std::string_view> {
  auto format(const auditor::base::SharedText& text, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(text.text(), context);
  }
};
