#include <cstdlib>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "advice/baseline.h"
#include "audit/audit.h"
#include "base/files.h"
#include "checks/engine.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/prometheus.h"
#include "report/sarif.h"
#include "report/text.h"
#include "tests/unit/support/files.h"
#include "version.h"

namespace auditor::report {
namespace {

using model::Verdict;

/// Some checks on a small cluster: fails of cluster, job and vertex, one of them waived, passes,
/// and unknown verdicts of health.
model::AuditReport small_report() {
  const auto recording = collectors::Recording::read(
      testing::source("tests/recordings/adaptive-2.3.0.json.gz").string());
  EXPECT_TRUE(recording);
  audit::Request request;
  for (const model::CheckInfo* info : checks::descriptions()) {
    request.settings.checks[std::string(info->id)].enabled = false;
  }
  for (const char* check :
       {"checkpoints-not-retained", "high-availability-off", "max-parallelism-unset",
        "operator-uid-missing", "running-below-parallelism"}) {
    request.settings.checks[check].enabled = true;
  }
  model::Waiver waiver;
  waiver.id = "w1";
  waiver.check = "checkpoints-not-retained";
  waiver.job = "adaptive-all";
  waiver.reason = "its state is made anew from the source";
  waiver.owner = "ops";
  waiver.until = base::parse_rfc3339("2027-01-31T00:00:00Z");
  request.settings.waivers.push_back(std::move(waiver));
  return audit::judge(*audit::look(*recording, request), request.settings).report;
}

/// The same audit, when `adaptive-none` had all its UIDs and `adaptive-all` no max parallelism.
model::AuditReport baseline_of(const model::AuditReport& report) {
  std::vector<Verdict> verdicts(report.results.begin(), report.results.end());
  for (Verdict& verdict : verdicts) {
    if (verdict.check == "operator-uid-missing") {
      verdict.outcome = model::Outcome::pass;
    } else if (verdict.check == "max-parallelism-unset" &&
               verdict.subject->job_name == "adaptive-all") {
      verdict.outcome = model::Outcome::fail;
      verdict.severity = model::Severity::high;
      verdict.message = "max parallelism is not set";
    }
  }
  model::AuditReport baseline = report;
  baseline.results = model::VerdictList(std::move(verdicts));
  return baseline;
}

/// A release changes no golden file.
std::string without_version(std::string text) {
  const std::string release(version);
  for (std::size_t at = text.find(release); at != std::string::npos; at = text.find(release, at)) {
    text.replace(at, release.size(), "VERSION");
  }
  return text;
}

/// The pages of the checks change more often than the format.
std::string without_pages(const std::string& sarif) {
  auto document = nlohmann::ordered_json::parse(sarif);
  for (auto& rule : document["runs"][0]["tool"]["driver"]["rules"]) {
    EXPECT_TRUE(rule["help"]["markdown"].get<std::string>().starts_with("# "));
    rule.erase("help");
    rule.erase("fullDescription");
  }
  return document.dump(2) + "\n";
}

void expect_golden(const std::string& name, const std::string& made) {
  const auto path = testing::source("tests/unit/report/golden/" + name);
  const std::string text = without_version(made);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no test changes the environment
  if (std::getenv("AUDITOR_UPDATE") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(base::write_file(path.string(), text));
  }
  const auto golden = base::read_file(path.string(), base::mebibytes(1));
  ASSERT_TRUE(golden) << name << ": make it with AUDITOR_UPDATE=1";
  EXPECT_EQ(text, *golden) << name << ": AUDITOR_UPDATE=1 writes it anew";
}

class GoldenReport : public ::testing::Test {
 protected:
  const model::AuditReport report = small_report();
  const model::AuditReport baseline = baseline_of(report);
  const model::BaselineDifference since = advice::compare_with_baseline(report, baseline, {});
  const std::string note = "Not counted for the exit code: health (1 high; --live counts it).";
};

TEST_F(GoldenReport, Text) {
  expect_golden("plain.txt", to_text(report, {}));
  expect_golden("since-baseline.txt", to_text(report, {.baseline = &since, .note = note}));
}

TEST_F(GoldenReport, Markdown) {
  expect_golden("plain.md", to_markdown(report));
  expect_golden("since-baseline.md", to_markdown(report, {.baseline = &since, .note = note}));
  expect_golden("short.md", to_markdown(report, {.longest = 4'000, .note = note}));
}

TEST_F(GoldenReport, Sarif) {
  expect_golden("plain.sarif.json", without_pages(to_sarif(report, {})));
  expect_golden("since-baseline.sarif.json",
                without_pages(to_sarif(report, {.path = "deploy/a job.yaml", .baseline = &since})));
}

TEST_F(GoldenReport, JUnit) {
  expect_golden("plain.junit.xml", to_junit(report, nullptr));
  expect_golden("since-baseline.junit.xml", to_junit(report, &since));
}

TEST_F(GoldenReport, Prometheus) {
  expect_golden("plain.prom", to_prometheus(report));
}

}  // namespace
}  // namespace auditor::report
