#include "model/matcher.h"

#include <gtest/gtest.h>

namespace auditor::model {
namespace {

TEST(MatcherText, ReadsWhatAlertmanagerWrites) {
  using Kind = Matcher::Kind;
  EXPECT_EQ(parse_matcher("team=\"payments\""), (Matcher{"team", Kind::equal, "payments"}));
  EXPECT_EQ(parse_matcher(" team = payments "), (Matcher{"team", Kind::equal, "payments"}));
  EXPECT_EQ(parse_matcher("a!=\"\""), (Matcher{"a", Kind::not_equal, ""}));
  EXPECT_EQ(parse_matcher("a="), (Matcher{"a", Kind::equal, ""}));
  EXPECT_EQ(parse_matcher(R"(severity=~"high|critical")"),
            (Matcher{"severity", Kind::matches, "high|critical"}));
  EXPECT_EQ(parse_matcher(R"(job!~"a=b\d\"\\")"),
            (Matcher{"job", Kind::not_matches, R"(a=b\d"\)"}));
}

TEST(MatcherText, GivesBackWhatItReads) {
  for (const char* text :
       {R"(a="b")", R"(a!="b c")", R"(a=~"x\\d+")", R"(a!~"\"")", "a=\"x\\ny\"", R"(a="")"}) {
    const auto matcher = parse_matcher(text);
    ASSERT_TRUE(matcher) << text;
    EXPECT_EQ(to_text(*matcher), text);
  }
}

TEST(MatcherText, SaysWhatIsWrong) {
  const auto error = [](std::string_view text) {
    const auto matcher = parse_matcher(text);
    const std::string message = matcher ? "no error" : matcher.error().message;
    return message.substr(0, message.find(';'));
  };
  EXPECT_EQ(error("team"), "\"team\" has no = in it");
  EXPECT_EQ(error("team!payments"), "\"team!payments\" has no = behind its !");
  EXPECT_EQ(error("=a"), "\"=a\" begins with no label's name (letters, digits and _)");
  EXPECT_EQ(error("a-b=c"), "\"a-b=c\" begins with no label's name (letters, digits and _)");
  EXPECT_EQ(error("a=\"b"), "\"a=\"b\" has a quote that does not close at its end");
  EXPECT_EQ(error("a=\"b\"c"), "\"a=\"b\"c\" has a quote that does not close at its end");
  EXPECT_EQ(error("a=b c"), "\"a=b c\" has a value that wants \"…\" around it");
  EXPECT_EQ(error("a=b,c=d"), "\"a=b,c=d\" has a value that wants \"…\" around it");
}

}  // namespace
}  // namespace auditor::model
