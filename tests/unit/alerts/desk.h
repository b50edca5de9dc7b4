#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "alerts/dispatcher.h"
#include "model/alert_json.h"
#include "model/matcher.h"

/// A dispatcher, the store behind it and alerts that come and go, for tests.
namespace auditor::alerts::testing {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline const base::Timestamp start = *base::parse_rfc3339("2026-11-27T12:00:00Z");  // a Friday

inline std::vector<model::Matcher> matchers(const std::vector<std::string>& texts) {
  std::vector<model::Matcher> all;
  for (const std::string& text : texts) {
    const auto one = model::parse_matcher(text);
    EXPECT_TRUE(one) << text;
    all.push_back(one.value_or(model::Matcher{}));
  }
  return all;
}

/// An alert that fires since `at`.
inline model::Alert alert(const std::string& cluster, const std::string& job,
                          const std::string& check, base::Timestamp at = start,
                          model::Severity severity = model::Severity::high) {
  model::Alert one;
  one.id = fmt::format("{}.{}.{}", cluster, job, check);
  one.cluster = cluster;
  one.job = job;
  one.labels = {{"alertname", check},
                {"check", check},
                {"cluster", cluster},
                {"severity", std::string(to_text(severity))}};
  if (!job.empty()) {
    one.labels["job"] = job;
  }
  one.severity = severity;
  one.summary = fmt::format("{} of {}", check, job);
  one.starts_at = at;
  one.changes = {{true, at, ""}};
  return one;
}

class Desk {
 public:
  Desk() {
    settings.receivers.resize(1);
    settings.receivers[0].name = "team";
    settings.route = model::Route{};
    settings.route->receiver = "team";
    settings.route->group_by = {"cluster"};
  }

  model::ReceiverSettings& add_receiver(const std::string& name) {
    model::ReceiverSettings receiver;
    receiver.name = name;
    settings.receivers.push_back(receiver);
    return settings.receivers.back();
  }

  void open() {
    dispatcher = std::make_unique<Dispatcher>();
    load();
    dispatcher->set_silences(silences);
  }

  void load() {
    dispatcher->set_settings(std::make_shared<const model::AlertingSettings>(settings), now);
  }

  /// Kills it and starts it again from what was stored.
  void restart() {
    open();
    std::vector<model::Alert> known;
    for (const auto& [id, one] : alerts) {
      known.push_back(one);
    }
    std::vector<model::AlertGroup> told;
    for (const auto& [key, one] : groups) {
      told.push_back(one);
    }
    dispatcher->restore(known, told, now);
  }

  void observe(const model::Alert& one) {
    alerts[one.id] = one;
    dispatcher->observe(one, now);
  }

  /// Begins to fire: for the first time, or again.
  void fire(model::Alert one) {
    if (const auto known = alerts.find(one.id); known != alerts.end()) {
      one.revision = known->second.revision + 1;
      one.changes = known->second.changes;
    } else {
      one.changes.clear();
    }
    one.starts_at = now;
    add_change(one, true);
    observe(one);
  }

  void end(const std::string& id) {
    model::Alert one = alerts.at(id);
    one.firing = false;
    one.ends_at = now;
    ++one.revision;
    add_change(one, false);
    observe(one);
  }

  void silence(const std::string& id, const std::vector<std::string>& which,
               base::Timestamp until) {
    model::Silence one;
    one.id = id;
    one.matchers = matchers(which);
    one.starts_at = now;
    one.ends_at = until;
    silences.push_back(one);
    dispatcher->set_silences(silences);
  }

  /// What is due now; brought into the store.
  std::vector<model::Message> take() {
    last = dispatcher->take_due(now);
    for (const model::AlertGroup& group : last.groups) {
      groups[group.key] = group;
    }
    for (const std::string& key : last.forgotten_groups) {
      groups.erase(key);
    }
    for (const std::string& id : last.forgotten_alerts) {
      EXPECT_EQ(alerts.erase(id), 1U) << id;
    }
    std::vector<model::Message> messages;
    for (const model::Notification& notification : last.notifications) {
      auto message = model::read_message(notification.message);
      EXPECT_TRUE(message) << message.error().message;
      messages.push_back(std::move(*message));
    }
    return messages;
  }

  std::vector<model::Message> take_after(std::chrono::milliseconds time) {
    now += time;
    return take();
  }

  /// "+id" for each that fires and "-id" for each that is over, of all messages that are due.
  std::vector<std::string> told_after(std::chrono::milliseconds time) {
    std::vector<std::string> told;
    for (const model::Message& message : take_after(time)) {
      for (const model::Alert& one : message.alerts) {
        told.push_back((one.firing ? "+" : "-") + one.id);
      }
    }
    std::ranges::sort(told);
    return told;
  }

  std::string muted_by(const std::string& id) const {
    for (const Dispatcher::Status& status : dispatcher->statuses(now)) {
      if (status.alert.id == id) {
        return status.muted_by;
      }
    }
    return "unknown";
  }

  model::AlertingSettings settings;
  std::vector<model::Silence> silences;
  std::unique_ptr<Dispatcher> dispatcher;
  base::Timestamp now = start;
  std::map<std::string, model::Alert> alerts;       // of the store
  std::map<std::string, model::AlertGroup> groups;  // of the store
  Due last;

 private:
  void add_change(model::Alert& one, bool firing) const {
    one.changes.push_back({firing, now, firing ? "" : "passes now"});
    if (one.changes.size() > model::Alert::changes_kept) {
      one.changes.erase(one.changes.begin());
    }
  }
};

using Told = std::vector<std::string>;

}  // namespace auditor::alerts::testing
