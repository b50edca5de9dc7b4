#pragma once

#include <deque>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "alerts/entry.h"
#include "alerts/matchers.h"
#include "model/alerting_settings.h"

namespace auditor::alerts {

/// The alerts that one inhibition brings together: they have the same values of its `equal`.
struct InhibitionBucket {
  std::unordered_set<Entry*> sources;  ///< firing or over
  std::unordered_set<Entry*> targets;
  std::set<Entry*, ById> firing;          ///< those that are no target
  std::set<Entry*, ById> firing_targets;  ///< those that are a target, too
};

/// Which alerts mute which. An alert that is source and target of a rule is not muted by another
/// that is both, as in Alertmanager: so none mutes itself, and no two mute each other.
class Inhibitions {
 public:
  Inhibitions() = default;
  explicit Inhibitions(const model::AlertingSettings& settings);

  /// Takes in an alert that is new, or whose labels have changed after `remove`.
  void add(Entry& entry);
  void remove(Entry& entry);

  /// The alert fires or is over now. Gives the alerts that may not be muted any more.
  static std::vector<Entry*> update(Entry& entry);

  /// The alert that mutes this one; nullptr where none does.
  static const Entry* muted_by(const Entry& entry);

  /// The same for the moment at which this one ended: what mutes may have ended since.
  static bool was_muted_at_end(const Entry& entry);

 private:
  struct Rule {
    Matchers source;
    Matchers target;
    std::vector<std::string> equal;
    std::unordered_map<std::string, InhibitionBucket> buckets;
  };

  std::deque<Rule> rules_;
};

/// The program's own: a cause mutes its symptoms, where it is at least as severe.
std::span<const model::Inhibition> default_inhibitions();

}  // namespace auditor::alerts
