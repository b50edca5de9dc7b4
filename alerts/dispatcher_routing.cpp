#include <algorithm>
#include <utility>

#include "alerts/dispatcher_impl.h"

namespace auditor::alerts {

using base::Timestamp;
using model::Alert;

void Dispatcher::Impl::leave(Group& group, Entry& entry) {
  group.members.erase(entry.alert.id);
  if (group.state.told.erase(entry.alert.id) > 0) {
    group.changed = true;
    changed_.insert(&group);
  }
  if (group.members.empty()) {
    check_by(group, group.state.told_at && group.node != nullptr
                        ? *group.state.told_at + group.node->group_interval
                        : now_);
  }
}

Group& Dispatcher::Impl::group_for(const RouteNode& node, const Entry& entry) {
  auto labels = group_labels(node, entry.alert.labels);
  const std::string key = group_key(node, labels, entry.alert.id);
  auto& group = groups_[key];
  if (group == nullptr) {
    group = std::make_unique<Group>();
    group->state.key = key;
    group->state.receiver = node.receiver->name;
    group->state.labels = std::move(labels);
    group->serial = ++serial_;
  }
  group->node = &node;
  return *group;
}

/// Puts an alert into the groups of its routes. A receiver that it stays with, if in another group,
/// keeps what it was told; one that it leaves is owed the end of what it was told as firing.
void Dispatcher::Impl::reroute(Entry& entry) {
  std::vector<Group*> old = std::move(entry.groups);
  old.insert(old.end(), entry.former_groups.begin(), entry.former_groups.end());
  entry.groups.clear();
  entry.former_groups.clear();
  for (const RouteNode* node : routes_.find(entry.alert.labels)) {
    Group& group = group_for(*node, entry);
    if (std::ranges::find(entry.groups, &group) == entry.groups.end()) {
      group.members[entry.alert.id] = &entry;
      entry.groups.push_back(&group);
    }
  }
  for (Group* group : old) {
    if (std::ranges::find(entry.groups, group) != entry.groups.end()) {
      continue;
    }
    const std::int64_t told = told_revision(*group, entry);
    const auto heir = std::ranges::find_if(entry.groups, [&](const Group* one) {
      return one->state.receiver == group->state.receiver && told_revision(*one, entry) == 0;
    });
    if (told > 0 && heir != entry.groups.end()) {
      (*heir)->state.told[entry.alert.id] = told;
      (*heir)->state.told_at = std::max((*heir)->state.told_at, group->state.told_at);
      (*heir)->changed = true;
      changed_.insert(*heir);
      check_by(**heir, now_);
    } else if (group->node != nullptr && told_as_firing(*group, entry)) {
      entry.former_groups.push_back(group);
      continue;
    }
    leave(*group, entry);
  }
}

void Dispatcher::Impl::leave_silences(Entry& entry) {
  for (ActiveSilence* silence : entry.silences) {
    silence->entries.erase(&entry);
  }
  entry.silences.clear();
}

void Dispatcher::Impl::classify(Entry& entry) {
  for (const auto& [id, silence] : silences_) {
    if (silence->matchers.fit(entry.alert.labels)) {
      silence->entries.insert(&entry);
      entry.silences.push_back(silence.get());
    }
  }
  maintenance_.add(entry);
  inhibitions_.add(entry);
}

Entry& Dispatcher::Impl::add_entry(const Alert& alert) {
  auto& entry = entries_[alert.id];
  entry = std::make_unique<Entry>();
  entry->alert = alert;
  classify(*entry);
  return *entry;
}

void Dispatcher::Impl::relabel(Entry& entry, const Alert& alert) {
  std::vector<Entry*> released;
  for (const InhibitionBucket* bucket : entry.source_of) {
    released.insert(released.end(), bucket->targets.begin(), bucket->targets.end());
  }
  inhibitions_.remove(entry);
  leave_silences(entry);
  entry.alert = alert;
  classify(entry);
  reroute(entry);
  for (Entry* other : released) {
    reconsider(*other);
  }
}

/// Groups whose route or receiver is gone: nobody is left to be told.
void Dispatcher::Impl::drop_orphans() {
  std::vector<Group*> orphans;
  for (const auto& [key, group] : groups_) {
    if (group->node == nullptr) {
      orphans.push_back(group.get());
    }
  }
  for (Group* group : orphans) {
    forget(*group);
  }
}

void Dispatcher::Impl::reroute_all() {
  for (const auto& [key, group] : groups_) {
    group->node = routes_.of_group(group->state);
  }
  for (const auto& [id, entry] : entries_) {
    reroute(*entry);
  }
  drop_orphans();
  for (const auto& [id, entry] : entries_) {
    reconsider(*entry);
  }
  for (const auto& [key, group] : groups_) {
    check_by(*group, now_);
  }
}

void Dispatcher::Impl::set_settings(std::shared_ptr<const model::AlertingSettings> settings,
                                    Timestamp now) {
  set_clock(now);
  RouteTree routes(settings);
  for (const auto& [id, entry] : entries_) {
    entry->source_of.clear();
    entry->target_of.clear();
  }
  inhibitions_ = Inhibitions(*settings);
  maintenance_ = Maintenance(settings->maintenance);
  for (const auto& [id, entry] : entries_) {
    maintenance_.add(*entry);
    inhibitions_.add(*entry);
  }
  // The groups point into the tree before until they are routed anew.
  std::swap(routes_, routes);
  settings_ = std::move(settings);
  reroute_all();
}

void Dispatcher::Impl::set_silences(std::vector<model::Silence> silences) {
  std::map<std::string, std::unique_ptr<ActiveSilence>> fresh;
  std::set<Entry*> touched;
  for (model::Silence& silence : silences) {
    auto& active = fresh[silence.id];
    auto known = silences_.find(silence.id);
    if (known != silences_.end() && known->second->silence.matchers == silence.matchers) {
      active = std::move(known->second);
      silences_.erase(known);
      active->silence = std::move(silence);
      touched.insert(active->entries.begin(), active->entries.end());
      continue;
    }
    active = std::make_unique<ActiveSilence>();
    active->matchers = Matchers::of(silence.matchers);
    active->silence = std::move(silence);
    for (const auto& [id, entry] : entries_) {
      if (active->matchers.fit(entry->alert.labels)) {
        active->entries.insert(entry.get());
        entry->silences.push_back(active.get());
        touched.insert(entry.get());
      }
    }
  }
  for (const auto& [id, gone] : silences_) {
    for (Entry* entry : gone->entries) {
      std::erase(entry->silences, gone.get());
      touched.insert(entry);
    }
  }
  silences_ = std::move(fresh);
  for (Entry* entry : touched) {
    reconsider(*entry);
  }
}

}  // namespace auditor::alerts
