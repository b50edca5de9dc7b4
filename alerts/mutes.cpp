#include "alerts/mutes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerts/inhibitions.h"

namespace auditor::alerts {

using base::Timestamp;
using std::chrono::days;

std::string Mute::text() const {
  switch (kind) {
    case Kind::first_sight:
      return "first sight";
    case Kind::startup:
      return "start-up";
    case Kind::inhibition:
      return fmt::format("inhibited by {}", name);
    case Kind::silence:
      return fmt::format("silence {}", name);
    case Kind::maintenance:
      return fmt::format("maintenance {}", name);
  }
  return {};
}

std::optional<Timestamp> window_end(const model::MaintenanceWindow& window, Timestamp at) {
  const auto today = std::chrono::floor<days>(at);
  const auto back = std::chrono::ceil<days>(window.lasts);
  std::optional<Timestamp> end;
  for (auto day = today - back; day <= today; day += days(1)) {
    const bool on = window.days.empty() ||
                    std::ranges::find(window.days, std::chrono::weekday(day)) != window.days.end();
    const Timestamp begins = day + window.from;
    if (on && begins <= at && at < begins + window.lasts) {
      end = std::max(end.value_or(at), begins + window.lasts);
    }
  }
  return end;
}

Maintenance::Maintenance(const std::vector<model::MaintenanceWindow>& windows) : windows_(windows) {
  matchers_.reserve(windows.size());
  for (const model::MaintenanceWindow& window : windows) {
    matchers_.push_back(Matchers::of(window.matchers));
  }
}

void Maintenance::add(Entry& entry) const {
  entry.maintenance.clear();
  for (std::size_t i = 0; i < matchers_.size(); ++i) {
    if (matchers_[i].fit(entry.alert.labels)) {
      entry.maintenance.push_back(i);
    }
  }
}

std::optional<Mute> Maintenance::find(const Entry& entry, Timestamp at) const {
  for (const std::size_t i : entry.maintenance) {
    if (const auto end = window_end(windows_[i], at)) {
      return Mute{.kind = Mute::Kind::maintenance, .name = windows_[i].name, .until = *end};
    }
  }
  return std::nullopt;
}

std::optional<Mute> timed_mute(const Entry& entry, const Maintenance& maintenance, Timestamp at) {
  if (entry.alert.muted_until && at < *entry.alert.muted_until) {
    return Mute{.kind = Mute::Kind::startup, .name = {}, .until = *entry.alert.muted_until};
  }
  for (const ActiveSilence* active : entry.silences) {
    const model::Silence& silence = active->silence;
    if (silence.starts_at <= at && at < silence.ends_at) {
      return Mute{.kind = Mute::Kind::silence, .name = silence.id, .until = silence.ends_at};
    }
  }
  return maintenance.find(entry, at);
}

std::optional<Mute> find_mute(const Entry& entry, const Maintenance& maintenance, Timestamp at) {
  if (entry.alert.first_sight) {
    return Mute{.kind = Mute::Kind::first_sight, .name = {}, .until = never};
  }
  if (const Entry* source = Inhibitions::muted_by(entry)) {
    return Mute{.kind = Mute::Kind::inhibition, .name = source->alert.id, .until = never};
  }
  return timed_mute(entry, maintenance, at);
}

}  // namespace auditor::alerts
