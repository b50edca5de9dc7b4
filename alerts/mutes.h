#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "alerts/entry.h"
#include "alerts/matchers.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

namespace auditor::alerts {

struct ActiveSilence {
  model::Silence silence;
  Matchers matchers;
  std::unordered_set<Entry*> entries;  ///< that the matchers fit
};

/// Why an alert is not told.
struct Mute {
  enum class Kind { first_sight, startup, inhibition, silence, maintenance };

  Kind kind = Kind::first_sight;
  std::string_view name;          ///< of what mutes; as long as that is there
  base::Timestamp until = never;  ///< when to look again; `never` for what ends by an event

  /// "silence ID", "maintenance NAME", "inhibited by ID", "start-up", "first sight".
  [[nodiscard]] std::string text() const;
};

/// When the window that holds `at` ends; nullopt where none does.
std::optional<base::Timestamp> window_end(const model::MaintenanceWindow& window,
                                          base::Timestamp at);

/// Maintenance windows, ready to be asked.
class Maintenance {
 public:
  Maintenance() = default;
  explicit Maintenance(const std::vector<model::MaintenanceWindow>& windows);

  /// Notes in `entry` which windows its labels fit.
  void add(Entry& entry) const;

  [[nodiscard]] std::optional<Mute> find(const Entry& entry, base::Timestamp at) const;

 private:
  std::vector<model::MaintenanceWindow> windows_;
  std::vector<Matchers> matchers_;
};

/// What mutes an alert by time or by itself: start-up, silences, maintenance.
std::optional<Mute> timed_mute(const Entry& entry, const Maintenance& maintenance,
                               base::Timestamp at);

/// What mutes an alert now, if anything does.
std::optional<Mute> find_mute(const Entry& entry, const Maintenance& maintenance,
                              base::Timestamp at);

}  // namespace auditor::alerts
