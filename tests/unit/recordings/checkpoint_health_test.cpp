#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "model/report.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/recordings.h"

/// The practice checkpoint-health on real clusters: the sick jobs, and only they, are named, each
/// by the check of its sickness, from one look.
namespace auditor {
namespace {

using model::Outcome;
using nlohmann::json;

/// What NAME.truth.json calls a job's sickness, and the checks of this practice that tell it. All
/// other sicknesses, and all healthy jobs, are none of its business.
const std::map<std::string, std::set<std::string>>& expected() {
  static const std::map<std::string, std::set<std::string>> of{
      {"failed checkpoints", {"checkpoint-failing"}},
      {"long synchronous snapshot", {"checkpoint-sync-slow"}},
      {"long asynchronous snapshot", {"checkpoint-async-slow"}},
      {"state grows on the heap backend", {"state-growing"}},
      {"checkpoints expire", {"checkpoint-failing", "checkpoint-stale", "checkpoint-stuck"}}};
  return of;
}

class CheckpointHealth : public ::testing::TestWithParam<std::string> {
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
      if (verdict.practice == "checkpoint-health" && verdict.outcome == Outcome::fail) {
        findings[verdict.subject->job_name.value_or("")].push_back(verdict);
      }
    }
    truth = testing::read_json(folder / (GetParam() + ".truth.json"));
  }

  std::map<std::string, std::vector<model::Verdict>> findings;  // by job
  json truth;
};

TEST_P(CheckpointHealth, NamesTheSickJobsAndNoOthers) {
  for (const auto& [name, job] : truth["jobs"].items()) {
    SCOPED_TRACE(name);
    std::set<std::string> found;
    for (const model::Verdict& finding : findings[name]) {
      found.insert(finding.check);
    }
    const auto sickness = expected().find(job.value("live", ""));
    EXPECT_EQ(found, sickness == expected().end() ? std::set<std::string>{} : sickness->second);
    findings.erase(name);
  }
  EXPECT_TRUE(findings.empty()) << "a finding on a job that the truth does not know";
}

TEST_P(CheckpointHealth, SaysWhereTheTimeWent) {
  const std::string task_manager = "on TaskManager " + GetParam() + "-tm1";
  const auto says = [](const model::Verdict& finding, std::string_view text) {
    EXPECT_NE(finding.message.view().find(text), std::string::npos)
        << finding.check << " does not say " << text << ": " << finding.message;
  };
  std::size_t seen = 0;
  for (const auto& [job, of_job] : findings) {
    for (const model::Verdict& finding : of_job) {
      if (finding.check == "checkpoint-async-slow" || finding.check == "checkpoint-sync-slow") {
        EXPECT_TRUE(finding.subject->vertex_name.value_or("").starts_with("remember"))
            << finding.subject->vertex_name.value_or("");
        says(finding, "/2)");
        says(finding, task_manager);
        says(finding, finding.check == "checkpoint-async-slow" ? "took 3." : "1.5 s");
        says(finding, finding.check == "checkpoint-async-slow" ? "KiB/s" : "takes no records");
        ++seen;
      } else if (finding.check == "checkpoint-stuck") {
        says(finding, "waited for \"remember");
        ++seen;
      }
    }
  }
  EXPECT_EQ(seen, truth["cluster"] == "sick" ? 3U : 0U);
}

INSTANTIATE_TEST_SUITE_P(Recordings, CheckpointHealth,
                         ::testing::ValuesIn(testing::recorded_clusters()),
                         [](const auto& test) { return testing::test_name(test.param); });

}  // namespace
}  // namespace auditor
