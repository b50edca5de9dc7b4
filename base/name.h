#pragma once

#include <compare>
#include <concepts>
#include <ostream>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace auditor::base {

/// A text out of a small vocabulary that many objects bear: ids of checks and practices. It is kept
/// once, for as long as the process runs, so that copies take a pointer's room and equal ones are
/// the same. Never for what a cluster or user may make up without end.
class Name {
 public:
  Name() : text_(&none()) {}
  // Implicit: it stands wherever a text does.
  Name(std::string_view text) : text_(&kept(text)) {}
  Name(const std::string& text) : text_(&kept(text)) {}
  Name(const char* text) : text_(&kept(text)) {}

  operator const std::string&() const { return *text_; }
  operator std::string_view() const { return *text_; }
  [[nodiscard]] const std::string& text() const { return *text_; }
  [[nodiscard]] bool empty() const { return text_->empty(); }

  friend bool operator==(const Name& a, const Name& b) { return a.text_ == b.text_; }
  friend std::strong_ordering operator<=>(const Name& a, const Name& b) {
    return *a.text_ <=> *b.text_;
  }
  // Templates, so that a text is compared as it is: it makes no name.
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const Name& a, const Text& b) {
    return *a.text_ == std::string_view(b);
  }
  template <std::convertible_to<std::string_view> Text>
  friend std::strong_ordering operator<=>(const Name& a, const Text& b) {
    return std::string_view(*a.text_) <=> std::string_view(b);
  }
  friend std::ostream& operator<<(std::ostream& out, const Name& name) {
    return out << name.text();
  }

 private:
  static const std::string& kept(std::string_view text);
  static const std::string& none() {
    static const std::string& empty = kept("");
    return empty;
  }

  const std::string* text_;
};

}  // namespace auditor::base

template <>
struct fmt::formatter<auditor::base::Name> : fmt::formatter<std::string_view> {
  auto format(const auditor::base::Name& name, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(name.text(), context);
  }
};
