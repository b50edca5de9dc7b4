#include "daemon/timetable.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace auditor::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = Timetable::Clock;

const Clock::time_point begin{std::chrono::hours(100)};

std::vector<std::string> names(const std::vector<Timetable::Due>& due) {
  std::vector<std::string> all;
  all.reserve(due.size());
  for (const Timetable::Due& one : due) {
    all.push_back(one.cluster);
  }
  return all;
}

TEST(Timetable, AClusterIsDueOnceInEachInterval) {
  Timetable timetable;
  timetable.set("orders", seconds(30), begin);
  std::size_t times = 0;
  for (int second = 1; second <= 300; ++second) {
    times += timetable.take_due(begin + seconds(second)).size();
  }
  EXPECT_EQ(times, 10U);
}

TEST(Timetable, TheFirstSweepIsDoneWithinOneInterval) {
  Timetable timetable;
  for (int i = 0; i < 1000; ++i) {
    timetable.set(fmt::format("cluster-{}", i), seconds(15), begin);
  }
  EXPECT_EQ(timetable.take_due(begin + seconds(15)).size(), 1000U);
}

TEST(Timetable, SpreadsTheFleetEvenly) {
  Timetable timetable;
  constexpr int clusters = 1500;
  for (int i = 0; i < clusters; ++i) {
    timetable.set(fmt::format("cluster-{}", i), seconds(15), begin);
  }
  for (int second = 1; second <= 15; ++second) {
    const std::size_t due = timetable.take_due(begin + seconds(second)).size();
    EXPECT_GT(due, 50U) << second;
    EXPECT_LT(due, 200U) << second;
  }
}

TEST(Timetable, KeepsASlotOverRestarts) {
  Timetable one;
  Timetable other;
  one.set("orders", seconds(30), begin);
  other.set("orders", seconds(30), begin + seconds(300 + 7));
  const auto slot = [](Timetable& timetable, Clock::time_point now) {
    return (timetable.next(now) - begin) % Clock::duration(seconds(30));
  };
  EXPECT_EQ(slot(one, begin), slot(other, begin + seconds(307)));
}

TEST(Timetable, PassesOverSlotsThatWereMissed) {
  Timetable timetable;
  timetable.set("orders", seconds(10), begin);
  const auto due = timetable.take_due(begin + seconds(60));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_GE(due.front().lateness, seconds(50));
  EXPECT_GT(timetable.next(begin + seconds(60)), begin + seconds(60));
}

TEST(Timetable, AHurriedClusterIsDueAtOnceAndKeepsItsSlots) {
  Timetable timetable;
  timetable.set("orders", seconds(30), begin);
  const auto slot = timetable.next(begin);
  timetable.hurry("orders", begin);
  timetable.hurry("orders", begin);
  const auto due = timetable.take_due(begin);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_TRUE(due.front().hurried);
  EXPECT_EQ(timetable.next(begin), slot);
}

TEST(Timetable, AnotherIntervalTakesThePlaceOfTheOldOne) {
  Timetable timetable;
  timetable.set("orders", seconds(60), begin);
  timetable.set("orders", seconds(10), begin);
  std::size_t times = 0;
  for (int second = 1; second <= 60; ++second) {
    times += timetable.take_due(begin + seconds(second)).size();
  }
  EXPECT_EQ(times, 6U);
}

TEST(Timetable, ARemovedClusterIsNeverDue) {
  Timetable timetable;
  timetable.set("orders", seconds(10), begin);
  timetable.set("payments", seconds(10), begin);
  timetable.remove("orders");
  timetable.hurry("orders", begin);
  EXPECT_EQ(names(timetable.take_due(begin + seconds(10))), std::vector<std::string>{"payments"});
}

TEST(Timetable, WithoutClustersNothingIsDue) {
  Timetable timetable;
  EXPECT_TRUE(timetable.take_due(begin).empty());
  EXPECT_GT(timetable.next(begin), begin);
}

}  // namespace
}  // namespace auditor::daemon
