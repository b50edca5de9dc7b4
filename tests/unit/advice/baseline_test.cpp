#include "advice/baseline.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace auditor::advice {
namespace {

using model::AuditReport;
using model::Outcome;
using model::Severity;
using model::SinceBaseline;
using model::Verdict;

struct Job {
  std::string id;
  std::string name;
};

/// A verdict as a run makes it: the JobID is in the fingerprint where jobs share a name.
Verdict verdict_of(const std::string& check, Outcome outcome, const Job& job, bool shared = false) {
  Verdict verdict;
  verdict.check = check;
  verdict.practice = "max-parallelism";
  verdict.outcome = outcome;
  verdict.severity = Severity::medium;
  verdict.subject.edit().kind = model::SubjectKind::job;
  verdict.subject.edit().job_id = model::JobId(job.id);
  verdict.subject.edit().job_name = job.name;
  verdict.fingerprint = model::fingerprint_of(check, *verdict.subject,
                                              shared ? job.name + " " + job.id : job.name, "");
  return verdict;
}

AuditReport report_of(const std::vector<Job>& jobs, std::vector<Verdict> verdicts) {
  model::Snapshot snapshot;
  for (const Job& job : jobs) {
    model::JobSnapshot& seen = snapshot.jobs.emplace_back();
    seen.overview.id = model::JobId(job.id);
    seen.overview.name = job.name;
  }
  return model::make_report(snapshot, std::move(verdicts));
}

std::vector<SinceBaseline> states(const AuditReport& report,
                                  const model::BaselineDifference& since) {
  std::vector<SinceBaseline> found;
  for (const Verdict& verdict : report.results) {
    if (verdict.outcome == Outcome::fail) {
      found.push_back(since.of(verdict));
    }
  }
  return found;
}

const Job orders{"a1", "orders"};
const Job orders_again{"b1", "orders"};
const Job totals{"a2", "totals"};

TEST(Baseline, KnowsAFindingAfterARedeployment) {
  const auto before = report_of({orders}, {verdict_of("a", Outcome::fail, orders)});
  const auto after = report_of({orders_again}, {verdict_of("a", Outcome::fail, orders_again)});
  const auto since = compare_with_baseline(after, before, {});
  EXPECT_EQ(states(after, since), std::vector{SinceBaseline::known});
  EXPECT_TRUE(since.fixed.empty());
}

TEST(Baseline, TellsWhatIsNewAndWhatIsFixed) {
  const auto before = report_of(
      {orders}, {verdict_of("a", Outcome::fail, orders), verdict_of("b", Outcome::pass, orders)});
  const auto after = report_of(
      {orders}, {verdict_of("a", Outcome::pass, orders), verdict_of("b", Outcome::fail, orders)});
  const auto since = compare_with_baseline(after, before, {});
  EXPECT_EQ(states(after, since), std::vector{SinceBaseline::added});
  ASSERT_EQ(since.fixed.size(), 1U);
  EXPECT_EQ(since.fixed.front()->check, "a");
}

TEST(Baseline, AHigherSeverityIsWorseAndALowerOneKnown) {
  Verdict severe = verdict_of("a", Outcome::fail, orders);
  severe.severity = Severity::critical;
  const auto mild = report_of({orders}, {verdict_of("a", Outcome::fail, orders)});
  const auto bad = report_of({orders}, {severe});
  EXPECT_EQ(states(bad, compare_with_baseline(bad, mild, {})), std::vector{SinceBaseline::worse});
  EXPECT_EQ(states(mild, compare_with_baseline(mild, bad, {})), std::vector{SinceBaseline::known});
}

TEST(Baseline, AFindingWhoseWaiverEndedIsNew) {
  Verdict waived = verdict_of("a", Outcome::fail, orders);
  waived.waiver = model::WaiverNote{.id = "w", .reason = "for now", .owner = "", .until = {}};
  const auto before = report_of({orders}, {waived});
  const auto after = report_of({orders}, {verdict_of("a", Outcome::fail, orders)});
  EXPECT_EQ(states(after, compare_with_baseline(after, before, {})),
            std::vector{SinceBaseline::added});
  const auto gone = report_of({orders}, {verdict_of("a", Outcome::pass, orders)});
  EXPECT_TRUE(compare_with_baseline(gone, before, {}).fixed.empty());
}

TEST(Baseline, CountsFindingsOfJobsThatShareAName) {
  const Job first{"a1", "insert"};
  const Job second{"a2", "insert"};
  const Job third{"a3", "insert"};
  const auto before = report_of({first, second}, {verdict_of("a", Outcome::fail, first, true),
                                                  verdict_of("a", Outcome::pass, second, true)});
  const Job new_first{"b1", "insert"};
  const Job new_second{"b2", "insert"};
  const auto same =
      report_of({new_first, new_second}, {verdict_of("a", Outcome::pass, new_first, true),
                                          verdict_of("a", Outcome::fail, new_second, true)});
  EXPECT_EQ(states(same, compare_with_baseline(same, before, {})),
            std::vector{SinceBaseline::known});
  const auto more = report_of({new_first, third}, {verdict_of("a", Outcome::fail, new_first, true),
                                                   verdict_of("a", Outcome::fail, third, true)});
  auto found = states(more, compare_with_baseline(more, before, {}));
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector{SinceBaseline::added, SinceBaseline::known}));
  // One of them alone again: its fingerprint holds no JobID.
  const auto alone = report_of({new_first}, {verdict_of("a", Outcome::fail, new_first)});
  EXPECT_EQ(states(alone, compare_with_baseline(alone, before, {})),
            std::vector{SinceBaseline::known});
}

TEST(Baseline, WhatCouldNotBeJudgedIsNotFixed) {
  Verdict of_vertex = verdict_of("a", Outcome::fail, orders);
  of_vertex.subject.edit().vertex_name = "map";
  const auto before = report_of({orders}, {of_vertex});
  const auto of_job = report_of({orders}, {verdict_of("a", Outcome::unknown, orders)});
  EXPECT_TRUE(compare_with_baseline(of_job, before, {}).fixed.empty());
  const auto other_check = report_of({orders}, {verdict_of("b", Outcome::pass, orders)});
  EXPECT_TRUE(compare_with_baseline(other_check, before, {}).fixed.empty());
}

TEST(Baseline, WhatWasNotLookedAtIsNotFixed) {
  const auto before = report_of({orders, totals}, {verdict_of("a", Outcome::fail, orders),
                                                   verdict_of("a", Outcome::fail, totals)});
  const auto after = report_of({orders}, {verdict_of("a", Outcome::pass, orders)});
  const std::vector<std::string> narrowed{"ord*"};
  const auto since = compare_with_baseline(after, before, narrowed);
  ASSERT_EQ(since.fixed.size(), 1U);
  EXPECT_EQ(since.fixed.front()->subject->job_name, "orders");
  EXPECT_EQ(compare_with_baseline(after, before, {}).fixed.size(), 2U);
}

}  // namespace
}  // namespace auditor::advice
