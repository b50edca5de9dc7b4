#include "checks/memo.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auditor::checks {
namespace {

TEST(Memo, MakesEachTypeOnceAndKeepsItInPlace) {
  Memo memo;
  int made = 0;
  const auto numbers = [&made] {
    ++made;
    return std::vector<int>{1, 2, 3};
  };
  const auto& first = memo.once<std::vector<int>>(numbers);
  EXPECT_EQ(memo.once<std::string>([] { return std::string("a text"); }), "a text");
  EXPECT_EQ(memo.once<double>([] { return 0.5; }), 0.5);
  const auto& again = memo.once<std::vector<int>>(numbers);
  EXPECT_EQ(&again, &first);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(again, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace auditor::checks
