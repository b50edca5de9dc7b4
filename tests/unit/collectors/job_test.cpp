#include "collectors/wire/job.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "collectors/recording.h"
#include "collectors/wire/cluster.h"
#include "tests/unit/support/recordings.h"

namespace auditor::collectors::wire {
namespace {

using nlohmann::json;

/// The answers of `/jobs/:id` of every recorded cluster.
std::vector<std::string> recorded_jobs() {
  std::vector<std::string> bodies;
  for (const std::string& name : testing::recorded_clusters()) {
    const auto recording =
        Recording::read(testing::source("tests/recordings/" + name + ".json.gz").string());
    const auto list =
        recording ? recording->answer("/jobs/overview") : tl::unexpected(recording.error());
    if (!list) {
      ADD_FAILURE() << name << ": " << list.error().message;
      continue;
    }
    const auto jobs = decode_overview(list->body);
    for (const model::JobOverview& job : jobs.value()) {
      if (auto answer = recording->answer("/jobs/" + job.id.value); answer) {
        bodies.push_back(std::move(answer->body));
      }
    }
  }
  return bodies;
}

/// Calls `visit` for every value in the document that has no values in it.
void visit_leaves(const json& value, const json::json_pointer& at,
                  const std::function<void(const json::json_pointer&)>& visit) {
  if (!value.is_structured() || value.empty()) {
    visit(at);
  } else if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      visit_leaves(inner, at / key, visit);
    }
  } else {
    for (std::size_t i = 0; i < value.size(); ++i) {
      visit_leaves(value[i], at / i, visit);
    }
  }
}

/// Another value of the same kind.
json other_than(const json& value) {
  if (value.is_number()) {
    return value.get<double>() + 1;
  }
  if (value.is_boolean()) {
    return !value.get<bool>();
  }
  return value.is_string() ? json(value.get<std::string>() + "x") : json("x");
}

TEST(JobAnswer, SharesWhatALookBeforeSaw) {
  std::size_t shared = 0;
  for (const std::string& body : recorded_jobs()) {
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

/// Whatever changed, or is missing, is seen: sharing is never more than a shortcut.
TEST(JobAnswer, SaysWithAnEarlierOneWhatItSaysWithout) {
  std::size_t changed = 0;
  std::size_t noticed = 0;
  for (const std::string& body : recorded_jobs()) {
    const json document = json::parse(body);
    const auto earlier = decode_job_answer(body);
    ASSERT_TRUE(earlier.has_value());
    visit_leaves(document, json::json_pointer(), [&](const json::json_pointer& at) {
      json altered = document;
      altered[at] = other_than(document[at]);
      json lacking = document;
      json& parent = lacking[at.parent_pointer()];
      if (parent.is_object()) {
        parent.erase(at.back());
      } else {
        parent.erase(std::stoul(at.back()));
      }
      for (const json& other : {altered, lacking}) {
        const std::string text = other.dump();
        const auto without = decode_job_answer(text);
        const auto with = decode_job_answer(text, earlier->details);
        ASSERT_EQ(with.has_value(), without.has_value()) << at;
        if (with) {
          ASSERT_EQ(*with->details, *without->details) << at;
          ASSERT_EQ(with->now, without->now) << at;
          noticed += with->details.is(earlier->details) ? 0U : 1U;
        }
        ++changed;
      }
    });
  }
  EXPECT_GT(changed, 1'000U);
  EXPECT_GT(noticed, 100U);
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
