#include "advice/key_groups.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace auditor::advice {
namespace {

// What Flink 1.20's KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex gives.
TEST(KeyGroups, AreThoseOfFlink) {
  EXPECT_EQ(key_groups_of(0, 3, 128), (KeyGroupRange{0, 42}));
  EXPECT_EQ(key_groups_of(1, 3, 128), (KeyGroupRange{43, 85}));
  EXPECT_EQ(key_groups_of(2, 3, 128), (KeyGroupRange{86, 127}));
  EXPECT_EQ(key_groups_of(0, 1, 32768), (KeyGroupRange{0, 32767}));
  EXPECT_EQ(key_groups_of(6, 7, 7), (KeyGroupRange{6, 6}));
}

// For every parallelism of every max parallelism up to 300, and of some large ones.
TEST(KeyGroups, CoverAllWithoutOverlapAndTheirSpreadIsCounted) {
  std::vector<std::int64_t> all;
  for (std::int64_t max = 1; max <= 300; ++max) {
    all.push_back(max);
  }
  all.insert(all.end(), {720, 1024, 5040});
  for (const std::int64_t max : all) {
    const auto even = even_parallelisms(max);
    for (std::int64_t parallelism = 1; parallelism <= max; ++parallelism) {
      std::int64_t next = 0;
      std::int64_t fewest = max;
      std::int64_t most = 0;
      for (std::int64_t subtask = 0; subtask < parallelism; ++subtask) {
        const KeyGroupRange range = key_groups_of(subtask, parallelism, max);
        ASSERT_EQ(range.first, next) << subtask << " of " << parallelism << ", max " << max;
        next = range.last + 1;
        fewest = std::min(fewest, range.size());
        most = std::max(most, range.size());
      }
      ASSERT_EQ(next, max) << parallelism;
      std::int64_t with_most = 0;
      for (std::int64_t subtask = 0; subtask < parallelism; ++subtask) {
        with_most += key_groups_of(subtask, parallelism, max).size() == most ? 1 : 0;
      }
      const Spread of = spread(parallelism, max);
      ASSERT_EQ(of.fewest, fewest) << parallelism << ", max " << max;
      ASSERT_EQ(of.most, most) << parallelism << ", max " << max;
      ASSERT_EQ(of.with_most, with_most) << parallelism << ", max " << max;
      ASSERT_EQ(of.even(), std::ranges::binary_search(even, parallelism))
          << parallelism << ", max " << max;
    }
  }
}

}  // namespace
}  // namespace auditor::advice
