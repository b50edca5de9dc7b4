#pragma once

#include <vector>

#include "alerts/entry.h"
#include "base/time.h"
#include "model/alert.h"

namespace auditor::alerts {

/// What a group may tell at one moment.
struct Notices {
  std::vector<const Entry*> fired;     ///< news
  std::vector<const Entry*> over;      ///< news
  std::vector<const Entry*> standing;  ///< told before, and still so

  [[nodiscard]] bool news() const { return !fired.empty() || !over.empty(); }
};

/// The revision that the group's receiver was told last; 0: none.
std::int64_t told_revision(const Group& group, const Entry& entry);

/// Whether the receiver believes that the alert fires.
bool told_as_firing(const Group& group, const Entry& entry);

/// The notification that tells these, as waiting; notes in the group that they are told. Its id is
/// made of what it changes and when, so that no other has it, over restarts either.
model::Notification tell(Group& group, const Notices& notices, base::Timestamp now);

}  // namespace auditor::alerts
