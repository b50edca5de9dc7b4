#include "checks/tracker.h"

#include <gtest/gtest.h>

#include "checks/waivers.h"

namespace auditor::checks {
namespace {

using model::Outcome;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Timestamp begin{std::chrono::hours(500'000)};

/// One cluster with one job, looked at again and again.
class TrackerTest : public ::testing::Test {
 protected:
  TrackerTest() {
    // A check of the job without a `for`, and the check that has one.
    settings.checks["checkpointing-off"].pending_for = minutes(0);
  }

  static model::Verdict verdict(Outcome outcome, const std::string& check = "checkpointing-off") {
    model::Verdict verdict;
    verdict.check = check;
    verdict.outcome = outcome;
    verdict.severity = model::Severity::high;
    if (check != "cluster-unreachable") {
      verdict.subject.edit().kind = model::SubjectKind::job;
      verdict.subject.edit().job_id = model::JobId("a1");
      verdict.subject.edit().job_name = "orders";
    }
    verdict.fingerprint = model::fingerprint_of(check, *verdict.subject, "orders", "");
    verdict.message = outcome == Outcome::fail || outcome == Outcome::pass
                          ? base::Wording("message")
                          : base::Wording();
    verdict.reason = verdict.message.empty() ? base::Wording("reason") : base::Wording();
    return verdict;
  }

  model::CycleRecord look(base::Timestamp now, const std::vector<model::Verdict>& verdicts,
                          bool complete = true) {
    model::CycleRecord record;
    const model::VerdictList list(verdicts);
    tracker.apply(
        {.now = now, .verdicts = &list, .complete = complete, .jobs = &jobs, .live_jobs = &live},
        settings, record);
    return record;
  }

  /// "pending>firing" of each transition.
  static std::string transitions(const model::CycleRecord& record) {
    std::string all;
    for (const model::Transition& transition : record.transitions) {
      all += all.empty() ? "" : " ";
      all += transition.from ? to_text(*transition.from) : "new";
      all += ">";
      all += to_text(transition.to);
    }
    return all;
  }

  Tracker tracker{"prod"};
  model::Settings settings;
  std::map<model::JobId, std::string> jobs{{model::JobId("a1"), "record"}};
  std::set<std::string> live{"record"};
};

TEST_F(TrackerTest, AFailWithoutForFiresAtOnceAndResolvesWhenItPasses) {
  const auto first = look(begin, {verdict(Outcome::fail)});
  EXPECT_EQ(transitions(first), "new>firing");
  ASSERT_EQ(first.findings.size(), 1U);
  EXPECT_EQ(first.findings[0].job, "record");
  EXPECT_EQ(first.findings[0].firing_since, begin);
  EXPECT_EQ(tracker.open(), 1U);
  const auto second = look(begin + seconds(30), {verdict(Outcome::fail)});
  EXPECT_TRUE(second.empty()) << "a quiet look writes nothing";
  const auto third = look(begin + seconds(60), {verdict(Outcome::pass)});
  EXPECT_EQ(transitions(third), "firing>resolved");
  EXPECT_EQ(third.findings.at(0).resolved_at, begin + seconds(60));
  EXPECT_EQ(tracker.open(), 0U);
}

TEST_F(TrackerTest, AFailIsPendingUntilItsForHasPassed) {
  settings.checks["checkpointing-off"].pending_for = minutes(5);
  EXPECT_EQ(transitions(look(begin, {verdict(Outcome::fail)})), "new>pending");
  EXPECT_EQ(transitions(look(begin + minutes(4), {verdict(Outcome::fail)})), "");
  EXPECT_EQ(transitions(look(begin + minutes(5), {verdict(Outcome::fail)})), "pending>firing");
}

TEST_F(TrackerTest, APendingFailThatPassesNeverFires) {
  settings.checks["checkpointing-off"].pending_for = minutes(5);
  look(begin, {verdict(Outcome::fail)});
  EXPECT_EQ(transitions(look(begin + minutes(1), {verdict(Outcome::pass)})), "pending>resolved");
  EXPECT_EQ(transitions(look(begin + minutes(6), {verdict(Outcome::fail)})), "new>pending")
      << "the time that it failed before does not count";
}

TEST_F(TrackerTest, TheDescriptorsForHoldsWhereTheConfigurationHasNone) {
  const auto fail = verdict(Outcome::fail, "cluster-unreachable");
  EXPECT_EQ(transitions(look(begin, {fail}, false)), "new>pending");
  EXPECT_EQ(transitions(look(begin + minutes(5), {fail}, false)), "pending>firing");
}

TEST_F(TrackerTest, KeepsFiringForAWhile) {
  settings.checks["checkpointing-off"].keep_firing_for = minutes(10);
  look(begin, {verdict(Outcome::fail)});
  EXPECT_EQ(transitions(look(begin + minutes(1), {verdict(Outcome::pass)})), "");
  EXPECT_EQ(transitions(look(begin + minutes(10), {verdict(Outcome::pass)})), "");
  EXPECT_EQ(transitions(look(begin + minutes(11), {verdict(Outcome::pass)})), "firing>resolved");
}

TEST_F(TrackerTest, AFailWhileItKeepsFiringStartsTheWaitAnew) {
  settings.checks["checkpointing-off"].keep_firing_for = minutes(10);
  look(begin, {verdict(Outcome::fail)});
  look(begin + minutes(1), {verdict(Outcome::pass)});
  EXPECT_EQ(transitions(look(begin + minutes(5), {verdict(Outcome::fail)})), "");
  EXPECT_EQ(transitions(look(begin + minutes(6), {verdict(Outcome::pass)})), "");
  EXPECT_EQ(transitions(look(begin + minutes(15), {verdict(Outcome::pass)})), "");
  EXPECT_EQ(transitions(look(begin + minutes(16), {verdict(Outcome::pass)})), "firing>resolved");
}

TEST_F(TrackerTest, UnknownNeitherOpensNorResolves) {
  EXPECT_EQ(transitions(look(begin, {verdict(Outcome::unknown)})), "");
  look(begin + seconds(30), {verdict(Outcome::fail)});
  EXPECT_EQ(transitions(look(begin + seconds(60), {verdict(Outcome::unknown)})), "");
  EXPECT_EQ(tracker.open(), 1U);
}

TEST_F(TrackerTest, AnUnknownJobHoldsTheFindingsOfItsVertices) {
  model::Verdict vertex = verdict(Outcome::fail);
  vertex.subject.edit().kind = model::SubjectKind::vertex;
  vertex.subject.edit().vertex_name = "map";
  vertex.fingerprint = model::Fingerprint::from_text("vertex");
  look(begin, {vertex});
  EXPECT_EQ(transitions(look(begin + seconds(30), {verdict(Outcome::unknown)})), "");
  EXPECT_EQ(transitions(look(begin + seconds(60), {verdict(Outcome::pass)})), "firing>resolved")
      << "the vertex is no longer there, and the job passes";
}

TEST_F(TrackerTest, ALookThatSawNothingChangesNothingButWhatItJudged) {
  look(begin, {verdict(Outcome::fail)});
  const auto failed = look(begin + seconds(30), {}, false);
  EXPECT_EQ(transitions(failed), "");
  EXPECT_TRUE(failed.verdicts.empty());
  EXPECT_EQ(tracker.open(), 1U);
}

TEST_F(TrackerTest, AJobThatEndedResolvesItsFindingsAtOnce) {
  settings.checks["checkpointing-off"].keep_firing_for = minutes(10);
  look(begin, {verdict(Outcome::fail)});
  live.clear();
  jobs.clear();
  const auto record = look(begin + seconds(30), {});
  EXPECT_EQ(transitions(record), "firing>resolved");
  EXPECT_EQ(record.transitions.at(0).reason, "the job is no longer there");
  ASSERT_EQ(record.verdicts.size(), 1U);
  EXPECT_TRUE(record.verdicts[0].gone);
}

TEST_F(TrackerTest, AJobThatRunsButCouldNotBeReadKeepsItsFindings) {
  look(begin, {verdict(Outcome::fail)});
  jobs.clear();
  const auto record = look(begin + seconds(30), {});
  EXPECT_EQ(transitions(record), "");
  EXPECT_TRUE(record.verdicts.empty());
}

TEST_F(TrackerTest, ADisabledCheckResolvesItsFindings) {
  look(begin, {verdict(Outcome::fail)});
  settings.checks["checkpointing-off"].enabled = false;
  const auto record = look(begin + seconds(30), {});
  EXPECT_EQ(transitions(record), "firing>resolved");
  EXPECT_EQ(record.transitions.at(0).reason, "the check is disabled");
}

TEST_F(TrackerTest, FlappingIsBounded) {
  std::size_t resolved = 0;
  for (int minute = 0; minute < 240; ++minute) {
    const auto outcome = minute % 2 == 0 ? Outcome::fail : Outcome::pass;
    const auto record = look(begin + minutes(minute), {verdict(outcome)});
    resolved += transitions(record).find(">resolved") == std::string::npos ? 0U : 1U;
  }
  EXPECT_GE(resolved, 1U);
  EXPECT_LE(resolved, 8U) << "of 120 times that it passed";
}

TEST_F(TrackerTest, ASeverityThatChangesIsWrittenWithoutATransition) {
  look(begin, {verdict(Outcome::fail)});
  model::Verdict worse = verdict(Outcome::fail);
  worse.severity = model::Severity::critical;
  const auto record = look(begin + seconds(30), {worse});
  EXPECT_EQ(transitions(record), "");
  ASSERT_EQ(record.findings.size(), 1U);
  EXPECT_EQ(record.findings[0].verdict->severity, model::Severity::critical);
  ASSERT_EQ(record.verdicts.size(), 1U);
}

TEST_F(TrackerTest, AnUnchangedFindingIsWrittenOnceAnHour) {
  look(begin, {verdict(Outcome::fail)});
  std::size_t written = 0;
  for (int minute = 1; minute <= 180; ++minute) {
    written += look(begin + minutes(minute), {verdict(Outcome::fail)}).findings.size();
  }
  EXPECT_EQ(written, 3U);
}

TEST_F(TrackerTest, IntervalsOpenWithEachOutcome) {
  EXPECT_EQ(look(begin, {verdict(Outcome::pass)}).verdicts.size(), 1U);
  EXPECT_EQ(look(begin + seconds(30), {verdict(Outcome::pass)}).verdicts.size(), 0U);
  const auto record = look(begin + seconds(60), {verdict(Outcome::unknown)});
  ASSERT_EQ(record.verdicts.size(), 1U);
  EXPECT_EQ(record.verdicts[0].outcome, Outcome::unknown);
  EXPECT_EQ(record.verdicts[0].text, "reason");
}

TEST_F(TrackerTest, GoesOnAfterARestart) {
  settings.checks["checkpointing-off"].pending_for = minutes(5);
  const auto before = look(begin, {verdict(Outcome::fail)});
  Tracker restarted("prod");
  restarted.restore(before.findings, before.verdicts);
  tracker = std::move(restarted);
  EXPECT_EQ(tracker.open(), 1U);
  const auto record = look(begin + minutes(5), {verdict(Outcome::fail)});
  EXPECT_EQ(transitions(record), "pending>firing") << "the wait goes on where it was";
  EXPECT_EQ(record.findings.at(0).episodes, 1);
  EXPECT_EQ(record.findings.at(0).first_seen, begin);
  EXPECT_TRUE(record.verdicts.empty()) << "the interval is still open";
}

TEST_F(TrackerTest, ASecondEpisodeKeepsTheFindingsAddress) {
  const auto first = look(begin, {verdict(Outcome::fail)});
  look(begin + minutes(1), {verdict(Outcome::pass)});
  const auto again = look(begin + minutes(2), {verdict(Outcome::fail)});
  EXPECT_EQ(transitions(again), "new>firing");
  EXPECT_EQ(again.findings.at(0).id, first.findings.at(0).id);
  EXPECT_EQ(again.findings.at(0).episodes, 2);
  EXPECT_EQ(again.findings.at(0).first_seen, begin);
}

TEST_F(TrackerTest, AClusterThatLeavesResolvesEverything) {
  look(begin, {verdict(Outcome::fail)});
  model::CycleRecord record;
  tracker.resolve_all(begin + minutes(1), "removed", record);
  EXPECT_EQ(transitions(record), "firing>resolved");
  ASSERT_EQ(record.verdicts.size(), 1U);
  EXPECT_TRUE(record.verdicts[0].gone);
  EXPECT_EQ(tracker.open(), 0U);
}

TEST_F(TrackerTest, AWaiverIsNotedWithTheFinding) {
  model::Verdict waived = verdict(Outcome::fail);
  waived.waiver = model::WaiverNote{"w1", "known", "me", std::nullopt};
  const auto record = look(begin, {waived});
  EXPECT_TRUE(record.transitions.at(0).waived);
  EXPECT_EQ(record.findings.at(0).waiver, "w1");
  const auto after = look(begin + seconds(30), {verdict(Outcome::fail)});
  ASSERT_EQ(after.findings.size(), 1U) << "the waiver ended: written, with no transition";
  EXPECT_EQ(after.findings[0].waiver, "");
}

TEST(Waivers, LieOverTheFailsThatTheyMatch) {
  model::Verdict orders;
  orders.check = "checkpointing-off";
  orders.outcome = Outcome::fail;
  orders.subject.edit().job_name = "orders-eu";
  model::Verdict cluster;
  cluster.check = "high-availability-off";
  cluster.outcome = Outcome::fail;
  model::Verdict passing = orders;
  passing.outcome = Outcome::pass;
  model::VerdictList verdicts(std::vector<model::Verdict>{orders, cluster, passing});
  const auto waiver = [](const char* id, const char* check, const char* of, const char* job) {
    model::Waiver made;
    made.id = id;
    made.check = check;
    made.cluster = of;
    made.job = job;
    return made;
  };
  std::vector<model::Waiver> waivers{waiver("expired", "*", "*", "*"),
                                     waiver("other", "*", "test-*", "*"),
                                     waiver("orders", "checkpointing-*", "prod", "orders-*"),
                                     waiver("never", "checkpointing-*", "*", "orders-*")};
  waivers.front().until = begin;
  const WaiverMatches matches = apply_waivers(waivers, "prod", begin, verdicts);
  ASSERT_TRUE(verdicts[0].waiver);
  EXPECT_EQ(verdicts[0].waiver->id, "orders") << "the first that fits";
  EXPECT_FALSE(verdicts[1].waiver) << "a waiver for a job does not cover the cluster";
  EXPECT_FALSE(verdicts[2].waiver);
  EXPECT_EQ(matches, (WaiverMatches{{"orders", 1}}));
}

}  // namespace
}  // namespace auditor::checks
