#include "base/bytes.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::base {

std::string format_bytes(Bytes size) {
  constexpr std::array<std::string_view, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (std::abs(size.count) < 1024) {
    return fmt::format("{} B", size.count);
  }
  double value = static_cast<double>(size.count) / 1024;
  std::size_t unit = 0;
  while (std::abs(value) >= 1023.5 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  if (std::abs(value) >= 9.95 || value == std::floor(value)) {
    return fmt::format("{:.0f} {}", value, units.at(unit));
  }
  return fmt::format("{:.1f} {}", value, units.at(unit));
}

std::optional<Bytes> parse_bytes(std::string_view text) {
  text = trim(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) {
    return std::nullopt;
  }
  const std::string unit = to_lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
  constexpr std::array<std::string_view, 5> prefixes{"", "k", "m", "g", "t"};
  std::int64_t factor = 1;
  for (const std::string_view prefix : prefixes) {
    const std::string p(prefix);
    const bool matches =
        prefix.empty() ? unit.empty() || unit == "b" || unit == "bytes"
                       : unit == p || unit == p + "b" || unit == p + "ib" || unit == p + "ibibytes";
    if (matches) {
      if (number > std::numeric_limits<std::int64_t>::max() / factor) {
        return std::nullopt;
      }
      return Bytes{number * factor};
    }
    factor *= 1024;
  }
  return std::nullopt;
}

}  // namespace auditor::base
