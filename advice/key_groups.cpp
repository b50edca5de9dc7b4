#include "advice/key_groups.h"

#include <algorithm>

namespace auditor::advice {

bool is_keyed(const model::PlanNode& node) {
  return std::ranges::any_of(
      node.inputs, [](const model::PlanInput& input) { return input.ship_strategy == "HASH"; });
}

KeyGroupRange key_groups_of(std::int64_t subtask, std::int64_t parallelism,
                            std::int64_t max_parallelism) {
  // computeKeyGroupRangeForOperatorIndex, in its own rounding.
  return {(subtask * max_parallelism + parallelism - 1) / parallelism,
          ((subtask + 1) * max_parallelism - 1) / parallelism};
}

Spread spread(std::int64_t parallelism, std::int64_t max_parallelism) {
  const std::int64_t fewest = max_parallelism / parallelism;
  const std::int64_t rest = max_parallelism % parallelism;
  const std::int64_t most = fewest + (rest == 0 ? 0 : 1);
  const double mean = static_cast<double>(max_parallelism) / static_cast<double>(parallelism);
  return {fewest, most, rest == 0 ? parallelism : rest, static_cast<double>(most) / mean - 1};
}

std::vector<std::int64_t> even_parallelisms(std::int64_t max_parallelism) {
  std::vector<std::int64_t> divisors;
  for (std::int64_t candidate = 1; candidate <= max_parallelism; ++candidate) {
    if (max_parallelism % candidate == 0) {
      divisors.push_back(candidate);
    }
  }
  return divisors;
}

}  // namespace auditor::advice
