#include "base/text.h"

#include <array>

#include <gtest/gtest.h>

namespace auditor::base {
namespace {

TEST(GlobMatch, TakesStarsAndQuestionMarks) {
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("orders-*", "orders-eu"));
  EXPECT_TRUE(glob_match("*-?u", "orders-eu"));
  EXPECT_TRUE(glob_match("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(glob_match("orders", "orders-eu"));
  EXPECT_FALSE(glob_match("a*b", "a-b-c"));
  EXPECT_FALSE(glob_match("?", ""));
}

TEST(Nearest, FindsTheTypo) {
  constexpr std::array<std::string_view, 3> names{"enabled", "severity", "options"};
  EXPECT_EQ(nearest("enabeld", names), "enabled");
  EXPECT_EQ(nearest("severty", names), "severity");
  EXPECT_EQ(nearest("colour", names), "");
}

TEST(Printable, NeverPassesControlBytesOrBadUtf8) {
  constexpr std::array<char, 4> right_to_left_override{'\xe2', '\x80', '\xae', '\0'};
  const std::string right_to_left = right_to_left_override.data();
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a [31mb ");
  EXPECT_EQ(printable("\xff"
                      "a\xe4\xb8"),
            "\uFFFD"
            "a\uFFFD\uFFFD");
  EXPECT_EQ(printable(std::string("订单 -> ") + right_to_left + "逆"), "订单 ->  逆");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate is not UTF-8";
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("订单"), 4U);
  EXPECT_EQ(display_width("é"), 1U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
}

TEST(Shorten, CutsAtColumnsAndSaysSo) {
  EXPECT_EQ(shorten("orders", 6), "orders");
  EXPECT_EQ(shorten("orders", 5), "orde…");
  EXPECT_EQ(shorten("订单处理", 5), "订单…");
}

TEST(Plural, CountsWithTheNoun) {
  EXPECT_EQ(plural(1, "job"), "1 job");
  EXPECT_EQ(plural(0, "job"), "0 jobs");
  EXPECT_EQ(plural(2, "vertex", "vertices"), "2 vertices");
}

TEST(UnescapeHtml, TurnsThePlansEntitiesBack) {
  EXPECT_EQ(unescape_html("a -&gt; b<br/>&quot;c&quot; &amp;&lt;&#92;"), "a -> b\n\"c\" &<\\");
  EXPECT_EQ(unescape_html("&amp;gt;"), "&gt;") << "once, not twice";
}

}  // namespace
}  // namespace auditor::base
