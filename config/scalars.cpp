#include "config/scalars.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::config {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view digits = "0123456789";
constexpr milliseconds longest = std::chrono::days(3'652'500);

/// One number and its unit, such as "10min".
std::optional<milliseconds> parse_piece(std::string_view number, std::string_view unit) {
  constexpr std::int64_t most = 1'000'000'000'000'000;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  if (error != std::errc{} || count > most) {
    return std::nullopt;
  }
  const std::int64_t days = unit == "w" ? 7 : unit == "y" ? 365 : 0;
  if (days > 0) {
    return count > longest / std::chrono::days(1) ? std::nullopt
                                                  : std::optional(count * std::chrono::days(days));
  }
  return base::parse_duration(fmt::format("{}{}", count, unit));
}

struct Unit {
  std::int64_t size;
  std::string_view name;
};

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  const std::string lower = base::to_lower(base::trim(text));
  std::string_view rest = lower;
  if (rest == "0") {
    return milliseconds(0);
  }
  if (rest.empty()) {
    return std::nullopt;
  }
  milliseconds total{0};
  while (!rest.empty()) {
    const std::size_t unit_start = rest.find_first_not_of(digits);
    if (unit_start == 0 || unit_start == std::string_view::npos) {
      return std::nullopt;
    }
    const std::size_t next = std::min(rest.find_first_of(digits, unit_start), rest.size());
    const std::string_view unit = base::trim(rest.substr(unit_start, next - unit_start));
    const auto piece = unit.empty() ? std::nullopt : parse_piece(rest.substr(0, unit_start), unit);
    if (!piece || *piece > longest - total) {
      return std::nullopt;
    }
    total += *piece;
    rest.remove_prefix(next);
  }
  return total;
}

std::string duration_text(milliseconds duration) {
  constexpr std::array<Unit, 5> units{
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
  std::string text;
  std::int64_t rest = duration.count();
  for (const Unit& unit : units) {
    if (rest >= unit.size) {
      fmt::format_to(std::back_inserter(text), "{}{}", rest / unit.size, unit.name);
      rest %= unit.size;
    }
  }
  return text.empty() ? "0s" : text;
}

std::string size_text(base::Bytes size) {
  constexpr std::array<Unit, 4> units{{{base::gibibytes(1024).count, "TiB"},
                                       {base::gibibytes(1).count, "GiB"},
                                       {base::mebibytes(1).count, "MiB"},
                                       {base::kibibytes(1).count, "KiB"}}};
  for (const Unit& unit : units) {
    if (size.count >= unit.size && size.count % unit.size == 0) {
      return fmt::format("{}{}", size.count / unit.size, unit.name);
    }
  }
  return fmt::format("{}B", size.count);
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string number_text(double value) {
  return fmt::format("{}", value);
}

std::optional<base::Timestamp> parse_moment(std::string_view text) {
  constexpr std::size_t date_length = 10;
  constexpr std::size_t offset_length = 6;  // +01:00
  if (text.size() == date_length) {
    const auto midnight = base::parse_rfc3339(fmt::format("{}T00:00:00Z", text));
    return midnight ? std::optional(*midnight + std::chrono::days(1)) : std::nullopt;
  }
  if (text.ends_with('Z') || text.size() < date_length + offset_length) {
    return base::parse_rfc3339(text);
  }
  const std::string_view offset = text.substr(text.size() - offset_length);
  const auto two_digits = [&offset](std::size_t at) {
    int value = -1;
    const auto [end, error] = std::from_chars(offset.data() + at, offset.data() + at + 2, value);
    return error == std::errc{} && end == offset.data() + at + 2 ? value : -1;
  };
  const int hours = two_digits(1);
  const int minutes = two_digits(4);
  const auto local =
      base::parse_rfc3339(fmt::format("{}Z", text.substr(0, text.size() - offset_length)));
  if (!local || (offset[0] != '+' && offset[0] != '-') || offset[3] != ':' || hours < 0 ||
      hours > 23 || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  const auto east = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return offset[0] == '+' ? *local - east : *local + east;
}

}  // namespace auditor::config
