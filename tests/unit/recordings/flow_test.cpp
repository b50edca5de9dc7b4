#include <map>
#include <set>

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "model/report.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/recordings.h"

/// The practices flow and resources on real clusters: the sick jobs, and only they, are named, as
/// far as the release shows it.
namespace auditor {
namespace {

using model::Outcome;
using nlohmann::json;

class Flow : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto folder = testing::source("tests/recordings/");
    const auto recording =
        collectors::Recording::read((folder / (GetParam() + ".json.gz")).string());
    ASSERT_TRUE(recording) << recording.error().message;
    const audit::Request request;
    const auto snapshot = audit::look(*recording, request);
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    for (const model::Verdict& verdict : audit::judge(*snapshot, request.settings).report.results) {
      if (verdict.practice == "flow" || verdict.practice == "resources") {
        verdicts[verdict.subject->job_name.value_or("")].push_back(verdict);
      }
    }
    truth = testing::read_json(folder / (GetParam() + ".truth.json"));
  }

  std::set<std::string> of(const std::string& job, Outcome outcome) const {
    std::set<std::string> found;
    if (const auto known = verdicts.find(job); known != verdicts.end()) {
      for (const model::Verdict& verdict : known->second) {
        if (verdict.outcome == outcome) {
          found.insert(verdict.check);
        }
      }
    }
    return found;
  }

  std::map<std::string, std::vector<model::Verdict>> verdicts;  // by job
  json truth;
};

TEST_P(Flow, NamesTheSickJobsAndNoOthers) {
  const bool adds_times_up = truth["flink"] != "1.13.6";
  EXPECT_EQ(of("", Outcome::fail), std::set<std::string>{});
  for (const auto& [name, job] : truth["jobs"].items()) {
    SCOPED_TRACE(name);
    const std::string live = job.value("live", "");
    std::set<std::string> expected;
    if (live == "backpressure" && adds_times_up) {
      expected = {"backpressure-sustained", "bottleneck"};
    } else if (live == "data skew") {
      expected = {"data-skew"};
    }
    EXPECT_EQ(of(name, Outcome::fail), expected);
    if (live == "backpressure" && !adds_times_up) {
      EXPECT_TRUE(of(name, Outcome::unknown).contains("backpressure-sustained"));
      EXPECT_TRUE(of(name, Outcome::unknown).contains("bottleneck"));
    }
  }
}

TEST_P(Flow, SaysWhereToLook) {
  for (const model::Verdict& verdict : verdicts["backpressured"]) {
    if (verdict.check == "backpressure-sustained" && verdict.outcome == Outcome::fail) {
      EXPECT_EQ(verdict.subject->vertex_name, "Source: numbers -> numbers-pace");
      EXPECT_NE(verdict.remediation.text().find("remember"), std::string::npos)
          << verdict.remediation;
    }
    if (verdict.check == "bottleneck" && verdict.outcome == Outcome::fail) {
      EXPECT_TRUE(verdict.subject->vertex_name.value_or("").starts_with("remember"));
    }
  }
  for (const model::Verdict& verdict : verdicts["hot-key"]) {
    if (verdict.check == "data-skew" && verdict.outcome == Outcome::fail) {
      EXPECT_TRUE(verdict.subject->vertex_name.value_or("").starts_with("remember"));
      EXPECT_NE(verdict.message.view().find("subtask 3/4 has read 92 %"), std::string::npos)
          << verdict.message;
      EXPECT_EQ(verdict.severity, model::Severity::info) << "it is hardly busy";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recordings, Flow, ::testing::ValuesIn(testing::recorded_clusters()),
                         [](const auto& test) { return testing::test_name(test.param); });

}  // namespace
}  // namespace auditor
