#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/verdict.h"

namespace auditor::model {

/// A change of an alert: it began to fire, or it is over.
struct AlertChange {
  bool firing = true;
  base::Timestamp at{};
  std::string reason;  ///< of a resolution: passes now, job ended, waived, …

  friend bool operator==(const AlertChange&, const AlertChange&) = default;
};

/// A finding of health that fires or fired (or a trouble of the auditor's own), as receivers are
/// told of it. One for each finding, whatever its number of episodes.
struct Alert {
  static constexpr std::size_t changes_kept = 20;

  std::string id;       ///< `Finding::id`; 32 hex digits
  std::string cluster;  ///< empty: the auditor's own
  std::string job;      ///< `JobRecord::id`; empty for a cluster's
  /// The cluster's own, and alertname (the check's id), check, practice, severity, cluster, job,
  /// vertex, operator, task_manager; without the empty ones. Matchers and group_by see these.
  std::map<std::string, std::string> labels;
  std::string summary;      ///< what is wrong, with number and unit
  std::string remediation;  ///< what to do
  Severity severity = Severity::info;
  bool firing = true;
  base::Timestamp starts_at{};
  std::optional<base::Timestamp> ends_at;
  std::int64_t revision = 1;         ///< rises with each change, as long as the alert is remembered
  std::vector<AlertChange> changes;  ///< the latest `changes_kept`, oldest first
  std::optional<base::Timestamp> muted_until;  ///< its job starts up after a deployment
  bool first_sight = false;  ///< was there when its cluster or check was first seen: not notified

  friend bool operator==(const Alert&, const Alert&) = default;
};

/// `label="value"`, as Alertmanager writes matchers. An absent label reads as empty.
struct Matcher {
  enum class Kind { equal, not_equal, matches, not_matches };

  std::string label;
  Kind kind = Kind::equal;
  std::string value;  ///< of `matches`: a regular expression that must match the whole value

  friend bool operator==(const Matcher&, const Matcher&) = default;
};

/// Alerts that nobody is told of for a time.
struct Silence {
  std::string id;
  std::vector<Matcher> matchers;  ///< all must match; at least one
  std::string author;
  std::string reason;
  base::Timestamp starts_at{};
  base::Timestamp ends_at{};
  base::Timestamp created_at{};
};

/// What one receiver was told of the alerts that one route groups together.
struct AlertGroup {
  std::string key;  ///< 32 hex digits, made from route, receiver and labels
  std::string receiver;
  std::map<std::string, std::string> labels;  ///< that group it
  std::optional<base::Timestamp> told_at;     ///< the latest notification
  std::map<std::string, std::int64_t> told;   ///< by `Alert::id`: the revision told last
};

/// What a notification says, before a receiver's kind gives it its form.
struct Message {
  enum class Kind { alerts, digest, deployment, test };

  Kind kind = Kind::alerts;
  std::string receiver;
  std::string group_key;
  std::map<std::string, std::string> group_labels;
  base::Timestamp at{};
  std::vector<Alert> alerts;  ///< firing ones, and those that are over since the last notification;
                              ///< `changes` has what the receiver was not told yet
  std::size_t left_out = 0;   ///< alerts beyond the receiver's bound
  std::string title;          ///< of a digest, a deployment or a test
  std::string text;           ///< their body, several lines
  std::string cluster;        ///< of a deployment
  std::string job_name;
};

enum class NotificationState { waiting, delivered, dead };
std::string_view to_text(NotificationState state);
std::optional<NotificationState> parse_notification_state(std::string_view text);

/// One message on its way to one receiver: a row of the outbox.
struct Notification {
  std::string id;  ///< the `webhook-id`: the same for each attempt
  std::string receiver;
  std::string group;          ///< `AlertGroup::key`, within which order is kept; else empty
  std::int64_t sequence = 0;  ///< given by the store, rising
  base::Timestamp created_at{};
  std::string message;  ///< `to_json(Message)`
  NotificationState state = NotificationState::waiting;
  std::int64_t attempts = 0;
  base::Timestamp next_attempt_at{};
  std::optional<base::Timestamp> last_attempt_at;
  std::optional<base::Timestamp> delivered_at;
  std::optional<base::Timestamp> replayed_at;  ///< somebody asked for it after it was dead
  int last_status = 0;                         ///< of HTTP or SMTP; 0: none
  std::string last_error;                      ///< without secrets
};

}  // namespace auditor::model
