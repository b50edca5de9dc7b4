#include "model/flow.h"

#include <algorithm>
#include <utility>

namespace auditor::model {

FlowPoints::FlowPoints(std::vector<OfVertex> points) : points_(std::move(points)) {
  std::ranges::sort(points_, {}, &OfVertex::id);
  const auto same = [](const OfVertex& a, const OfVertex& b) { return a.id == b.id; };
  points_.erase(std::ranges::unique(points_, same).begin(), points_.end());
}

const FlowPoint* FlowPoints::find(const JobVertexId& id) const {
  const auto found = std::ranges::lower_bound(points_, id, {}, &OfVertex::id);
  return found == points_.end() || found->id != id ? nullptr : &found->point;
}

}  // namespace auditor::model
