#include "http/admission.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auditor::http {
namespace {

/// Requests are named by the first letter of their key, and a number.
class Admitting : public Admission<std::string> {
 public:
  using Admission::Admission;

  /// Those that may start, each with a space behind it.
  std::string all() {
    std::string names;
    while (const auto next = this->next()) {
      names += next->request + " ";
      lanes_[next->request.front()] = next->lane;
    }
    return names;
  }

  void ends(char key, bool yielded = false) { finished(lanes_.at(key), yielded); }

 private:
  std::map<char, Lane*> lanes_;
};

TEST(Admission, AdmitsInOrderUpToTheLimitOfAKey) {
  Admitting admission(10);
  for (const char* request : {"a1", "a2", "a3", "a4"}) admission.push("a", 2, request);
  EXPECT_EQ(admission.all(), "a1 a2 ");
  admission.ends('a');
  EXPECT_EQ(admission.all(), "a3 ");
  EXPECT_EQ(admission.pending(), 3U);
}

TEST(Admission, TakesTheKeysInTurn) {
  Admitting admission(10);
  for (const char* request : {"a1", "a2", "a3"}) admission.push("a", 4, request);
  for (const char* request : {"b1", "b2"}) admission.push("b", 4, request);
  admission.push("c", 4, "c1");
  EXPECT_EQ(admission.all(), "a1 b1 c1 a2 b2 a3 ");
}

TEST(Admission, HoldsTheLimitOverAllAndStaysFair) {
  Admitting admission(2);
  for (const char* request : {"a1", "a2", "a3"}) admission.push("a", 2, request);
  admission.push("b", 2, "b1");
  EXPECT_EQ(admission.all(), "a1 b1 ");
  admission.ends('a');
  EXPECT_EQ(admission.all(), "a2 ");
  admission.ends('b');
  EXPECT_EQ(admission.all(), "a3 ");
}

TEST(Admission, TellsHowMuchRoomIsLeft) {
  Admitting admission(2);
  EXPECT_EQ(admission.room(), 2U);
  admission.push("a", 1, "a1");
  EXPECT_EQ(admission.room(), 1U);
  admission.push("a", 1, "a2");
  EXPECT_EQ(admission.all(), "a1 ");
  EXPECT_EQ(admission.room(), 0U) << "what waits will take it";
  EXPECT_TRUE(admission.yield());
  EXPECT_EQ(admission.room(), 1U) << "a slow one does not";
}

TEST(Admission, AHangingKeyHoldsUpNoOther) {
  Admitting admission(3);
  for (const char* request : {"a1", "a2"}) admission.push("a", 1, request);
  EXPECT_EQ(admission.all(), "a1 ");
  for (const char* request : {"b1", "b2"}) admission.push("b", 1, request);
  EXPECT_EQ(admission.all(), "b1 ");
  admission.ends('b');
  EXPECT_EQ(admission.all(), "b2 ");
}

TEST(Admission, ASlowRequestYieldsItsPlaceOverAllButNotWithinItsKey) {
  Admitting admission(1);
  admission.push("slow", 1, "s1");
  admission.push("slow", 1, "s2");
  EXPECT_EQ(admission.all(), "s1 ");
  EXPECT_TRUE(admission.yield());
  admission.push("b", 4, "b1");
  EXPECT_EQ(admission.all(), "b1 ");
  EXPECT_EQ(admission.in_flight(), 2U);
  admission.ends('b');
  EXPECT_EQ(admission.all(), "");
  admission.ends('s', true);
  EXPECT_EQ(admission.all(), "s2 ");
}

TEST(Admission, SlowRequestsAreBoundedToo) {
  Admitting admission(1);
  for (const char* key : {"a", "b", "c", "d"}) {
    admission.push(key, 1, key);
    EXPECT_FALSE(admission.all().empty());
    EXPECT_TRUE(admission.yield());
  }
  admission.push("e", 1, "e");
  EXPECT_EQ(admission.all(), "e ");
  EXPECT_FALSE(admission.yield());
}

TEST(Admission, ForgetsKeysThatDoNotComeBackAndNoneThatWaits) {
  Admitting admission(2);
  admission.push("b", 1, "b1");
  EXPECT_EQ(admission.all(), "b1 ");
  for (const char* request : {"b2", "b3"}) admission.push("b", 1, request);
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "a" + std::to_string(i);
    admission.push(key, 1, key);
    EXPECT_EQ(admission.all(), key + " ");
    admission.ends('a');
  }
  EXPECT_EQ(admission.pending(), 3U);
  EXPECT_LT(admission.keys(), 200U);
  admission.ends('b');
  EXPECT_EQ(admission.all(), "b2 ");
  admission.ends('b');
  EXPECT_EQ(admission.all(), "b3 ");
}

TEST(Admission, IsEmptyAgainWhenAllIsFinished) {
  Admission<std::unique_ptr<int>> admission(4);
  admission.push("a", 4, std::make_unique<int>(7));
  const auto next = admission.next();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(*next->request, 7);
  EXPECT_EQ(admission.pending(), 1U);
  admission.finished(next->lane);
  EXPECT_EQ(admission.pending(), 0U);
  EXPECT_FALSE(admission.next().has_value());
}

}  // namespace
}  // namespace auditor::http
