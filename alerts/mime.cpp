#include "alerts/mime.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::alerts {

namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t group = 3;
  std::string out;
  out.reserve((bytes.size() + 2) / group * 4);
  for (std::size_t at = 0; at < bytes.size(); at += group) {
    const std::string_view part = bytes.substr(at, group);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < group; ++i) {
      bits = bits << 8U | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
    }
    for (std::size_t i = 0; i <= group; ++i) {
      out += i <= part.size() ? alphabet[bits >> (18U - 6U * i) & 0x3FU] : '=';
    }
  }
  return out;
}

}  // namespace

std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t length = 76;
  const std::string all = base64(bytes);
  std::string out;
  out.reserve(all.size() + all.size() / length * 2 + 2);
  for (std::size_t at = 0; at < all.size(); at += length) {
    out.append(all, at, length);
    out += "\r\n";
  }
  return out;
}

std::string header_text(std::string_view text) {
  constexpr std::size_t longest_line = 60;
  constexpr std::size_t longest_word = 42;  // 56 in base64; an encoded word has 75 at most
  std::string clean = base::printable(text);
  const bool plain = clean.size() <= longest_line && clean.find("=?") == std::string::npos &&
                     std::ranges::all_of(clean, [](char c) { return c >= ' ' && c < '\x7f'; });
  if (plain) {
    return clean;
  }
  std::string out;
  std::string_view rest = clean;
  while (!rest.empty()) {
    std::size_t end = std::min(longest_word, rest.size());
    while (end < rest.size() && (static_cast<unsigned char>(rest[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    fmt::format_to(std::back_inserter(out), "{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ",
                   base64(rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  return out;
}

std::string mail_date(base::Timestamp time) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string_view bare_address(std::string_view address) {
  const std::size_t open = address.rfind('<');
  const std::size_t close = address.rfind('>');
  return open == std::string_view::npos || close == std::string_view::npos || close < open
             ? base::trim(address)
             : base::trim(address.substr(open + 1, close - open - 1));
}

}  // namespace auditor::alerts
