#pragma once

#include <cstdint>
#include <vector>

#include "model/flink.h"

/// How Flink spreads the key groups of an operator over its subtasks
/// (org.apache.flink.runtime.state.KeyGroupRangeAssignment, the same from 1.13 to 2.3).
namespace auditor::advice {

/// Whether an input is partitioned by key, so that key groups are spread over the subtasks.
bool is_keyed(const model::PlanNode& node);

/// The key groups of one subtask, both ends included.
struct KeyGroupRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  [[nodiscard]] std::int64_t size() const { return last - first + 1; }
  friend bool operator==(const KeyGroupRange&, const KeyGroupRange&) = default;
};

/// Those of subtask `subtask` (from 0) of `parallelism`, with 1 ≤ parallelism ≤ max_parallelism.
KeyGroupRange key_groups_of(std::int64_t subtask, std::int64_t parallelism,
                            std::int64_t max_parallelism);

/// How even a parallelism is.
struct Spread {
  std::int64_t fewest = 0;     ///< key groups of the subtask that has fewest
  std::int64_t most = 0;       ///< of the subtask that has most
  std::int64_t with_most = 0;  ///< subtasks that have `most`
  /// How much more than the mean the fullest subtask has to do, where keys are spread evenly over
  /// key groups: 0 for even, 0.5 for half as much again.
  double imbalance = 0;

  [[nodiscard]] bool even() const { return fewest == most; }
};
Spread spread(std::int64_t parallelism, std::int64_t max_parallelism);

/// The parallelisms that give every subtask the same number of key groups: the divisors of
/// `max_parallelism`, ascending.
std::vector<std::int64_t> even_parallelisms(std::int64_t max_parallelism);

}  // namespace auditor::advice
