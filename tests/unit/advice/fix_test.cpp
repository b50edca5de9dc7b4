#include "advice/fix.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "advice/fix_rules.h"
#include "advice/flink_options.h"
#include "audit/audit.h"
#include "checks/engine.h"
#include "tests/unit/support/recordings.h"

namespace auditor::advice {
namespace {

struct Judged {
  model::Snapshot snapshot;
  model::AuditReport report;
};

Judged judge(const std::string& cluster) {
  const auto frames = collectors::Recording::read_frames(
      testing::source("tests/recordings/" + cluster + ".json.gz").string());
  EXPECT_TRUE(frames);
  const audit::Request request;
  auto watched = audit::watch(*frames, request);
  EXPECT_TRUE(watched);
  Judged judged{std::move(watched->latest), {}};
  judged.report = audit::judge(judged.snapshot, request.settings, watched->history).report;
  return judged;
}

TEST(Fix, EveryCheckHasARuleOrAReason) {
  for (const model::CheckInfo* info : checks::descriptions()) {
    const auto rules = std::ranges::count(fix_rules(), info->id, &FixRule::check);
    const auto others = std::ranges::count(not_by_setting(), info->id, &NotBySetting::check);
    EXPECT_EQ(rules + others, 1) << info->id;
  }
  for (const FixRule& rule : fix_rules()) {
    EXPECT_NE(checks::find_check(rule.check), nullptr) << rule.check;
  }
  for (const NotBySetting& other : not_by_setting()) {
    EXPECT_NE(checks::find_check(other.check), nullptr) << other.check;
    EXPECT_FALSE(other.why.empty()) << other.check;
  }
}

class FixOfRecording : public ::testing::TestWithParam<std::string> {};

// The check's own text and the table say the same: what is set is named there too, and has its name
// in the release that runs.
TEST_P(FixOfRecording, SettingsAreThoseOfTheRemediation) {
  const Judged judged = judge(GetParam());
  const auto& version = judged.snapshot.cluster.value->version;
  std::size_t set = 0;
  for (const Mend& mend : mends_of(judged.snapshot, judged.report, PatchKind::config_yaml)) {
    EXPECT_NE(mend.settings.empty(), mend.why_not.empty()) << mend.verdict->check;
    for (const Setting& setting : mend.settings) {
      const Standing standing = standing_of(setting.key, {version.major, version.minor}).standing;
      EXPECT_TRUE(standing == Standing::current || standing == Standing::deprecated) << setting.key;
      ++set;
    }
    if (!mend.settings.empty() && (mend.sql || mend.job == nullptr)) {
      EXPECT_NE(mend.verdict->remediation.text().find(mend.settings.front().key), std::string::npos)
          << mend.verdict->check << "\n"
          << mend.verdict->remediation;
    }
  }
  EXPECT_GT(set, 0U);
}

// Never for all jobs: a max parallelism or a backend.
TEST_P(FixOfRecording, NothingForAllJobsBreaksARestore) {
  const Judged judged = judge(GetParam());
  const auto mends = mends_of(judged.snapshot, judged.report, PatchKind::config_yaml);
  for (const PatchLine& line : cluster_lines(mends, false)) {
    EXPECT_NE(line.setting.key, "pipeline.max-parallelism");
    EXPECT_NE(line.setting.key, "state.backend");
    EXPECT_NE(line.setting.key, "state.backend.type");
  }
}

INSTANTIATE_TEST_SUITE_P(Recordings, FixOfRecording,
                         ::testing::ValuesIn(testing::recorded_clusters()),
                         [](const auto& of) { return testing::test_name(of.param); });

TEST(Fix, AFileIsOneThatTheReleaseReads) {
  const auto version = [](int major, int minor) { return Release{major, minor}.version(); };
  EXPECT_EQ(*parse_patch_kind("", version(1, 18)), PatchKind::flink_conf);
  EXPECT_EQ(*parse_patch_kind("", version(1, 19)), PatchKind::config_yaml);
  EXPECT_EQ(*parse_patch_kind("flink-conf.yaml", version(1, 20)), PatchKind::flink_conf);
  EXPECT_FALSE(parse_patch_kind("config.yaml", version(1, 18)));
  EXPECT_FALSE(parse_patch_kind("flink-conf.yaml", version(2, 0)));
  EXPECT_EQ(*parse_patch_kind("sql", version(2, 3)), PatchKind::sql);
  EXPECT_EQ(*parse_patch_kind("flinkdeployment", version(1, 16)), PatchKind::flink_deployment);
}

// An application's only job: what pins its values reaches no other.
TEST(Fix, WhatIsForOneJobStandsWhereThereIsOne) {
  model::Verdict verdict;
  const std::vector<Mend> mends{
      {&verdict, nullptr, false, {{"pipeline.max-parallelism", "128", Reach::job}}, {}, {}}};
  EXPECT_TRUE(cluster_lines(mends, false).empty());
  EXPECT_EQ(cluster_lines(mends, true).size(), 1U);

  model::Snapshot snapshot;
  snapshot.jobs.resize(1);
  const auto target = [&snapshot](const char* value) {
    snapshot.configuration.value = model::Configuration(
        std::vector<model::ConfigurationEntry>{{"execution.target", value, 0}});
  };
  target("kubernetes-application");
  EXPECT_TRUE(is_one_job(snapshot));
  target("kubernetes-session");
  EXPECT_FALSE(is_one_job(snapshot));
  target("embedded");
  EXPECT_TRUE(is_one_job(snapshot));
  snapshot.jobs.resize(2);
  EXPECT_FALSE(is_one_job(snapshot));
}

// Jobs whose values differ get none in common.
TEST(Fix, WhereJobsDisagreeNoValueIsForAll) {
  model::Verdict verdict;
  const std::vector<Mend> mends{
      {&verdict, nullptr, false, {{"a", "1", Reach::any}, {"b", "x", Reach::any}}, {}, {}},
      {&verdict, nullptr, false, {{"a", "2", Reach::any}, {"b", "x", Reach::any}}, {}, {}}};
  const auto lines = cluster_lines(mends, false);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[0].disagree);
  EXPECT_FALSE(lines[1].disagree);
  EXPECT_EQ(lines[1].mends.size(), 2U);
  EXPECT_TRUE(lines[2].disagree);
}

}  // namespace
}  // namespace auditor::advice
