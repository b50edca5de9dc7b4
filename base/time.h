#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace auditor::base {

/// A moment, UTC, in milliseconds as Flink's REST API has them.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// RFC 3339 in UTC with milliseconds: "2026-11-24T20:16:18.123Z".
std::string format_rfc3339(Timestamp time);

/// Reads what `format_rfc3339` writes, with or without the fraction; nullopt where it does not
/// parse.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// For people: "250 ms", "12 s", "1.5 s", "10 min", "1 h 30 min", "3 d 4 h".
std::string format_duration(std::chrono::milliseconds duration);

/// Reads a duration as Flink's TimeUtils does: "3min", "10 s", "180000" (milliseconds), "PT3M", "1
/// h", "100ms"; nullopt where it does not parse.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace auditor::base
