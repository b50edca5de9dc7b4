#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/access_settings.h"
#include "model/alert.h"

namespace auditor::model {

/// What a receiver is; each kind gives messages its own form.
enum class ReceiverKind {
  webhook,       ///< Alertmanager's webhook payload, version 4
  alertmanager,  ///< Alertmanager's own /api/v2/alerts
  pagerduty,     ///< Events API v2
  slack,
  mattermost,
  teams,  ///< an Adaptive Card for a workflow's webhook
  opsgenie,
  oncall,  ///< Grafana OnCall: Alertmanager's payload
  email,
};
std::string_view to_text(ReceiverKind kind);

/// `alerting.receivers[]`. Secrets are resolved: the files have been read.
struct ReceiverSettings {
  std::string name;
  ReceiverKind kind = ReceiverKind::webhook;
  std::string url;        ///< a secret for most kinds; smtp:// or smtps:// of email
  AccessSettings access;  ///< of webhook and alertmanager
  std::string key;        ///< PagerDuty's routing key, Opsgenie's API key; secret
  std::vector<std::string> signing_secrets;  ///< Standard Webhooks, the newest first
  std::string channel;                       ///< Mattermost's, if not the webhook's own
  std::string from;                          ///< of email
  std::vector<std::string> to;               ///< of email
  std::string user;                          ///< of SMTP
  std::string password;                      ///< of SMTP
  bool send_resolved = true;
  std::size_t max_alerts = 100;  ///< in one message; the rest is counted
  std::size_t in_flight = 4;
  std::chrono::milliseconds timeout{15'000};

  friend bool operator==(const ReceiverSettings&, const ReceiverSettings&) = default;
};

/// A node of `alerting.route`. What it does not say it has from the node above: resolved already.
struct Route {
  std::string receiver;
  std::vector<Matcher> matchers;  ///< all must match; none: everything
  /// Labels; "..." alone: each alert for itself.
  std::vector<std::string> group_by{"cluster", "check"};
  std::chrono::milliseconds group_wait{30'000};
  std::chrono::milliseconds group_interval{300'000};
  std::chrono::milliseconds repeat_interval{14'400'000};
  bool continues = false;  ///< later siblings, too, are tried
  std::vector<Route> routes;

  friend bool operator==(const Route&, const Route&) = default;
};

/// While an alert that `source` matches fires, those that `target` matches are not told, where all
/// of `equal` have the same values.
struct Inhibition {
  std::vector<Matcher> source;
  std::vector<Matcher> target;
  std::vector<std::string> equal;

  friend bool operator==(const Inhibition&, const Inhibition&) = default;
};

/// A silence that comes again: on `days` from `from`, for `lasts`, UTC.
struct MaintenanceWindow {
  std::string name;
  std::vector<Matcher> matchers;           ///< none: everything
  std::vector<std::chrono::weekday> days;  ///< none: each day
  std::chrono::minutes from{0};            ///< since midnight
  std::chrono::milliseconds lasts{3'600'000};

  friend bool operator==(const MaintenanceWindow&, const MaintenanceWindow&) = default;
};

/// What is told of posture: not alerts, a summary from time to time.
struct DigestSettings {
  std::vector<std::string> receivers;
  std::vector<std::chrono::weekday> days;  ///< none: each day
  std::chrono::minutes at{8 * 60};         ///< since midnight, UTC
};

/// A dead man's switch: the URL is asked for while sweeps succeed.
struct HeartbeatSettings {
  std::string url;  ///< empty: none; a secret
  std::chrono::milliseconds every{60'000};
};

/// `alerting` of the configuration; valid: names of receivers exist, expressions compile.
struct AlertingSettings {
  std::string external_url;  ///< of the page, for links; empty: no links
  std::vector<ReceiverSettings> receivers;
  std::optional<Route> route;  ///< none: nobody is told
  std::vector<Inhibition> inhibitions;
  bool default_inhibitions = true;  ///< the program's own, beside those
  std::vector<MaintenanceWindow> maintenance;
  DigestSettings digest;
  HeartbeatSettings heartbeat;
  std::vector<std::string> deployment_receivers;  ///< told of each deployment
  std::chrono::milliseconds startup_mute{600'000};
  std::chrono::milliseconds retry_for = std::chrono::hours(72);
};

}  // namespace auditor::model
