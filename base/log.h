#pragma once

#include <spdlog/spdlog.h>

namespace auditor::base {

/// How much the program says on stderr.
enum class LogLevel { quiet, normal, verbose };

/// Sends the log to stderr at the given level. Call once, before the first line.
void set_up_log(LogLevel level);

}  // namespace auditor::base
