#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"

namespace auditor::base {

enum class LogFormat {
  logfmt,  ///< key=value
  json,    ///< one object a line
};

enum class LogSeverity { error, warning, info, debug };

std::string_view to_text(LogSeverity severity);

/// What a line of the log says beside its message.
struct LogField {
  std::string_view key;
  std::string value;
  bool bare = false;  ///< a number: JSON writes it without quotes

  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  template <std::integral T>
  LogField(std::string_view name, T number)
      : key(name), value(fmt::format("{}", number)), bare(true) {}
};

/// One line, its newline included, whatever stands in message and values: newlines, quotes and
/// backslashes are escaped, other control characters and ill-formed UTF-8 replaced.
std::string format_log_line(LogFormat format, Timestamp time, LogSeverity severity,
                            std::string_view message, std::span<const LogField> fields);

}  // namespace auditor::base
