#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/alert.h"
#include "web/board.h"

/// What the API, the page and /metrics say alike of alerts and silences.
namespace auditor::web {

/// "firing", "muted" or "resolved".
std::string_view state_of(const AlertStatus& status);

/// "active", "pending" or "expired".
std::string_view state_of(const model::Silence& silence, base::Timestamp now);

/// How many of the alerts that fire the silence is about.
std::size_t matches_of(const model::Silence& silence, const std::vector<AlertStatus>& alerts);

/// Those that are active or to come, and those that ended within five days: by their end, the
/// latest first.
std::vector<model::Silence> shown_silences(const AlertingStatus& alerting, base::Timestamp now);

}  // namespace auditor::web
