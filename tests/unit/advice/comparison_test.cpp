#include "advice/comparison.h"

#include <gtest/gtest.h>

namespace auditor::advice {
namespace {

using model::Outcome;
using model::Severity;
using model::Verdict;

/// `address` is what its fingerprint is made of, and its message.
Verdict verdict(const std::string& address, Outcome outcome, Severity severity = Severity::medium) {
  Verdict made;
  made.check = "a-check";
  made.fingerprint = model::Fingerprint::from_text(address);
  made.message = address;
  made.outcome = outcome;
  made.severity = severity;
  return made;
}

model::AuditReport report(std::vector<Verdict> verdicts) {
  model::AuditReport made;
  made.results = std::move(verdicts);
  return made;
}

std::vector<std::pair<FindingChange, std::string>> changes(const model::AuditReport& before,
                                                           const model::AuditReport& after) {
  std::vector<std::pair<FindingChange, std::string>> found;
  for (const ChangedFinding& each : compare({&before, nullptr}, {&after, nullptr}).findings) {
    found.emplace_back(each.change, each.shown().message);
  }
  return found;
}

TEST(Comparison, NamesEachKindOfChange) {
  const auto before =
      report({verdict("same", Outcome::fail), verdict("worse", Outcome::fail),
              verdict("better", Outcome::fail, Severity::high), verdict("fixed", Outcome::fail),
              verdict("gone", Outcome::fail), verdict("new", Outcome::pass),
              verdict("unknown", Outcome::pass), verdict("never-known", Outcome::unknown)});
  const auto after =
      report({verdict("same", Outcome::fail), verdict("worse", Outcome::fail, Severity::high),
              verdict("better", Outcome::fail, Severity::low), verdict("fixed", Outcome::pass),
              verdict("new", Outcome::fail), verdict("newer", Outcome::fail, Severity::critical),
              verdict("unknown", Outcome::unknown), verdict("never-known", Outcome::unknown)});
  const std::vector<std::pair<FindingChange, std::string>> expected{
      {FindingChange::appeared, "newer"},
      {FindingChange::appeared, "new"},
      {FindingChange::worse, "worse"},
      {FindingChange::better, "better"},
      {FindingChange::fixed, "fixed"},
      {FindingChange::gone, "gone"},
      {FindingChange::no_longer_known, "unknown"}};
  EXPECT_EQ(changes(before, after), expected);
  const Comparison comparison = compare({&before, nullptr}, {&after, nullptr});
  EXPECT_EQ(comparison.still_failing, 1U);
  EXPECT_TRUE(comparison.any_bad());
  EXPECT_FALSE(comparison.deployments_known);
}

TEST(Comparison, DoesNotCountAWaivedFail) {
  auto waived = verdict("waived", Outcome::fail);
  waived.waiver = model::WaiverNote{"w", "accepted", "me", std::nullopt};
  const auto before = report({verdict("waived", Outcome::pass)});
  const auto after = report({waived});
  EXPECT_TRUE(changes(before, after).empty());
  EXPECT_FALSE(compare({&before, nullptr}, {&after, nullptr}).any_bad());
}

TEST(Comparison, IsNotBadWhereThingsGotBetter) {
  const auto before = report({verdict("fixed", Outcome::fail)});
  const auto after = report({verdict("fixed", Outcome::not_applicable)});
  EXPECT_EQ(changes(before, after).size(), 1U);
  EXPECT_FALSE(compare({&before, nullptr}, {&after, nullptr}).any_bad());
}

TEST(Comparison, KeepsJobsOfOneNameApart) {
  const auto snapshot = [](std::vector<std::string> ids) {
    model::Snapshot made;
    for (std::string& id : ids) {
      model::JobSnapshot job;
      job.overview.id = model::JobId(std::move(id));
      job.overview.name = "twins";
      made.jobs.push_back(std::move(job));
    }
    return made;
  };
  const auto nothing = report({});
  const auto before = snapshot({"a", "b"});
  const auto after = snapshot({"b", "c"});
  const Comparison comparison = compare({&nothing, &before}, {&nothing, &after});
  ASSERT_EQ(comparison.jobs.size(), 2U);
  EXPECT_EQ(comparison.jobs[0].kind, ChangedJob::Kind::started);
  EXPECT_EQ(comparison.jobs[0].name, "twins (c)");
  EXPECT_EQ(comparison.jobs[1].kind, ChangedJob::Kind::ended);
  EXPECT_EQ(comparison.jobs[1].name, "twins (a)");
}

TEST(Comparison, LeavesOutWhatAStartSetsAnew) {
  const auto snapshot = [](std::string address, std::string interval) {
    model::Snapshot made;
    made.configuration.value =
        model::Configuration({{"jobmanager.rpc.address", std::move(address), 0},
                              {"execution.checkpointing.interval", std::move(interval), 1}});
    return made;
  };
  const auto nothing = report({});
  const auto before = snapshot("host-1", "1 min");
  const auto after = snapshot("host-2", "2 min");
  const Comparison comparison = compare({&nothing, &before}, {&nothing, &after});
  ASSERT_EQ(comparison.cluster.size(), 1U);
  EXPECT_EQ(comparison.cluster[0].what, "execution.checkpointing.interval");
  EXPECT_EQ(comparison.cluster[0].before, "1 min");
  EXPECT_EQ(comparison.cluster[0].after, "2 min");
}

}  // namespace
}  // namespace auditor::advice
