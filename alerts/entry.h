#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "alerts/routes.h"
#include "base/time.h"
#include "model/alert.h"

namespace auditor::alerts {

inline constexpr base::Timestamp never = base::Timestamp::max();

struct Group;
struct InhibitionBucket;
struct ActiveSilence;

/// An alert that is known, and what its labels alone decide.
struct Entry {
  model::Alert alert;
  std::vector<Group*> groups;         ///< where its routes put it
  std::vector<Group*> former_groups;  ///< that were told it fires, and are owed its end
  std::vector<InhibitionBucket*> source_of;
  std::vector<InhibitionBucket*> target_of;
  std::vector<ActiveSilence*> silences;  ///< whose matchers fit, whenever they hold
  std::vector<std::size_t> maintenance;  ///< indices of windows whose matchers fit
  base::Timestamp wake_at = never;       ///< when the time that mutes it is over
};

/// By id, so that what is told does not hang on addresses.
struct ById {
  bool operator()(const Entry* one, const Entry* other) const {
    return one->alert.id < other->alert.id;
  }
};

struct Group {
  model::AlertGroup state;
  std::uint64_t serial = 0;
  const RouteNode* node = nullptr;
  std::map<std::string, Entry*> members;  ///< by id; of its route, and former ones
  std::optional<base::Timestamp> first_news;
  base::Timestamp check_at = never;
  bool changed = false;  ///< since it was last given to be committed
  bool saved = false;    ///< the store has it
};

/// Whether the change that has revision `revision` began to fire.
bool fired_at(const model::Alert& alert, std::int64_t revision);

}  // namespace auditor::alerts
