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

/// A text that its copies share: the path of an answer, which all that was read there bears.
class SharedText {
 public:
  SharedText() : text_(none()) {}
  // Implicit: it stands wherever a text does.
  SharedText(std::string text)
      : text_(text.empty() ? none() : std::make_shared<const std::string>(std::move(text))) {}
  SharedText(std::string_view text) : SharedText(std::string(text)) {}
  SharedText(const char* text) : SharedText(std::string(text)) {}

  operator const std::string&() const { return *text_; }
  operator std::string_view() const { return *text_; }
  [[nodiscard]] const std::string& text() const { return *text_; }
  [[nodiscard]] bool empty() const { return text_->empty(); }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.text_ == b.text_ || *a.text_ == *b.text_;
  }
  friend std::strong_ordering operator<=>(const SharedText& a, const SharedText& b) {
    return *a.text_ <=> *b.text_;
  }
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const SharedText& a, const Text& b) {
    return *a.text_ == std::string_view(b);
  }
  friend std::ostream& operator<<(std::ostream& out, const SharedText& text) {
    return out << text.text();
  }

 private:
  static const std::shared_ptr<const std::string>& none() {
    static const auto empty = std::make_shared<const std::string>();
    return empty;
  }

  std::shared_ptr<const std::string> text_;
};

}  // namespace auditor::base

template <>
struct fmt::formatter<auditor::base::SharedText> : fmt::formatter<std::string_view> {
  auto format(const auditor::base::SharedText& text, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(text.text(), context);
  }
};
