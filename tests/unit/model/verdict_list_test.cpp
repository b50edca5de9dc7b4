#include "model/verdict_list.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace auditor::model {
namespace {

VerdictList::Block block_of(std::initializer_list<const char*> messages) {
  std::vector<Verdict> verdicts;
  for (const char* message : messages) {
    verdicts.emplace_back().message = std::string(message);
  }
  return std::make_shared<const std::vector<VerdictList::Pointer>>(
      VerdictList::pointers_to(std::move(verdicts)));
}

std::string messages_of(const VerdictList& list) {
  std::string all;
  for (const Verdict& verdict : list) {
    all += verdict.message.text() + ' ';
  }
  return all;
}

TEST(VerdictList, HasOneBlockAfterTheOther) {
  const VerdictList list(std::vector{block_of({"a", "b"}), block_of({}), block_of({"c"})});
  EXPECT_EQ(messages_of(list), "a b c ");
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list[2].message, "c");
  EXPECT_TRUE(VerdictList().empty());
  EXPECT_TRUE(VerdictList(std::vector<Verdict>()).empty());
}

TEST(VerdictList, SharesBlocksWithAnother) {
  const auto kept = block_of({"kept"});
  const VerdictList before(std::vector{kept, block_of({"old"})});
  const VerdictList after(std::vector{kept, block_of({"new"})});
  EXPECT_FALSE(after.shares_with(before));
  EXPECT_EQ(after.pointers()[0], before.pointers()[0]);
  EXPECT_NE(after.pointers()[1], before.pointers()[1]);
}

TEST(VerdictList, KeepsItsVerdictsInAnyOrder) {
  VerdictList sorted;
  {
    const VerdictList list(std::vector{block_of({"a", "b"}), block_of({"c"})});
    sorted = list.in_order(std::array<std::size_t, 3>{2, 0, 1});
    EXPECT_EQ(sorted.pointers()[0], list.pointers()[2]);
  }
  EXPECT_EQ(messages_of(sorted), "c a b ");
  EXPECT_TRUE(VerdictList().in_order({}).empty());
}

TEST(VerdictList, TakesOthersForSome) {
  VerdictList replaced;
  {
    const VerdictList list(std::vector{block_of({"a", "b"}), block_of({"c"})});
    const auto others = block_of({"x", "y"});
    const std::array<VerdictList::Replacement, 2> replacements{
        {{0, (*others)[0]}, {2, (*others)[1]}}};
    replaced = list.with(replacements);
    EXPECT_EQ(messages_of(list), "a b c ");
    EXPECT_EQ(replaced.pointers()[1], list.pointers()[1]);
    EXPECT_TRUE(list.with({}).shares_with(list));
  }
  EXPECT_EQ(messages_of(replaced), "x b y ");
}

}  // namespace
}  // namespace auditor::model
