#include "alerts/dispatcher.h"

#include <algorithm>
#include <utility>

#include "alerts/dispatcher_impl.h"

namespace auditor::alerts {

using base::Timestamp;
using model::Alert;
using model::AlertGroup;
using std::chrono::milliseconds;

bool Due::empty() const {
  return notifications.empty() && groups.empty() && forgotten_groups.empty() &&
         forgotten_alerts.empty();
}

void Dispatcher::Impl::restore(std::span<const Alert> alerts, std::span<const AlertGroup> groups,
                               Timestamp now) {
  set_clock(now);
  for (const AlertGroup& state : groups) {
    auto group = std::make_unique<Group>();
    group->state = state;
    group->serial = ++serial_;
    group->saved = true;
    if (state.told_at) {
      // The clock may have been set back while nobody looked.
      group->state.told_at = std::min(*state.told_at, now);
    }
    groups_[state.key] = std::move(group);
  }
  for (const Alert& alert : alerts) {
    add_entry(alert);
  }
  for (const auto& [key, group] : groups_) {
    std::vector<std::string> unknown;
    for (const auto& [id, revision] : group->state.told) {
      const auto found = entries_.find(id);
      if (found == entries_.end()) {
        unknown.push_back(id);
        continue;
      }
      group->members[id] = found->second.get();
      found->second->former_groups.push_back(group.get());
    }
    for (const std::string& id : unknown) {
      group->state.told.erase(id);
      group->changed = true;
      changed_.insert(group.get());
    }
  }
  if (settings_ != nullptr) {
    reroute_all();
  }
}

void Dispatcher::Impl::observe(const Alert& alert, Timestamp now) {
  set_clock(now);
  const auto found = entries_.find(alert.id);
  if (found == entries_.end()) {
    Entry& entry = add_entry(alert);
    reroute(entry);
    reconsider(entry);
    return;
  }
  Entry& entry = *found->second;
  if (entry.alert.labels != alert.labels) {
    relabel(entry, alert);
  } else {
    entry.alert = alert;
    for (Entry* released : Inhibitions::update(entry)) {
      reconsider(*released);
    }
  }
  reconsider(entry);
}

const Alert* Dispatcher::Impl::alert(const std::string& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second->alert;
}

/// Where the clock was set back, what is due moves back as much: nothing waits for the hour to pass
/// a second time.
void Dispatcher::Impl::set_clock(Timestamp now) {
  constexpr milliseconds tolerance{1'000};
  if (now_ == Timestamp{} || now + tolerance >= now_) {
    now_ = std::max(now, now_);
    return;
  }
  const auto back = now_ - now;
  now_ = now;
  checks_.clear();
  for (const auto& [key, group] : groups_) {
    for (auto* time : {&group->state.told_at, &group->first_news}) {
      if (*time) {
        **time -= back;
      }
    }
    if (group->check_at != never) {
      group->check_at -= back;
      checks_.emplace(group->check_at, group->serial, group.get());
    }
  }
  for (const auto& [id, entry] : entries_) {
    if (entry->alert.muted_until && *entry->alert.muted_until > now) {
      *entry->alert.muted_until -= back;
    }
  }
  // Silences and windows hold by the clock, whatever it shows.
  const auto wakes = std::exchange(wakes_, {});
  for (const auto& [at, entry] : wakes) {
    entry->wake_at = never;
    set_wake(*entry, now);
  }
}

void Dispatcher::Impl::set_check(Group& group, Timestamp at) {
  if (group.check_at != never) {
    checks_.erase({group.check_at, group.serial, &group});
  }
  group.check_at = at;
  if (at != never) {
    checks_.emplace(at, group.serial, &group);
  }
}

void Dispatcher::Impl::check_by(Group& group, Timestamp at) {
  if (at < group.check_at) {
    set_check(group, at);
  }
}

void Dispatcher::Impl::set_wake(Entry& entry, Timestamp at) {
  if (entry.wake_at != never) {
    wakes_.erase({entry.wake_at, &entry});
  }
  entry.wake_at = at;
  if (at != never) {
    wakes_.emplace(at, &entry);
  }
}

void Dispatcher::Impl::schedule_news(Group& group) {
  if (group.node == nullptr) {
    return;
  }
  if (group.state.told_at) {
    check_by(group, std::max(now_, *group.state.told_at + group.node->group_interval));
    return;
  }
  group.first_news = group.first_news.value_or(now_);
  check_by(group, *group.first_news + group.node->group_wait);
}

void Dispatcher::Impl::reconsider(Entry& entry) {
  if (!entry.alert.firing) {
    set_wake(entry, never);
    ended_.insert(entry.alert.id);
    return;
  }
  if (const auto mute = find_mute(entry, maintenance_, now_)) {
    set_wake(entry, mute->until);
    return;
  }
  set_wake(entry, never);
  for (Group* group : entry.groups) {
    if (told_revision(*group, entry) < entry.alert.revision) {
      schedule_news(*group);
    }
  }
}

Timestamp Dispatcher::Impl::next() const {
  if (!ended_.empty() || !changed_.empty() || !forgotten_groups_.empty()) {
    return now_;
  }
  return std::min(checks_.empty() ? never : std::get<0>(*checks_.begin()),
                  wakes_.empty() ? never : wakes_.begin()->first);
}

std::vector<Dispatcher::Status> Dispatcher::Impl::statuses(Timestamp now) const {
  std::vector<Status> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    Status status{.alert = entry->alert, .receivers = {}, .muted_by = {}};
    for (const Group* group : entry->groups) {
      if (std::ranges::find(status.receivers, group->state.receiver) == status.receivers.end()) {
        status.receivers.push_back(group->state.receiver);
      }
    }
    if (const auto mute = find_mute(*entry, maintenance_, now)) {
      status.muted_by = mute->text();
    }
    all.push_back(std::move(status));
  }
  std::ranges::sort(all, {}, [](const Status& status) { return std::tie(status.alert.id); });
  return all;
}

Dispatcher::Dispatcher() : impl_(std::make_unique<Impl>()) {}
Dispatcher::~Dispatcher() = default;

void Dispatcher::set_settings(std::shared_ptr<const model::AlertingSettings> settings,
                              Timestamp now) {
  impl_->set_settings(std::move(settings), now);
}

void Dispatcher::set_silences(std::vector<model::Silence> silences) {
  impl_->set_silences(std::move(silences));
}

void Dispatcher::restore(std::span<const Alert> alerts, std::span<const AlertGroup> groups,
                         Timestamp now) {
  impl_->restore(alerts, groups, now);
}

void Dispatcher::observe(const Alert& alert, Timestamp now) {
  impl_->observe(alert, now);
}

const Alert* Dispatcher::alert(const std::string& id) const {
  return impl_->alert(id);
}

Due Dispatcher::take_due(Timestamp now) {
  return impl_->take_due(now);
}

Timestamp Dispatcher::next() const {
  return impl_->next();
}

std::vector<Dispatcher::Status> Dispatcher::statuses(Timestamp now) const {
  return impl_->statuses(now);
}

}  // namespace auditor::alerts
