#include "advice/what_if.h"

#include <algorithm>
#include <functional>
#include <map>

#include "checks/facts.h"

namespace auditor::advice {

namespace {

std::vector<ParallelismChoice> choices(std::int64_t max_parallelism, const WhatIf& known) {
  std::vector<ParallelismChoice> all;
  all.reserve(static_cast<std::size_t>(max_parallelism));
  std::int64_t most = max_parallelism + 1;
  for (std::int64_t parallelism = 1; parallelism <= max_parallelism; ++parallelism) {
    ParallelismChoice choice{.parallelism = parallelism,
                             .spread = spread(parallelism, max_parallelism),
                             .pays = false,
                             .slots_short = std::nullopt};
    choice.pays = choice.spread.most < most;
    most = choice.spread.most;
    if (known.free) {
      choice.slots_short = std::max<std::int64_t>(0, parallelism - known.used - *known.free);
    }
    all.push_back(choice);
  }
  return all;
}

}  // namespace

bool KeyGroupGroup::is_current(std::int64_t parallelism) const {
  return std::ranges::any_of(vertices, [parallelism](const model::JobVertex* vertex) {
    return vertex->parallelism == parallelism;
  });
}

WhatIf what_if(const model::Snapshot& snapshot, const model::JobSnapshot& job,
               std::optional<std::int64_t> proposed) {
  WhatIf result;
  if (snapshot.task_managers.known()) {
    std::int64_t slots = 0;
    std::int64_t free = 0;
    for (const model::TaskManager& each : snapshot.task_managers.value->list) {
      slots += each.slots.value_or(0);
      free += each.free_slots.value_or(0);
    }
    result.slots = slots;
    result.free = free;
  }
  const model::JobDetails& details = *job.details.value;
  std::map<std::int64_t, KeyGroupGroup, std::greater<>> groups;
  KeyGroupGroup of_proposal;
  for (const model::JobVertex& vertex : details.vertices) {
    if (!vertex.parallelism || !vertex.max_parallelism || *vertex.max_parallelism < 1) {
      continue;
    }
    result.used = std::max(result.used, *vertex.parallelism);
    if (checks::is_pinned(vertex)) {
      result.pinned.push_back(&vertex);
      continue;
    }
    KeyGroupGroup& group = groups[*vertex.max_parallelism];
    group.max_parallelism = *vertex.max_parallelism;
    group.vertices.push_back(&vertex);
    of_proposal.vertices.push_back(&vertex);
    const model::PlanNode* node = details.node(vertex.id);
    const bool keyed = node != nullptr && is_keyed(*node);
    group.keyed = group.keyed || keyed;
    of_proposal.keyed = of_proposal.keyed || keyed;
  }
  for (auto& [max_parallelism, group] : groups) {
    group.choices = choices(max_parallelism, result);
    result.groups.push_back(std::move(group));
  }
  if (proposed && !of_proposal.vertices.empty()) {
    of_proposal.max_parallelism = *proposed;
    of_proposal.proposed = true;
    of_proposal.choices = choices(*proposed, result);
    result.groups.push_back(std::move(of_proposal));
  }
  return result;
}

}  // namespace auditor::advice
