#include "audit/flow_history.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

namespace auditor::audit {

namespace {

using model::FlowHistory;
using model::FlowPoint;

// Looks come every 15 s and more; a little less, for they are not exact.
constexpr std::chrono::seconds point_every{25};
constexpr std::chrono::minutes points_kept{7};

template <class T>
bool fell(const std::optional<T>& now, const std::optional<T>& before) {
  return now && before && *now < *before;
}

bool began_anew(const FlowPoint& now, const FlowPoint& before) {
  return now.started_at != before.started_at || now.parallelism != before.parallelism ||
         fell(now.backpressured, before.backpressured) || fell(now.idle, before.idle) ||
         fell(now.busy, before.busy) || fell(now.records_in, before.records_in) ||
         fell(now.records_out, before.records_out) || now.at < before.at;
}

void add(std::vector<FlowPoint>& points, const FlowPoint& now) {
  if (!now.records_in || !now.records_out) {
    return;  // metrics of a subtask are missing: of no use
  }
  if (!points.empty() && began_anew(now, points.back())) {
    points.clear();
  }
  if (points.empty() || now.at - points.back().at >= point_every) {
    points.push_back(now);
  }
  std::erase_if(points, [&](const FlowPoint& point) { return now.at - point.at > points_kept; });
}

}  // namespace

void observe_flow(const model::Snapshot& snapshot, std::map<model::JobId, FlowHistory>& flows) {
  std::map<model::JobId, FlowHistory> kept;
  for (const model::JobSnapshot& job : snapshot.jobs) {
    auto known = flows.extract(job.overview.id);
    FlowHistory history = known.empty() ? FlowHistory() : std::move(known.mapped());
    if (job.flow.known()) {
      std::erase_if(history.vertices, [&job](const auto& vertex) {
        return !job.flow.value->vertices.contains(vertex.first);
      });
      for (const auto& [id, point] : job.flow.value->vertices) {
        add(history.vertices[id], point);
      }
    }
    kept.insert_or_assign(job.overview.id, std::move(history));
  }
  flows = std::move(kept);
}

}  // namespace auditor::audit
