#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

/// How the configuration writes what is neither a text nor a whole number.
namespace auditor::config {

/// Reads a duration with its unit, as Prometheus and people write it: "30s", "500ms", "1d",
/// "1h30m", "10 min", "4w"; also "0". nullopt where it does not parse or passes 10 000 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// What `parse_duration` reads: "30s", "1h30m", "1d".
std::string duration_text(std::chrono::milliseconds duration);

/// What `base::parse_bytes` reads, exactly: "32MiB", "4GiB", "1000B".
std::string size_text(base::Bytes size);

/// A number without exponent or needless digits.
std::optional<double> parse_number(std::string_view text);
std::string number_text(double value);

/// A moment: RFC 3339 with any offset, or a date, which means the end of that day in UTC.
std::optional<base::Timestamp> parse_moment(std::string_view text);

}  // namespace auditor::config
