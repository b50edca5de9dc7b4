#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alerts/dispatcher.h"
#include "alerts/entry.h"
#include "alerts/inhibitions.h"
#include "alerts/mutes.h"
#include "alerts/notices.h"
#include "alerts/routes.h"

namespace auditor::alerts {

/// What the dispatcher knows. `dispatcher.cpp` has what comes in and when something is looked at,
/// `dispatcher_routing.cpp` what the labels of an alert decide, `dispatcher_due.cpp` what is told.
class Dispatcher::Impl {
 public:
  using Alert = model::Alert;
  using AlertGroup = model::AlertGroup;
  using Timestamp = base::Timestamp;

  void set_settings(std::shared_ptr<const model::AlertingSettings> settings, Timestamp now);
  void set_silences(std::vector<model::Silence> silences);
  void restore(std::span<const Alert> alerts, std::span<const AlertGroup> groups, Timestamp now);
  void observe(const Alert& alert, Timestamp now);
  const Alert* alert(const std::string& id) const;
  Due take_due(Timestamp now);
  Timestamp next() const;
  std::vector<Status> statuses(Timestamp now) const;

 private:
  // What the labels of an alert decide.
  Entry& add_entry(const Alert& alert);
  void classify(Entry& entry);
  void leave_silences(Entry& entry);
  void relabel(Entry& entry, const Alert& alert);
  void reroute(Entry& entry);
  void leave(Group& group, Entry& entry);
  Group& group_for(const RouteNode& node, const Entry& entry);
  void drop_orphans();
  void reroute_all();

  // When something is to be looked at.
  void set_clock(Timestamp now);
  void reconsider(Entry& entry);
  void schedule_news(Group& group);
  void check_by(Group& group, Timestamp at);
  void set_check(Group& group, Timestamp at);
  void set_wake(Entry& entry, Timestamp at);

  // What is due.
  void settle_ended(Due& due);
  bool settle(Group& group, Entry& entry);
  void wake();
  void check(Group& group, Due& due);
  Notices notices_of(Group& group, bool& muted_standing);
  bool was_muted(const Entry& entry) const;
  void note_told(Group& group, const Entry& entry);
  void forget(Entry& entry, Due& due);
  void forget(Group& group);

  std::shared_ptr<const model::AlertingSettings> settings_;
  RouteTree routes_;
  Inhibitions inhibitions_;
  Maintenance maintenance_;
  std::map<std::string, std::unique_ptr<ActiveSilence>> silences_;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
  std::unordered_map<std::string, std::unique_ptr<Group>> groups_;
  std::set<std::tuple<Timestamp, std::uint64_t, Group*>> checks_;
  std::set<std::pair<Timestamp, Entry*>> wakes_;
  std::set<std::string> ended_;             // over: what is left to tell is to be looked at
  std::set<std::string> forgotten_groups_;  // since the last take_due
  std::set<Group*> changed_;                // maybe, since the last take_due
  std::uint64_t serial_ = 0;
  Timestamp now_{};
};

}  // namespace auditor::alerts
