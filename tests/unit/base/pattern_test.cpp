#include "base/pattern.h"

#include <gtest/gtest.h>

namespace auditor::base {
namespace {

TEST(Pattern, MatchesTheWholeText) {
  const auto pattern = Pattern::compile("high|critical");
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->matches("high"));
  EXPECT_TRUE(pattern->matches("critical"));
  EXPECT_FALSE(pattern->matches("highest"));
  EXPECT_FALSE(pattern->matches(""));
  EXPECT_TRUE(Pattern::compile("a.b")->matches("a\nb"));
  EXPECT_TRUE(Pattern::compile("")->matches(""));
}

TEST(Pattern, NamesWhatIsWrong) {
  const auto wrong = Pattern::compile("(a");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "\"(a\" is no regular expression: missing ): (a");
  EXPECT_FALSE(Pattern::compile("(a{1000}){1000}"));
}

TEST(Pattern, AHostileTextCostsNoMoreThanItsLength) {
  const auto pattern = Pattern::compile("(a*)*b");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->matches(std::string(1'000'000, 'a')));
}

}  // namespace
}  // namespace auditor::base
