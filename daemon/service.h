#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace auditor::daemon {

/// Tells systemd "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1" or "STATUS=…": one datagram
/// to `NOTIFY_SOCKET` (sd_notify). Does nothing where no service manager listens.
void notify_service_manager(std::string_view state);

/// How often systemd wants "WATCHDOG=1" (`WATCHDOG_USEC`); nullopt where it does not.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace auditor::daemon
