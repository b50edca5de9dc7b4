#include "audit/ended_checkpoints.h"

#include <algorithm>
#include <iterator>

namespace auditor::audit {

bool EndedCheckpoints::note(std::int64_t id, model::CheckpointStatus status) {
  // Flink shows ten, unless it is configured to show more.
  constexpr std::size_t most = 64;
  const auto at = std::ranges::lower_bound(ended_, id, {}, &Ended::id);
  if (at != ended_.end() && at->id == id) {
    const bool news = at->status != status;
    at->status = status;
    return news;
  }
  if (ended_.size() < most) {
    ended_.insert(at, {id, status});
    return true;
  }
  if (at == ended_.begin()) {
    return false;  // it was forgotten for newer ones
  }
  // The oldest one makes room.
  const auto place = std::move(std::next(ended_.begin()), at, ended_.begin());
  *place = {id, status};
  return true;
}

}  // namespace auditor::audit
