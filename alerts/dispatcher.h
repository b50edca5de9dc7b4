#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

namespace auditor::alerts {

/// What is due: to be committed as a whole; sent only afterwards.
struct Due {
  std::vector<model::Notification> notifications;  ///< new rows of the outbox
  std::vector<model::AlertGroup> groups;           ///< as they are from now on
  std::vector<std::string> forgotten_groups;       ///< keys
  std::vector<std::string> forgotten_alerts;  ///< ids: over, and told to all who were to be told

  [[nodiscard]] bool empty() const;
};

/// Decides who is told of which alerts and when: the tree of routes, groups with their waits and
/// repeats, inhibitions, silences and maintenance (Alertmanager's semantics). Pure: time is what it
/// is told. It compares what is with what each group's receiver was told (`AlertGroup::told`), so
/// that nothing hangs on having seen a change as it happened.
class Dispatcher {
 public:
  Dispatcher();
  ~Dispatcher();

  void set_settings(std::shared_ptr<const model::AlertingSettings> settings, base::Timestamp now);
  void set_silences(std::vector<model::Silence> silences);

  /// What the store remembers.
  void restore(std::span<const model::Alert> alerts, std::span<const model::AlertGroup> groups,
               base::Timestamp now);

  /// A new or changed alert.
  void observe(const model::Alert& alert, base::Timestamp now);

  /// An alert that is known, or nullptr.
  [[nodiscard]] const model::Alert* alert(const std::string& id) const;

  /// What is due by `now`. Groups move on by it: what it gives must be committed.
  Due take_due(base::Timestamp now);

  /// When something may be due next.
  [[nodiscard]] base::Timestamp next() const;

  /// How the page shows an alert: whom it is told to, and why it is not.
  struct Status {
    model::Alert alert;
    std::vector<std::string> receivers;
    std::string muted_by;  ///< "silence ID", "maintenance NAME", "inhibited by ID", "start-up",
                           ///< "first sight"; empty: not muted
  };
  [[nodiscard]] std::vector<Status> statuses(base::Timestamp now) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auditor::alerts
