#include "http/admission.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auditor::http {
namespace {

std::string admit_all(Admission<std::string>& admission) {
  std::string admitted;
  while (const auto next = admission.next()) admitted += *next + " ";
  return admitted;
}

TEST(Admission, AdmitsInOrderUpToTheLimitOfAKey) {
  Admission<std::string> admission(10);
  for (const char* request : {"a1", "a2", "a3", "a4"}) admission.push("a", 2, request);
  EXPECT_EQ(admit_all(admission), "a1 a2 ");
  admission.finished("a");
  EXPECT_EQ(admit_all(admission), "a3 ");
  EXPECT_EQ(admission.pending(), 3U);
}

TEST(Admission, TakesTheKeysInTurn) {
  Admission<std::string> admission(10);
  for (const char* request : {"a1", "a2", "a3"}) admission.push("a", 4, request);
  for (const char* request : {"b1", "b2"}) admission.push("b", 4, request);
  admission.push("c", 4, "c1");
  EXPECT_EQ(admit_all(admission), "a1 b1 c1 a2 b2 a3 ");
}

TEST(Admission, HoldsTheLimitOverAllAndStaysFair) {
  Admission<std::string> admission(2);
  for (const char* request : {"a1", "a2", "a3"}) admission.push("a", 2, request);
  admission.push("b", 2, "b1");
  EXPECT_EQ(admit_all(admission), "a1 b1 ");
  admission.finished("a");
  EXPECT_EQ(admit_all(admission), "a2 ");
  admission.finished("b");
  EXPECT_EQ(admit_all(admission), "a3 ");
}

TEST(Admission, AHangingKeyHoldsUpNoOther) {
  Admission<std::string> admission(3);
  for (const char* request : {"a1", "a2"}) admission.push("a", 1, request);
  EXPECT_EQ(admit_all(admission), "a1 ");
  for (const char* request : {"b1", "b2"}) admission.push("b", 1, request);
  EXPECT_EQ(admit_all(admission), "b1 ");
  admission.finished("b");
  EXPECT_EQ(admit_all(admission), "b2 ");
}

TEST(Admission, ASlowRequestYieldsItsPlaceOverAllButNotWithinItsKey) {
  Admission<std::string> admission(1);
  admission.push("slow", 1, "s1");
  admission.push("slow", 1, "s2");
  EXPECT_EQ(admit_all(admission), "s1 ");
  EXPECT_TRUE(admission.yield());
  admission.push("b", 4, "b1");
  EXPECT_EQ(admit_all(admission), "b1 ");
  EXPECT_EQ(admission.in_flight(), 2U);
  admission.finished("b");
  EXPECT_EQ(admit_all(admission), "");
  admission.finished("slow", true);
  EXPECT_EQ(admit_all(admission), "s2 ");
}

TEST(Admission, SlowRequestsAreBoundedToo) {
  Admission<std::string> admission(1);
  for (const char* key : {"a", "b", "c", "d"}) {
    admission.push(key, 1, key);
    EXPECT_FALSE(admit_all(admission).empty());
    EXPECT_TRUE(admission.yield());
  }
  admission.push("e", 1, "e");
  EXPECT_EQ(admit_all(admission), "e ");
  EXPECT_FALSE(admission.yield());
}

TEST(Admission, IsEmptyAgainWhenAllIsFinished) {
  Admission<std::unique_ptr<int>> admission(4);
  admission.push("a", 4, std::make_unique<int>(7));
  const auto next = admission.next();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(**next, 7);
  EXPECT_EQ(admission.pending(), 1U);
  admission.finished("a");
  admission.finished("never seen");
  EXPECT_EQ(admission.pending(), 0U);
  EXPECT_FALSE(admission.next().has_value());
}

}  // namespace
}  // namespace auditor::http
