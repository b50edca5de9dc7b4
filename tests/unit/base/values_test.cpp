// The small types that values are kept in where many of them are alike.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/copy_on_write.h"
#include "base/murmur3.h"
#include "base/name.h"
#include "base/rare.h"
#include "base/shared_list.h"
#include "base/shared_text.h"
#include "base/wording.h"

namespace auditor::base {
namespace {

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
