#pragma once

#include <span>
#include <string>
#include <string_view>

namespace auditor::checks {

/// An option that some 1.x reads and 2.0 to 2.3 do not, under no alias either.
struct GoneKey {
  std::string_view name;
  std::string_view successor;  ///< the option to set; empty where none alone takes its place
  std::string_view value;      ///< for the successor where `name` is true; empty: the same value
  std::string_view note;       ///< where there is no one successor, but something to do
  bool other_form = false;     ///< the successor takes another kind of value

  /// "heartbeat.timeout", "taskmanager.load-balance.mode: SLOTS", a note; empty: only to remove.
  [[nodiscard]] std::string instead() const;
};

/// By name. Compared over the option classes of all releases. Not here: what 2.x still reads as a
/// deprecated name (state.checkpoints.dir, web.port, taskmanager.network.memory.max …).
std::span<const GoneKey> keys_gone_in_2();

}  // namespace auditor::checks
