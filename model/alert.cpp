#include "model/alert.h"

#include <algorithm>
#include <array>

#include "model/alerting_settings.h"

namespace auditor::model {

namespace {

constexpr std::array<std::string_view, 3> states{"waiting", "delivered", "dead"};
constexpr std::array<std::string_view, 9> receiver_kinds{"webhook",  "alertmanager", "pagerduty",
                                                         "slack",    "mattermost",   "teams",
                                                         "opsgenie", "oncall",       "email"};

}  // namespace

std::string_view to_text(NotificationState state) {
  return states.at(static_cast<std::size_t>(state));
}

std::optional<NotificationState> parse_notification_state(std::string_view text) {
  const auto* const found = std::ranges::find(states, text);
  return found == states.end()
             ? std::nullopt
             : std::optional(static_cast<NotificationState>(found - states.begin()));
}

std::string_view to_text(ReceiverKind kind) {
  return receiver_kinds.at(static_cast<std::size_t>(kind));
}

}  // namespace auditor::model
