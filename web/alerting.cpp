#include "web/alerting.h"

#include <algorithm>
#include <chrono>

#include "alerts/matchers.h"

namespace auditor::web {

namespace {

constexpr std::chrono::hours shown_after_end{5 * 24};

}  // namespace

std::string_view state_of(const AlertStatus& status) {
  if (!status.alert.firing) {
    return "resolved";
  }
  return status.muted_by.empty() ? "firing" : "muted";
}

std::string_view state_of(const model::Silence& silence, base::Timestamp now) {
  if (silence.ends_at <= now) {
    return "expired";
  }
  return silence.starts_at > now ? "pending" : "active";
}

std::size_t matches_of(const model::Silence& silence, const std::vector<AlertStatus>& alerts) {
  const alerts::Matchers matchers = alerts::Matchers::of(silence.matchers);
  return static_cast<std::size_t>(
      std::ranges::count_if(alerts, [&matchers](const AlertStatus& status) {
        return status.alert.firing && matchers.fit(status.alert.labels);
      }));
}

std::vector<model::Silence> shown_silences(const AlertingStatus& alerting, base::Timestamp now) {
  std::vector<model::Silence> shown;
  shown.reserve(alerting.silences.size());
  std::ranges::copy_if(
      alerting.silences, std::back_inserter(shown),
      [now](const model::Silence& silence) { return silence.ends_at > now - shown_after_end; });
  std::ranges::stable_sort(shown, std::ranges::greater{}, &model::Silence::ends_at);
  return shown;
}

}  // namespace auditor::web
