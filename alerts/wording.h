#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

/// What messages say, before a receiver's kind gives it a form. All of it may hold what clusters
/// and jobs say: each form makes it inert.
namespace auditor::alerts {

/// For a lock screen: "Critical: job-not-running · 43 jobs on 6 clusters".
std::string title_of(const model::Message& message);

/// The same for one alert: "Over: job-not-running · orders on prod".
std::string title_of(const model::Alert& alert);

/// "orders on prod", "prod", "the auditor itself".
std::string place_of(const model::Alert& alert);

/// "Firing since 2026-11-27 01:02 UTC, for 12 min.", "Over since …, after 12 min: passes now.", and
/// how often it changed since the last message where that was more than once.
std::string timing_of(const model::Alert& alert, base::Timestamp at);

/// "43 more are not listed here.", or nothing.
std::string rest_of(std::size_t left_out);

/// The page's view of the finding; empty where the page's address is not known.
std::string link_of(const model::Alert& alert, const model::AlertingSettings& settings);

/// "Critical"; "Over" where it is.
std::string state_of(const model::Alert& alert);

/// Red, orange, yellow, blue by severity, green for what is over: "#cc2a36".
std::string_view colour_of(const model::Alert& alert);

/// A time for people: "2026-11-27 01:02 UTC".
std::string minute_text(base::Timestamp time);

}  // namespace auditor::alerts
