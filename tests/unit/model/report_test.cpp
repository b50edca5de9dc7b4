#include "model/report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace auditor::model {
namespace {

Verdict verdict(std::string check, std::string practice, Outcome outcome, Severity severity,
                std::optional<std::string> job = std::nullopt,
                Confidence confidence = Confidence::certain) {
  Verdict v;
  v.check = std::move(check);
  v.practice = std::move(practice);
  v.outcome = outcome;
  v.severity = severity;
  v.confidence = confidence;
  if (job) {
    v.subject.edit().kind = SubjectKind::job;
    v.subject.edit().job_id = JobId(*job);
    v.subject.edit().job_name = job;
  }
  return v;
}

Snapshot with_jobs(const std::vector<std::string>& names) {
  Snapshot snapshot;
  for (const std::string& name : names) {
    JobSnapshot& job = snapshot.jobs.emplace_back();
    job.overview.id = JobId(name);
    job.overview.name = name;
  }
  return snapshot;
}

/// Enough passes that a score is given: eight assessed checks.
void add_passes(std::vector<Verdict>& verdicts, const std::optional<std::string>& job) {
  for (int i = 0; i < 8; ++i) {
    verdicts.push_back(
        verdict("p" + std::to_string(i), "recovery", Outcome::pass, Severity::low, job));
  }
}

TEST(Score, TakesEachFailedCheckOnceAndHalfWhereLikely) {
  std::vector<Verdict> verdicts;
  add_passes(verdicts, std::nullopt);
  verdicts.push_back(verdict("a", "exposure", Outcome::fail, Severity::high));
  verdicts.push_back(verdict("a", "exposure", Outcome::fail, Severity::high));
  verdicts.push_back(
      verdict("b", "upgrade", Outcome::fail, Severity::medium, std::nullopt, Confidence::likely));
  const AuditReport report = make_report(with_jobs({}), verdicts);
  EXPECT_EQ(report.score.value, 100 - 10 - 2);
  EXPECT_EQ(grade_of(report.score), "B");
}

TEST(Score, CapsWhatAPracticeCosts) {
  std::vector<Verdict> verdicts;
  add_passes(verdicts, std::nullopt);
  for (const char* check : {"a", "b", "c"}) {
    verdicts.push_back(verdict(check, "high-availability", Outcome::fail, Severity::critical));
  }
  const AuditReport report = make_report(with_jobs({}), verdicts);
  EXPECT_EQ(report.score.value, 75);
  double lost = 0;
  for (const Loss& loss : report.losses) {
    lost += loss.points;
  }
  EXPECT_DOUBLE_EQ(lost, 25) << "the losses add up to what the score lost";
}

TEST(Score, OfAClusterLosesTheMeanOfItsJobs) {
  std::vector<Verdict> verdicts;
  add_passes(verdicts, std::nullopt);
  add_passes(verdicts, "good");
  add_passes(verdicts, "bad");
  verdicts.push_back(verdict("x", "checkpointing", Outcome::fail, Severity::critical, "bad"));
  const AuditReport report = make_report(with_jobs({"good", "bad"}), verdicts);
  EXPECT_EQ(report.score.value, 100 - 12.5);
  ASSERT_EQ(report.jobs.size(), 2U);
  EXPECT_EQ(report.jobs.front().name, "bad") << "the worst job first";
  EXPECT_EQ(report.jobs.front().score.value, 75);
  EXPECT_EQ(report.jobs.back().score.value, 100);
}

TEST(Score, LeavesOutJobsThatCouldNotBeJudged) {
  std::vector<Verdict> verdicts;
  add_passes(verdicts, std::nullopt);
  add_passes(verdicts, "good");
  for (int i = 0; i < 9; ++i) {
    verdicts.push_back(
        verdict("p" + std::to_string(i), "recovery", Outcome::unknown, Severity::low, "new"));
  }
  verdicts.push_back(verdict("x", "checkpointing", Outcome::fail, Severity::critical, "new"));
  const AuditReport report = make_report(with_jobs({"good", "new"}), verdicts);
  EXPECT_EQ(report.score.value, 100);
  EXPECT_EQ(report.jobs.front().score.value, std::nullopt);
  EXPECT_EQ(grade_of(report.jobs.front().score), "n/a");
}

TEST(Score, IsNotGivenForTooLittle) {
  const AuditReport few = make_report(
      with_jobs({}), std::vector<Verdict>{verdict("a", "upgrade", Outcome::pass, Severity::low)});
  EXPECT_EQ(few.score.value, std::nullopt);
  EXPECT_EQ(few.score.coverage, 1);
  std::vector<Verdict> mostly_unknown;
  add_passes(mostly_unknown, std::nullopt);
  for (int i = 0; i < 9; ++i) {
    mostly_unknown.push_back(
        verdict("u" + std::to_string(i), "upgrade", Outcome::unknown, Severity::low));
  }
  EXPECT_EQ(make_report(with_jobs({}), mostly_unknown).score.value, std::nullopt);
}

TEST(Report, PutsTheWorstFirstAndCountsByPractice) {
  const AuditReport report =
      make_report(with_jobs({"j"}),
                  std::vector<Verdict>{
                      verdict("ok", "upgrade", Outcome::pass, Severity::low),
                      verdict("small", "upgrade", Outcome::fail, Severity::low),
                      verdict("what", "exposure", Outcome::unknown, Severity::low),
                      verdict("big", "max-parallelism", Outcome::fail, Severity::critical, "j")});
  ASSERT_EQ(report.results.size(), 4U);
  EXPECT_EQ(report.results[0].check, "big");
  EXPECT_EQ(report.results[1].check, "small");
  EXPECT_EQ(report.results[2].check, "what");
  EXPECT_EQ(report.results[3].check, "ok");
  ASSERT_EQ(report.practices.size(), 3U);
  EXPECT_EQ(report.practices[0].practice.id, "max-parallelism");
  EXPECT_EQ(report.practices[1].verdict, Outcome::unknown);
  EXPECT_EQ(report.practices[2].verdict, Outcome::fail);
  EXPECT_EQ(report.practices[2].findings, 1U);
}

TEST(ReportJson, LeavesNoFieldOutAndSurvivesBadNames) {
  Verdict v = verdict("a", "upgrade", Outcome::fail, Severity::low, "bad \xff name");
  v.evidence.push_back({"label", std::int64_t{7}, "", "", std::nullopt, std::nullopt});
  const auto json = nlohmann::json::parse(
      to_json(make_report(with_jobs({"bad \xff name"}), std::vector<Verdict>{v})));
  EXPECT_EQ(json["schema"], "flink-auditor/report/1");
  for (const char* key : {"tool", "taken_at", "cluster", "score", "health", "practices", "jobs",
                          "results", "requests"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_TRUE(json["score"]["value"].is_null());
  EXPECT_TRUE(json["cluster"]["flink_version"].is_null());
  const auto& result = json["results"][0];
  EXPECT_TRUE(result.contains("waiver"));
  EXPECT_TRUE(result["subject"].contains("task_manager_id"));
  EXPECT_EQ(result["evidence"][0]["value"], 7);
  EXPECT_TRUE(result["evidence"][0]["source"].is_null());
}

TEST(Fingerprint, StaysOverRedeploymentsAndTellsSubjectsApart) {
  Subject vertex;
  vertex.kind = SubjectKind::vertex;
  vertex.job_id = JobId("1");
  vertex.job_name = "orders";
  vertex.vertex_id = JobVertexId("a");
  vertex.vertex_name = "map";
  vertex.vertex_ordinal = 0;
  const Fingerprint before = fingerprint_of("check", vertex, "orders", "");
  vertex.job_id = JobId("2");
  vertex.vertex_id = JobVertexId("b");
  EXPECT_EQ(fingerprint_of("check", vertex, "orders", ""), before);
  vertex.vertex_ordinal = 1;
  EXPECT_NE(fingerprint_of("check", vertex, "orders", ""), before);
}

TEST(Fingerprint, IsReadAsItIsWritten) {
  const Fingerprint made = fingerprint_of("check", {}, "", "");
  EXPECT_EQ(made.text().size(), 32U);
  EXPECT_EQ(Fingerprint::from_text(made.text()), made);
  EXPECT_EQ(Fingerprint::from_text("00112233445566778899aabbccddeeff").text(),
            "00112233445566778899aabbccddeeff");
  EXPECT_NE(Fingerprint::from_text("of another tool"), Fingerprint::from_text("of a third"));
  EXPECT_NE(Fingerprint::from_text("0011223344556677 899aabbccddeeff"), Fingerprint());
}

}  // namespace
}  // namespace auditor::model
