#include "collectors/wire/job.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/support/altered.h"

namespace auditor::collectors::wire {
namespace {

using nlohmann::json;

TEST(JobAnswer, SharesWhatALookBeforeSaw) {
  std::size_t shared = 0;
  for (const std::string& body : testing::recorded_job_answers()) {
    const auto first = decode_job_answer(body);
    ASSERT_TRUE(first.has_value());
    json later = json::parse(body);
    later["now"] = later["now"].get<std::int64_t>() + 15'000;
    later["duration"] = 15'000;
    for (json& vertex : later["vertices"]) {
      vertex["duration"] = 15'000;
      vertex["metrics"]["read-records"] = 1'000'000;
    }
    const auto second = decode_job_answer(later.dump(), first->details);
    ASSERT_TRUE(second.has_value());
    EXPECT_TRUE(second->details.is(first->details)) << first->details->name;
    EXPECT_EQ(*second->now - *first->now, std::chrono::seconds(15));
    ++shared;
  }
  EXPECT_GT(shared, 12U);
}

bool same_points(const model::FlowPoints& a, const model::FlowPoints& b) {
  const auto all = [](const model::FlowPoints::OfVertex& vertex) {
    const model::FlowPoint& point = vertex.point;
    return std::tie(vertex.id, point.at, point.started_at, point.parallelism, point.backpressured,
                    point.idle, point.busy, point.records_in, point.records_out);
  };
  return std::ranges::equal(a, b, {}, all, all);
}

/// Whatever changed, or is missing, is seen: sharing is never more than a shortcut.
TEST(JobAnswer, SaysWithAnEarlierOneWhatItSaysWithout) {
  std::size_t changed = 0;
  std::size_t noticed = 0;
  for (const std::string& body : testing::recorded_job_answers()) {
    const auto earlier = decode_job_answer(body);
    ASSERT_TRUE(earlier.has_value());
    testing::visit_alterations(json::parse(body), [&](const json& altered, const auto& at) {
      const std::string text = altered.dump();
      const auto without = decode_job_answer(text);
      const auto with = decode_job_answer(text, earlier->details);
      ASSERT_EQ(with.has_value(), without.has_value()) << at;
      if (with) {
        ASSERT_EQ(*with->details, *without->details) << at;
        ASSERT_EQ(with->now, without->now) << at;
        ASSERT_EQ(with->flow.has_value(), without->flow.has_value()) << at;
        if (with->flow) {
          ASSERT_TRUE(same_points(with->flow->vertices, without->flow->vertices)) << at;
        }
        noticed += with->details.is(earlier->details) ? 0U : 1U;
      }
      ++changed;
    });
  }
  EXPECT_GT(changed, 1'000U);
  EXPECT_GT(noticed, 100U);
}

TEST(JobAnswer, ReadsNamesThatJsonEscapes) {
  json document{{"jid", "00000000000000000000000000000a01"},
                {"name", "a \"quoted\" \\ name\n"},
                {"state", "RUNNING"},
                {"now", 1'794'000'000'000},
                {"timestamps", {{"RUNNING", 1}}},
                {"vertices", json::array()},
                {"plan", {{"nodes", json::array()}}}};
  const auto earlier = decode_job_answer(document.dump());
  ASSERT_TRUE(earlier.has_value());
  EXPECT_EQ(earlier->details->name, "a \"quoted\" \\ name\n");
  EXPECT_TRUE(decode_job_answer(document.dump(), earlier->details)->details.is(earlier->details));
  // As text the same bytes stand there, but an escape is another character than a backslash.
  document["name"] = "tab\t";
  const auto tab = decode_job_answer(document.dump());
  document["name"] = "tab\\t";
  EXPECT_EQ(decode_job_answer(document.dump(), tab->details)->details->name, "tab\\t");
  const auto backslash = decode_job_answer(document.dump());
  document["name"] = "tab\t";
  EXPECT_EQ(decode_job_answer(document.dump(), backslash->details)->details->name, "tab\t");
}

TEST(JobAnswer, AMalformedOneIsAnErrorWithAnEarlierOneToo) {
  const std::vector<std::string> bodies = testing::recorded_job_answers();
  ASSERT_FALSE(bodies.empty());
  const std::string& body = bodies.front();
  const auto earlier = decode_job_answer(body);
  ASSERT_TRUE(earlier.has_value());
  for (std::size_t size = 0; size < body.size(); size += 7) {
    EXPECT_FALSE(decode_job_answer(body.substr(0, size), earlier->details).has_value()) << size;
  }
  EXPECT_FALSE(decode_job_answer(body + "]", earlier->details).has_value());
  EXPECT_FALSE(decode_job_answer(body + body, earlier->details).has_value());
  EXPECT_TRUE(decode_job_answer(body + " \n", earlier->details)->details.is(earlier->details));
}

TEST(JobAnswer, ARowWithoutIdMovesTheOthers) {
  const json row{{"id", "cbc357ccb763df2852fee8c4fc7d55f2"}, {"name", "a"}, {"status", "RUNNING"}};
  json document{{"jid", "00000000000000000000000000000a01"},
                {"name", "job"},
                {"state", "RUNNING"},
                {"timestamps", {{"RUNNING", 1}}},
                {"vertices", json::array({json{{"name", "no id"}}, row})},
                {"plan", {{"nodes", json::array()}}}};
  const auto earlier = decode_job_answer(document.dump());
  ASSERT_TRUE(earlier.has_value());
  ASSERT_EQ(earlier->details->vertices.size(), 1U);
  EXPECT_EQ(earlier->details->vertices[0].index, 1U);
  document["vertices"].erase(0U);
  const auto later = decode_job_answer(document.dump(), earlier->details);
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->details->vertices[0].index, 0U) << "evidence points at it";
}

}  // namespace
}  // namespace auditor::collectors::wire
