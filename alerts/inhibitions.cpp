#include "alerts/inhibitions.h"

#include <algorithm>

#include "model/matcher.h"

namespace auditor::alerts {

namespace {

std::string bucket_key(const std::vector<std::string>& equal,
                       const std::map<std::string, std::string>& labels) {
  std::string key;
  for (const std::string& name : equal) {
    key += model::label_of(labels, name);
    key += '\0';
  }
  return key;
}

void set_firing(InhibitionBucket& bucket, Entry& entry, bool firing) {
  auto& firing_ones = bucket.targets.contains(&entry) ? bucket.firing_targets : bucket.firing;
  if (firing) {
    firing_ones.insert(&entry);
  } else {
    firing_ones.erase(&entry);
  }
}

}  // namespace

Inhibitions::Inhibitions(const model::AlertingSettings& settings) {
  const auto add_rules = [this](std::span<const model::Inhibition> rules) {
    for (const model::Inhibition& rule : rules) {
      rules_.push_back({.source = Matchers::of(rule.source),
                        .target = Matchers::of(rule.target),
                        .equal = rule.equal,
                        .buckets = {}});
    }
  };
  add_rules(settings.inhibitions);
  if (settings.default_inhibitions) {
    add_rules(default_inhibitions());
  }
}

void Inhibitions::add(Entry& entry) {
  for (Rule& rule : rules_) {
    const bool source = rule.source.fit(entry.alert.labels);
    const bool target = rule.target.fit(entry.alert.labels);
    if (!source && !target) {
      continue;
    }
    InhibitionBucket& bucket = rule.buckets[bucket_key(rule.equal, entry.alert.labels)];
    if (target) {
      bucket.targets.insert(&entry);
      entry.target_of.push_back(&bucket);
    }
    if (source) {
      bucket.sources.insert(&entry);
      entry.source_of.push_back(&bucket);
      set_firing(bucket, entry, entry.alert.firing);
    }
  }
}

void Inhibitions::remove(Entry& entry) {
  for (InhibitionBucket* bucket : entry.source_of) {
    set_firing(*bucket, entry, false);
    bucket->sources.erase(&entry);
  }
  for (InhibitionBucket* bucket : entry.target_of) {
    bucket->targets.erase(&entry);
  }
  const bool any = !entry.source_of.empty() || !entry.target_of.empty();
  entry.source_of.clear();
  entry.target_of.clear();
  if (!any) {
    return;
  }
  for (Rule& rule : rules_) {
    const auto found = rule.buckets.find(bucket_key(rule.equal, entry.alert.labels));
    if (found != rule.buckets.end() && found->second.sources.empty() &&
        found->second.targets.empty()) {
      rule.buckets.erase(found);
    }
  }
}

std::vector<Entry*> Inhibitions::update(Entry& entry) {
  std::vector<Entry*> released;
  for (InhibitionBucket* bucket : entry.source_of) {
    set_firing(*bucket, entry, entry.alert.firing);
    if (!entry.alert.firing && bucket->firing.empty()) {
      released.insert(released.end(), bucket->targets.begin(), bucket->targets.end());
    }
  }
  return released;
}

const Entry* Inhibitions::muted_by(const Entry& entry) {
  for (const InhibitionBucket* bucket : entry.target_of) {
    if (!bucket->firing.empty()) {
      return *bucket->firing.begin();
    }
    const bool both = std::ranges::find(entry.source_of, bucket) != entry.source_of.end();
    if (!both && !bucket->firing_targets.empty()) {
      return *bucket->firing_targets.begin();
    }
  }
  return nullptr;
}

bool Inhibitions::was_muted_at_end(const Entry& entry) {
  if (muted_by(entry) != nullptr) {
    return true;
  }
  const base::Timestamp end = entry.alert.ends_at.value_or(entry.alert.starts_at);
  return std::ranges::any_of(entry.target_of, [&](const InhibitionBucket* bucket) {
    const bool both = std::ranges::find(entry.source_of, bucket) != entry.source_of.end();
    return std::ranges::any_of(bucket->sources, [&](Entry* source) {
      return !(both && bucket->targets.contains(source)) && source->alert.starts_at <= end &&
             source->alert.ends_at.value_or(never) >= end;
    });
  });
}

}  // namespace auditor::alerts
