#include "checks/operator-uids/operator_ids.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "checks/operator-uids/operator_chain.h"

namespace auditor::checks {
namespace {

TEST(OperatorId, IsTheOneThatFlinkGives) {
  EXPECT_EQ(base::to_hex(id_of_uid("remember")), "ee80cf1f8a547f701f43246f1b2ac71a");
  EXPECT_EQ(base::to_hex(automatic_id({0, 1})), "cbc357ccb763df2852fee8c4fc7d55f2");
  EXPECT_EQ(base::to_hex(automatic_id({3, 0})), "3ba1d27b7fde4848a86e865c6c402dfa");
  const std::array<OperatorId, 1> source{automatic_id({0, 0})};
  EXPECT_EQ(base::to_hex(automatic_id({1, 0}, source)), "0a448493b4782967b150582570326227");
  // source with one hidden map, then window -> sink: the id that half of all jobs have
  const std::array<OperatorId, 1> head{automatic_id({0, 1})};
  const std::array<OperatorId, 1> hidden{automatic_id({1, 0}, head)};
  EXPECT_EQ(base::to_hex(hidden.front()), "7df19f87deec5680128845fd9a6ca18d");
  EXPECT_EQ(base::to_hex(automatic_id({2, 1}, hidden)), "90bea66de1c231edf33913ecd54406c1");
}

TEST(OperatorId, IsReadOnlyInFlinksForm) {
  EXPECT_EQ(parse_operator_id("cbc357ccb763df2852fee8c4fc7d55f2"), automatic_id({0, 1}));
  EXPECT_FALSE(parse_operator_id("CBC357CCB763DF2852FEE8C4FC7D55F2"));
  EXPECT_FALSE(parse_operator_id("cbc357ccb763df2852fee8c4fc7d55f"));
  EXPECT_FALSE(parse_operator_id("cbc357ccb763df2852fee8c4fc7d55fg"));
  EXPECT_FALSE(parse_operator_id(""));
}

/// "0:a 0:b 1:c": each operator with its parent.
std::string shape(std::string_view description) {
  const auto chain = parse_chain(description);
  if (!chain) {
    return "does not parse";
  }
  std::string text;
  for (const ChainedOperator& op : chain->operators) {
    text += (text.empty() ? "" : "|") + std::to_string(op.parent) + ":" + op.name;
  }
  return text;
}

TEST(Chain, IsReadFromEachForm) {
  EXPECT_EQ(shape("a<br/>"), "0:a");
  EXPECT_EQ(shape("a<br/>+- b<br/>   :- c<br/>   :  +- d<br/>   +- e<br/>"), "0:a|0:b|1:c|2:d|1:e");
  EXPECT_EQ(shape("a<br/>two lines<br/>+- b -&gt; c<br/>"), "0:a\ntwo lines|0:b -> c");
  EXPECT_EQ(shape("a -&gt; b -&gt; (c, d -&gt; e)"), "0:a|0:b|1:c|1:d|3:e");
  EXPECT_EQ(shape("a -&gt; (b , c -&gt; (d , e))"), "0:a|0:b|0:c|2:d|2:e");
  EXPECT_EQ(shape("Scan(table=[[c, d]], fields=[k, v]) -&gt; Calc(select=[(k -&gt; v) AS x])"),
            "0:Scan(table=[[c, d]], fields=[k, v])|0:Calc(select=[(k -> v) AS x])");
  EXPECT_EQ(shape("a -&gt; (one)"), "0:a|0:(one)");
  EXPECT_EQ(shape("订单 -&gt; 汇总"), "0:订单|0:汇总");
  EXPECT_EQ(shape(""), "0:");
}

TEST(Chain, IsNotGuessedWhereBracketsDoNotMatch) {
  EXPECT_EQ(shape("a :) -&gt; b"), "does not parse");
  EXPECT_EQ(shape("a (b -&gt; c"), "does not parse");
  EXPECT_EQ(shape("a (b] -&gt; c"), "does not parse");
}

TEST(Chain, OfAHostileNameIsGivenUp) {
  std::string nested;
  for (int i = 0; i < 10'000; ++i) {
    nested += "a -&gt; (b, ";
  }
  EXPECT_FALSE(parse_chain(nested));
  // Matching brackets, but each level would read all that is within it again.
  EXPECT_FALSE(parse_chain(nested + "c" + std::string(10'000, ')')));
  EXPECT_FALSE(parse_chain(std::string(100'000, '(')));
  EXPECT_TRUE(parse_chain(std::string(100'000, ',')));
}

}  // namespace
}  // namespace auditor::checks
