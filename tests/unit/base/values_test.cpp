// The small types that values are kept in where many of them are alike.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/copy_on_write.h"
#include "base/inline_text.h"
#include "base/murmur3.h"
#include "base/name.h"
#include "base/rare.h"
#include "base/shared_list.h"
#include "base/shared_text.h"
#include "base/wording.h"

namespace auditor::base {
namespace {

/// Around what is kept in place, with bytes that a signed comparison or a zero would mistake.
std::vector<std::string> texts() {
  std::vector<std::string> all{"",
                               std::string(1, '\0'),
                               "a",
                               std::string("a\0", 2),
                               std::string("a\0b", 3),
                               "b",
                               "\xff",
                               "00000000000000000000000000000a01"};
  for (const std::size_t size : {38U, 39U, 40U, 41U, 500U}) {
    all.emplace_back(size, 'x');
    all.push_back(std::string(size - 1, 'x') + "y");
  }
  return all;
}

TEST(InlineText, ReadsAndSortsAsItsText) {
  for (const std::string& a : texts()) {
    const InlineText text = a;
    EXPECT_EQ(text.view(), a);
    EXPECT_EQ(text.size(), a.size());
    EXPECT_EQ(text.empty(), a.empty());
    for (const std::string& b : texts()) {
      EXPECT_EQ(text == InlineText(b), a == b) << a << " and " << b;
      EXPECT_EQ(text <=> InlineText(b), a <=> b) << a << " and " << b;
      EXPECT_EQ(text == b, a == b);
      EXPECT_EQ(text <=> b, a <=> b);
    }
  }
  EXPECT_EQ(fmt::format("{:>3}", InlineText("b")), "  b");
  EXPECT_EQ("/jobs/" + InlineText("a") + "/config", "/jobs/a/config");
}

TEST(InlineText, IsCopiedAndMovedWhereverItIsKept) {
  for (const std::string& before : texts()) {
    for (const std::string& after : texts()) {
      InlineText text = before;
      const InlineText other = after;
      const InlineText copy = text;
      text = other;
      EXPECT_EQ(text, after);
      EXPECT_EQ(copy, before);
      EXPECT_EQ(other, after);
      InlineText taken = std::move(text);
      EXPECT_EQ(taken, after);
      taken = InlineText(before);
      EXPECT_EQ(taken, before);
      const InlineText& itself = taken;
      taken = itself;
      EXPECT_EQ(taken, before);
    }
  }
}

TEST(Name, IsKeptOnceWhereverItIsMade) {
  const Name made = "checkpoint-stale";
  const Name again = std::string("checkpoint-") + "stale";
  EXPECT_EQ(&made.text(), &again.text());
  EXPECT_EQ(made, again);
  EXPECT_NE(made, Name("checkpoint-stuck"));
  EXPECT_TRUE(Name().empty());
}

TEST(Name, ReadsAndSortsAsItsText) {
  const Name name = "b";
  EXPECT_EQ(name, "b");
  EXPECT_EQ(name, std::string_view("b"));
  EXPECT_LT(Name("a"), name);
  EXPECT_LT(name, Name("c"));
  EXPECT_GT(name, "a");
  EXPECT_EQ(fmt::format("{:>3}", name), "  b");
}

TEST(SharedText, SharesItsTextWithCopies) {
  const SharedText path = "/jobs/overview";
  const std::vector<SharedText> copies(2, path);
  EXPECT_EQ(&copies[1].text(), &path.text());
  EXPECT_EQ(SharedText("/jobs/overview"), path);
  EXPECT_EQ(path, "/jobs/overview");
  EXPECT_NE(path, std::string("/jobs"));
  EXPECT_LT(SharedText("/config"), path);
  EXPECT_TRUE(SharedText().empty());
  EXPECT_EQ(fmt::format("{}", path), "/jobs/overview");
}

TEST(Wording, TakesNoRoomForALiteral) {
  static constexpr char literal[] = "checkpoint interval";
  const Wording wording = literal;
  const Wording copy = wording;
  EXPECT_EQ(copy.view().data(), static_cast<const char*>(literal));
  EXPECT_EQ(sizeof wording, 2 * sizeof(void*));
  EXPECT_TRUE(Wording().empty());
}

TEST(Wording, KeepsAnyOtherText) {
  std::string text = "interval of job 1";
  const Wording wording = text;
  const Wording copy = wording;
  text.clear();
  EXPECT_EQ(copy, "interval of job 1");
  EXPECT_EQ(copy, wording);
  EXPECT_EQ(Wording("interval of job 1"), wording) << "a literal or not: it reads the same";
  EXPECT_NE(wording, Wording("interval"));
  EXPECT_NE(wording, std::string_view("interval"));
  EXPECT_EQ(fmt::format("{:>4}", Wording("ms")), "  ms");
}

TEST(CopyOnWrite, TellsItsCopiesFromEquals) {
  CopyOnWrite<std::string> value(std::string("a"));
  CopyOnWrite<std::string> copy = value;
  EXPECT_TRUE(copy.is(value));
  copy.edit() = "a";
  EXPECT_FALSE(copy.is(value));
  EXPECT_EQ(*copy, *value);
}

TEST(Rare, IsAnOptionalThatTakesAPointer) {
  Rare<std::string> none;
  EXPECT_FALSE(none);
  EXPECT_EQ(sizeof none, sizeof(void*));
  Rare<std::string> some(std::string("some"));
  Rare<std::string> copy = some;
  *copy += " more";
  EXPECT_EQ(*some, "some") << "copies are copies";
  none = copy;
  EXPECT_EQ(*none, "some more");
  none = std::nullopt;
  EXPECT_FALSE(none.has_value());
  some.reset();
  EXPECT_FALSE(some);
}

TEST(CopyOnWrite, LeavesItsCopiesAsTheyAre) {
  CopyOnWrite<std::vector<int>> first(std::vector<int>{1, 2});
  const CopyOnWrite<std::vector<int>> second = first;
  EXPECT_EQ(&*first, &*second) << "one value until it is changed";
  first.edit().push_back(3);
  EXPECT_EQ(first->size(), 3U);
  EXPECT_EQ(second->size(), 2U);
  EXPECT_TRUE(CopyOnWrite<std::vector<int>>()->empty());
}

TEST(SharedList, GivesItsCopiesTheSameValues) {
  const SharedList<std::string> list = {"a", "b"};
  const std::vector<SharedList<std::string>> copies(2, list);
  EXPECT_EQ(&copies[1][1], &list[1]);
  EXPECT_EQ(std::vector<std::string>(list.begin(), list.end()),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(list.front(), "a");
  EXPECT_EQ(list.size(), 2U);
  EXPECT_TRUE(SharedList<std::string>().empty());
}

TEST(Hash128, IsReadFromTheHexThatItIsWrittenAs) {
  const Hash128 hash = murmur3_x64_128(std::string_view("an operator"));
  EXPECT_EQ(from_hex(to_hex(hash)), hash);
  EXPECT_FALSE(from_hex(""));
  EXPECT_FALSE(from_hex("00112233445566778899AABBCCDDEEFF")) << "Flink writes lower case";
  EXPECT_FALSE(from_hex("00112233445566778899aabbccddeef"));
  EXPECT_FALSE(from_hex("00112233445566778899aabbccddeefg"));
}

}  // namespace
}  // namespace auditor::base
