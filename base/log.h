#pragma once

#include <initializer_list>
#include <string_view>

#include <spdlog/spdlog.h>

#include "base/log_line.h"

namespace auditor::base {

/// How much the program says on stderr.
enum class LogLevel { quiet, normal, verbose };

/// Sends the log of a command to stderr at the given level, for people. Call once, before the first
/// line.
void set_up_log(LogLevel level);

/// Sends the log of the daemon to stderr, one line for each event: what `log` is given, and what
/// spdlog is. May be called again, from any thread, when the configuration changes.
void set_up_daemon_log(LogFormat format, LogSeverity level);

/// Writes one line to stderr, in one piece, where `severity` is at or above the level of
/// `set_up_daemon_log`. From any thread.
void log(LogSeverity severity, std::string_view message,
         std::initializer_list<LogField> fields = {});

}  // namespace auditor::base
