#include "base/time.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::base {

using std::chrono::milliseconds;

std::string format_rfc3339(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

namespace {

/// A run of exactly `width` digits at `at`; -1 where there is none.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) {
    return -1;
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + width, value);
  return error == std::errc{} && end == text.data() + at + width && value >= 0 ? value : -1;
}

std::optional<std::int64_t> unit_in_milliseconds(std::string_view unit) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  constexpr std::array<Unit, 19> units{{{"", 1},
                                        {"ms", 1},
                                        {"milli", 1},
                                        {"millis", 1},
                                        {"millisecond", 1},
                                        {"milliseconds", 1},
                                        {"s", 1'000},
                                        {"sec", 1'000},
                                        {"secs", 1'000},
                                        {"second", 1'000},
                                        {"seconds", 1'000},
                                        {"m", 60'000},
                                        {"min", 60'000},
                                        {"minute", 60'000},
                                        {"minutes", 60'000},
                                        {"h", 3'600'000},
                                        {"hour", 3'600'000},
                                        {"hours", 3'600'000},
                                        {"d", 86'400'000}}};
  for (const Unit& known : units) {
    if (known.name == unit) {
      return known.milliseconds;
    }
  }
  if (unit == "day" || unit == "days") {
    return 86'400'000;
  }
  return std::nullopt;
}

/// ISO 8601 as java.time.Duration writes it: PT1H30M, PT3S, PT0.5S.
std::optional<milliseconds> parse_iso_duration(std::string_view text) {
  std::int64_t total = 0;
  bool any = false;
  text.remove_prefix(1);
  bool in_time = false;
  while (!text.empty()) {
    if (text.front() == 't') {
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end == text.data() + text.size() || value < 0 || value > 1e12) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    double factor = 0;
    switch (text.front()) {
      case 'd':
        factor = in_time ? 0 : 86'400'000;
        break;
      case 'h':
        factor = in_time ? 3'600'000 : 0;
        break;
      case 'm':
        factor = in_time ? 60'000 : 0;
        break;
      case 's':
        factor = in_time ? 1'000 : 0;
        break;
      default:
        break;
    }
    if (factor == 0) {
      return std::nullopt;
    }
    total += static_cast<std::int64_t>(value * factor);
    any = true;
    text.remove_prefix(1);
  }
  return any ? std::optional(milliseconds(total)) : std::nullopt;
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  using std::chrono::day, std::chrono::month, std::chrono::year;
  constexpr std::size_t seconds_end = 19;
  if (text.size() < seconds_end + 1 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':' || text.back() != 'Z') {
    return std::nullopt;
  }
  int fraction = 0;
  if (text.size() > seconds_end + 1) {
    fraction = digits(text, seconds_end + 1, 3);
    if (text[seconds_end] != '.' || text.size() != seconds_end + 5) {
      return std::nullopt;
    }
  }
  const int y = digits(text, 0, 4);
  const int mo = digits(text, 5, 2);
  const int d = digits(text, 8, 2);
  const int h = digits(text, 11, 2);
  const int mi = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60 ||
      fraction < 0) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(year(y), month(static_cast<unsigned>(mo)),
                                         day(static_cast<unsigned>(d)));
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(h) + std::chrono::minutes(mi) +
         std::chrono::seconds(s) + milliseconds(fraction);
}

std::string format_duration(milliseconds duration) {
  const std::int64_t ms = duration.count();
  if (ms < 0) {
    return ms == std::numeric_limits<std::int64_t>::min()
               ? fmt::format("{} ms", ms)
               : "-" + format_duration(milliseconds(-ms));
  }
  if (ms < 1'000) {
    return fmt::format("{} ms", ms);
  }
  if (ms < 60'000) {
    return ms % 1'000 == 0 || ms >= 10'000
               ? fmt::format("{} s", ms / 1'000)
               : fmt::format("{:.1f} s", static_cast<double>(ms) / 1'000);
  }
  struct Unit {
    std::int64_t milliseconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> units{
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}}};
  std::size_t unit = 0;
  while (ms < units.at(unit).milliseconds) {
    ++unit;
  }
  const std::int64_t whole = ms / units.at(unit).milliseconds;
  std::string text = fmt::format("{} {}", whole, units.at(unit).name);
  if (unit + 1 < units.size()) {
    const std::int64_t rest = ms % units.at(unit).milliseconds / units.at(unit + 1).milliseconds;
    if (rest > 0) {
      text += fmt::format(" {} {}", rest, units.at(unit + 1).name);
    }
  }
  return text;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  const std::string lower = to_lower(trim(text));
  const std::string_view view = lower;
  if (view.starts_with("p")) {
    return parse_iso_duration(view);
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
  if (error != std::errc{} || number < 0) {
    return std::nullopt;
  }
  const auto unit =
      unit_in_milliseconds(trim(view.substr(static_cast<std::size_t>(end - view.data()))));
  if (!unit || number > std::numeric_limits<std::int64_t>::max() / *unit) {
    return std::nullopt;
  }
  return milliseconds(number * *unit);
}

}  // namespace auditor::base
