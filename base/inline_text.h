#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace auditor::base {

/// A text that is kept in place where it is short, and orders as a `std::string` does. Ids are 32
/// characters, more than a `std::string` keeps in place: a map of them would read other memory for
/// each that a search compares.
class InlineText {
 public:
  static constexpr std::size_t most_in_place = 39;

  InlineText() = default;
  // Implicit: it stands wherever a text does.
  InlineText(std::string_view text) {
    if (text.size() <= most_in_place) {
      std::ranges::copy(text, bytes_.begin());
      bytes_.back() = static_cast<char>(text.size());
    } else {
      keep(new std::string(text));
    }
  }
  InlineText(const std::string& text) : InlineText(std::string_view(text)) {}
  InlineText(const char* text) : InlineText(std::string_view(text)) {}

  InlineText(const InlineText& other) : bytes_(other.bytes_) {
    if (!other.in_place()) keep(new std::string(*other.elsewhere()));
  }
  InlineText(InlineText&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  InlineText& operator=(const InlineText& other) {
    if (this != &other) *this = InlineText(other);
    return *this;
  }
  InlineText& operator=(InlineText&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~InlineText() {
    if (!in_place()) delete elsewhere();
  }

  [[nodiscard]] std::string_view view() const {
    return in_place() ? std::string_view(bytes_.data(), static_cast<std::size_t>(bytes_.back()))
                      : std::string_view(*elsewhere());
  }
  operator std::string_view() const { return view(); }
  operator std::string() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return view().empty(); }
  [[nodiscard]] std::size_t size() const { return view().size(); }

  friend bool operator==(const InlineText& a, const InlineText& b) {
    if (!a.in_place() && !b.in_place()) return *a.elsewhere() == *b.elsewhere();
    for (std::size_t place = 0; place < words; ++place) {
      if (a.word(place) != b.word(place)) return false;
    }
    return true;
  }
  friend std::strong_ordering operator<=>(const InlineText& a, const InlineText& b) {
    return a.in_place() && b.in_place() ? compare_in_place(a, b) : a.view() <=> b.view();
  }
  // Templates, so that a text is compared as it is.
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const InlineText& a, const Text& b) {
    return a.view() == std::string_view(b);
  }
  template <std::convertible_to<std::string_view> Text>
  friend std::strong_ordering operator<=>(const InlineText& a, const Text& b) {
    return a.view() <=> std::string_view(b);
  }
  friend std::string operator+(std::string before, const InlineText& text) {
    return before.append(text.view());
  }
  friend std::string operator+(const InlineText& text, std::string_view after) {
    return std::string(text).append(after);
  }
  friend std::ostream& operator<<(std::ostream& out, const InlineText& text) {
    return out << text.view();
  }

 private:
  // Zeros behind the text, its size last: so shorter ones come first, as they must.
  using Bytes = std::array<char, most_in_place + 1>;
  static constexpr char marks_elsewhere = most_in_place + 1;

  // Compared by words, in place: a call of `memcmp` takes longer.
  static constexpr std::size_t words = sizeof(Bytes) / sizeof(std::uint64_t);

  [[nodiscard]] std::uint64_t word(std::size_t place) const {
    std::uint64_t found = 0;
    std::memcpy(&found, bytes_.data() + place * sizeof found, sizeof found);
    return found;
  }

  /// A word such that words order as their bytes do.
  static std::uint64_t in_order(std::uint64_t word) {
    return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
  }

  static std::strong_ordering compare_in_place(const InlineText& a, const InlineText& b) {
    for (std::size_t place = 0; place < words; ++place) {
      const auto order = in_order(a.word(place)) <=> in_order(b.word(place));
      if (order != 0) return order;
    }
    return std::strong_ordering::equal;
  }

  [[nodiscard]] bool in_place() const { return bytes_.back() != marks_elsewhere; }

  [[nodiscard]] std::string* elsewhere() const {
    std::uintptr_t address = 0;
    std::memcpy(&address, bytes_.data(), sizeof address);
    return std::bit_cast<std::string*>(address);
  }

  void keep(std::string* text) {
    const auto address = std::bit_cast<std::uintptr_t>(text);
    std::memcpy(bytes_.data(), &address, sizeof address);
    bytes_.back() = marks_elsewhere;
  }

  alignas(std::uint64_t) Bytes bytes_{};
};

}  // namespace auditor::base

template <>
struct fmt::formatter<auditor::base::InlineText> : fmt::formatter<std::string_view> {
  auto format(const auditor::base::InlineText& text, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(text.view(), context);
  }
};
