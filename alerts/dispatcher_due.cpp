#include <algorithm>
#include <utility>

#include "alerts/dispatcher_impl.h"

namespace auditor::alerts {

using base::Timestamp;
using std::chrono::milliseconds;

bool Dispatcher::Impl::was_muted(const Entry& entry) const {
  const Timestamp end = entry.alert.ends_at.value_or(entry.alert.starts_at);
  return Inhibitions::was_muted_at_end(entry) || timed_mute(entry, maintenance_, end).has_value() ||
         timed_mute(entry, maintenance_, now_).has_value();
}

void Dispatcher::Impl::note_told(Group& group, const Entry& entry) {
  group.state.told[entry.alert.id] = entry.alert.revision;
  group.changed = true;
  changed_.insert(&group);
}

/// Whether the group has nothing left to tell of an alert that is over. Otherwise it is scheduled.
bool Dispatcher::Impl::settle(Group& group, Entry& entry) {
  if (group.node == nullptr || entry.alert.first_sight || !group.node->receiver->send_resolved ||
      told_revision(group, entry) >= entry.alert.revision) {
    return true;
  }
  if (!told_as_firing(group, entry) && was_muted(entry)) {
    return true;
  }
  schedule_news(group);
  return false;
}

void Dispatcher::Impl::settle_ended(Due& due) {
  for (const std::string& id : std::exchange(ended_, {})) {
    const auto found = entries_.find(id);
    if (settings_ == nullptr || found == entries_.end() || found->second->alert.firing) {
      continue;
    }
    Entry& entry = *found->second;
    std::vector<Group*> settled;
    bool all = true;
    for (const auto* groups : {&entry.groups, &entry.former_groups}) {
      for (Group* group : *groups) {
        if (settle(*group, entry)) {
          settled.push_back(group);
        } else {
          all = false;
        }
      }
    }
    if (all) {
      forget(entry, due);
      continue;
    }
    for (Group* group : settled) {
      // It stays for others to be told: that it is dropped here must be remembered.
      if (told_revision(*group, entry) < entry.alert.revision &&
          group->node->receiver->send_resolved) {
        note_told(*group, entry);
      }
    }
  }
}

void Dispatcher::Impl::wake() {
  while (!wakes_.empty() && wakes_.begin()->first <= now_) {
    Entry& entry = *wakes_.begin()->second;
    set_wake(entry, never);
    reconsider(entry);
  }
}

Notices Dispatcher::Impl::notices_of(Group& group, bool& muted_standing) {
  Notices notices;
  for (const auto& [id, entry] : group.members) {
    const bool fresh = told_revision(group, *entry) < entry->alert.revision;
    if (!entry->alert.firing) {
      if (!fresh || entry->alert.first_sight || !group.node->receiver->send_resolved) {
        continue;
      }
      if (told_as_firing(group, *entry) || !was_muted(*entry)) {
        notices.over.push_back(entry);
      } else {
        note_told(group, *entry);
      }
      ended_.insert(id);
      continue;
    }
    if (std::ranges::find(entry->groups, &group) == entry->groups.end()) {
      continue;
    }
    if (find_mute(*entry, maintenance_, now_)) {
      muted_standing = muted_standing || told_revision(group, *entry) > 0;
    } else if (fresh) {
      notices.fired.push_back(entry);
    } else {
      notices.standing.push_back(entry);
    }
  }
  return notices;
}

void Dispatcher::Impl::check(Group& group, Due& due) {
  set_check(group, never);
  const auto interval = group.node->group_interval;
  auto& told_at = group.state.told_at;
  if (told_at && now_ < *told_at + interval) {
    set_check(group, *told_at + interval);
    return;
  }
  if (!told_at && group.first_news && now_ < *group.first_news + group.node->group_wait) {
    set_check(group, *group.first_news + group.node->group_wait);
    return;
  }
  if (group.members.empty()) {
    forget(group);
    return;
  }
  bool muted_standing = false;
  const Notices notices = notices_of(group, muted_standing);
  const bool repeats =
      !notices.standing.empty() && told_at && *told_at + group.node->repeat_interval <= now_;
  if (notices.news() || repeats) {
    due.notifications.push_back(tell(group, notices, now_));
    changed_.insert(&group);
  }
  group.first_news.reset();
  const bool stands =
      !notices.standing.empty() || (told_at && !notices.fired.empty()) || muted_standing;
  if (told_at && stands) {
    // What is muted has no other time to be repeated at: it is looked at again and again.
    const Timestamp again = *told_at + group.node->repeat_interval;
    set_check(group, again > now_ ? again : now_ + std::max(interval, milliseconds(1'000)));
  }
}

void Dispatcher::Impl::forget(Entry& entry, Due& due) {
  due.forgotten_alerts.push_back(entry.alert.id);
  for (const auto* groups : {&entry.groups, &entry.former_groups}) {
    for (Group* group : *groups) {
      leave(*group, entry);
    }
  }
  inhibitions_.remove(entry);
  leave_silences(entry);
  set_wake(entry, never);
  const auto found = entries_.find(entry.alert.id);
  entries_.erase(found);
}

void Dispatcher::Impl::forget(Group& group) {
  for (const auto& [id, entry] : group.members) {
    std::erase(entry->groups, &group);
    std::erase(entry->former_groups, &group);
  }
  set_check(group, never);
  changed_.erase(&group);
  if (group.saved) {
    forgotten_groups_.insert(group.state.key);
  }
  const auto found = groups_.find(group.state.key);
  groups_.erase(found);
}

Due Dispatcher::Impl::take_due(Timestamp now) {
  set_clock(now);
  Due due;
  if (settings_ == nullptr) {
    return due;
  }
  wake();
  settle_ended(due);
  while (!checks_.empty() && std::get<0>(*checks_.begin()) <= now_) {
    check(*std::get<2>(*checks_.begin()), due);
  }
  settle_ended(due);
  for (Group* group : std::exchange(changed_, {})) {
    if (!group->changed) {
      continue;
    }
    group->changed = false;
    if (!group->saved && !group->state.told_at && group->state.told.empty()) {
      continue;
    }
    group->saved = true;
    forgotten_groups_.erase(group->state.key);
    due.groups.push_back(group->state);
  }
  std::ranges::sort(due.groups, {}, &AlertGroup::key);
  due.forgotten_groups.assign(forgotten_groups_.begin(), forgotten_groups_.end());
  forgotten_groups_.clear();
  return due;
}

}  // namespace auditor::alerts
