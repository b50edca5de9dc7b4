#include "model/uid_table.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace auditor::model {
namespace {

TEST(UidTable, FindsTheUidOfAnId) {
  UidTable table;
  EXPECT_EQ(table.find(base::murmur3_x64_128("orders")), nullptr);
  for (int i = 0; i < 1'000; ++i) {
    table.add(fmt::format("uid {}", i % 500));
  }
  EXPECT_EQ(table.entries().size(), 500U);
  for (int i = 0; i < 500; ++i) {
    const std::string uid = fmt::format("uid {}", i);
    const std::string* found = table.find(base::murmur3_x64_128(uid));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(*found, uid);
  }
  EXPECT_EQ(table.find(base::murmur3_x64_128("uid 500")), nullptr);
}

TEST(UidWords, AreTheLinesAndTheStringsInQuotes) {
  using Words = std::vector<std::string_view>;
  EXPECT_EQ(uid_words("orders\n  totals \r\n\n"), (Words{"orders", "totals"}));
  EXPECT_EQ(uid_words(R"(s.uid("a").name("b c");)"),
            (Words{R"(s.uid("a").name("b c");)", "a", "b c"}));
  EXPECT_EQ(uid_words("x.uid('a')"), (Words{"x.uid('a')", "a"}));
  EXPECT_EQ(uid_words(R"(// don't: uid("a\"b"))"), (Words{R"(// don't: uid("a\"b"))", R"(a\"b)"}));
  EXPECT_EQ(uid_words(R"(never closed: ")"), (Words{R"(never closed: ")"}));
  EXPECT_EQ(uid_words(std::string(256, 'x') + "\"y\""), (Words{"y"}));
  EXPECT_TRUE(uid_words("").empty());
  EXPECT_EQ(uid_words("\"\\"), (Words{"\"\\"}));
}

}  // namespace
}  // namespace auditor::model
