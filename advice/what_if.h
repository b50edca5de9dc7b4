#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "advice/key_groups.h"
#include "model/snapshot.h"

/// What another parallelism of a job would come to.
namespace auditor::advice {

/// One parallelism of the vertices of a group.
struct ParallelismChoice {
  std::int64_t parallelism = 1;
  Spread spread;
  /// The least parallelism with so few key groups in the fullest subtask: a larger one with the
  /// same takes slots and makes nothing faster where keys are spread evenly.
  bool pays = false;
  /// Slots that the job then needs beyond those that it has and that are free; nullopt where the
  /// slots are not known.
  std::optional<std::int64_t> slots_short;
};

/// Vertices with one max parallelism.
struct KeyGroupGroup {
  std::int64_t max_parallelism = 0;
  bool proposed = false;  ///< asked for, instead of what the vertices have
  std::vector<const model::JobVertex*> vertices;
  bool keyed = false;                      ///< one of them has an input that is partitioned by key
  std::vector<ParallelismChoice> choices;  ///< parallelism 1 … max_parallelism

  /// Whether one of the vertices runs so now.
  [[nodiscard]] bool is_current(std::int64_t parallelism) const;
};

struct WhatIf {
  std::optional<std::int64_t> slots;  ///< of the cluster
  std::optional<std::int64_t> free;
  std::int64_t used = 0;  ///< by the job: its largest parallelism, for slots are shared by default
  std::vector<KeyGroupGroup> groups;            ///< what has most key groups first
  std::vector<const model::JobVertex*> pinned;  ///< of one subtask by Flink's own rule
};

/// Of a job whose details are known. `proposed`: a max parallelism that it does not have, shown
/// beside its own. Pure; it points into the snapshot.
WhatIf what_if(const model::Snapshot& snapshot, const model::JobSnapshot& job,
               std::optional<std::int64_t> proposed);

}  // namespace auditor::advice
