#include "advice/upgrade.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/support/files.h"
#include "tests/unit/support/fixture.h"

namespace auditor::advice {
namespace {

using nlohmann::json;

/// The plan for the healthy job of tests/checks/base.json, changed.
UpgradePlan plan_of(const json& fixture, const Release& to = {2, 3}) {
  const auto snapshot = testing::look(testing::recording_of(fixture));
  auto plan = plan_upgrade(snapshot, to);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *plan : UpgradePlan{};
}

const UpgradeItem* find(const UpgradePlan& plan, std::string_view kind, std::string_view key = {}) {
  const auto found = std::ranges::find_if(plan.items, [&](const UpgradeItem& item) {
    return item.kind == kind && (key.empty() || item.key == key);
  });
  return found == plan.items.end() ? nullptr : &*found;
}

std::string value_of(const UpgradePlan& plan, std::string_view key) {
  const auto line = std::ranges::find_if(plan.configuration, [&](const ConfigurationLine& each) {
    return each.key == key && !each.commented_out;
  });
  return line == plan.configuration.end() ? "absent" : line->value;
}

json on(const std::string& release, json configuration = json::object()) {
  return {{"patch", {{"/config", {{"flink-version", release}}}}},
          {"configuration", std::move(configuration)}};
}

TEST(Upgrade, AGoneKeyWithASuccessorIsReplaced) {
  const auto plan = plan_of(on("1.20.5", {{"cluster.evenly-spread-out-slots", "true"},
                                          {"slotmanager.taskmanager-timeout", "60000"}}));
  const auto* spread = find(plan, "key-unread", "cluster.evenly-spread-out-slots");
  ASSERT_NE(spread, nullptr);
  EXPECT_EQ(spread->effect, Effect::breaks);
  EXPECT_EQ(spread->step, Step::before);  // 1.20 reads the new one already
  EXPECT_EQ(value_of(plan, "taskmanager.load-balance.mode"), "SLOTS");
  EXPECT_EQ(value_of(plan, "resourcemanager.taskmanager-timeout"), "60000");
  EXPECT_EQ(value_of(plan, "slotmanager.taskmanager-timeout"), "absent");
  EXPECT_TRUE(plan.breaks());
  ASSERT_EQ(spread->evidence.size(), 1U);
  EXPECT_EQ(spread->evidence.front().source->path, "/jobmanager/config");
  EXPECT_TRUE(spread->evidence.front().source->pointer.ends_with("/value"));
}

TEST(Upgrade, AGoneKeyWithoutASuccessorIsOnlyAComment) {
  const auto plan = plan_of(on("1.20.5", {{"state.backend.async", "true"}}));
  const auto* item = find(plan, "key-unread", "state.backend.async");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->effect, Effect::breaks);
  EXPECT_TRUE(item->new_keys.empty());
  EXPECT_NE(item->action.find("no option that takes its place is known"), std::string::npos);
  EXPECT_EQ(value_of(plan, "state.backend.async"), "absent");
}

TEST(Upgrade, AnOffSwitchLosesNothing) {
  const auto plan = plan_of(on("1.20.5", {{"cluster.evenly-spread-out-slots", "false"}}));
  EXPECT_EQ(find(plan, "key-unread")->effect, Effect::works);
  EXPECT_EQ(value_of(plan, "taskmanager.load-balance.mode"), "absent");
}

TEST(Upgrade, AnOldNameStillWorks) {
  const auto plan = plan_of(on("1.20.5", {{"akka.ask.timeout", "30 s"}}));
  const auto* item = find(plan, "key-renamed", "akka.ask.timeout");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->effect, Effect::works);
  EXPECT_EQ(item->step, Step::after);
  EXPECT_EQ(value_of(plan, "pekko.ask.timeout"), "30 s");
}

TEST(Upgrade, OneSwitchOfTlsBecomesTwo) {
  const auto plan = plan_of(on("1.20.5", {{"security.ssl.enabled", "true"}}));
  EXPECT_EQ(value_of(plan, "security.ssl.rest.enabled"), "true");
  EXPECT_EQ(value_of(plan, "security.ssl.internal.enabled"), "true");
}

TEST(Upgrade, AKeyOfAnotherFormIsNotConvertedByName) {
  const auto plan = plan_of(on("1.20.5", {{"taskmanager.network.numberOfBuffers", "2048"}}));
  EXPECT_EQ(value_of(plan, "taskmanager.memory.network.max"), "absent");
  EXPECT_NE(find(plan, "key-unread", "taskmanager.network.numberOfBuffers"), nullptr);
}

TEST(Upgrade, LegacyNamesOfBackendsAreReplacedIn2Alone) {
  for (const auto& [old, now] : {std::pair{"filesystem", "hashmap"},
                                 {"jobmanager", "hashmap"},
                                 {"org.apache.flink.contrib.streaming.state."
                                  "EmbeddedRocksDBStateBackendFactory",
                                  "rocksdb"}}) {
    const auto fixture = on("1.16.3", {{"state.backend.type", nullptr}, {"state.backend", old}});
    const auto plan = plan_of(fixture);
    ASSERT_NE(find(plan, "state-backend-value"), nullptr) << old;
    EXPECT_EQ(value_of(plan, "state.backend.type"), now);
    EXPECT_EQ(find(plan_of(fixture, {1, 20}), "state-backend-value"), nullptr);
  }
}

TEST(Upgrade, ReportersAreNamedByTheirFactory) {
  const auto fixture =
      on("1.16.3",
         {{"metrics.reporter.prom.class", "org.apache.flink.metrics.prometheus.PrometheusReporter"},
          {"metrics.reporter.own.class", "com.example.Reporter"}});
  const auto plan = plan_of(fixture, {1, 17});
  EXPECT_EQ(value_of(plan, "metrics.reporter.prom.factory.class"),
            "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
  EXPECT_EQ(value_of(plan, "metrics.reporter.own.factory.class"), "absent");
  EXPECT_EQ(find(plan, "metric-reporter-class", "metrics.reporter.own.class")->effect,
            Effect::breaks);
}

TEST(Upgrade, MaskedValuesAreNamed) {
  const auto plan = plan_of(on("1.20.5", {{"security.ssl.rest.key-password", "******"}}));
  EXPECT_EQ(plan.masked, std::vector<std::string>{"security.ssl.rest.key-password"});
  EXPECT_NE(converted_configuration(plan).find("Flink masks 1 value"), std::string::npos);
}

TEST(Upgrade, LegacyBackendsOfJobsAreBreaks) {
  auto fixture = on("1.20.5");
  fixture["patch"]["/jobs/00000000000000000000000000000a01/checkpoints/config"] = {
      {"state_backend", "FsStateBackend"}};
  const auto plan = plan_of(fixture);
  const auto* item = find(plan, "legacy-state-backend");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->step, Step::before);
  EXPECT_EQ(item->jobs.size(), 1U);
  EXPECT_EQ(item->evidence.front().source->pointer, "/state_backend");
}

TEST(Upgrade, AFunctionWithoutANameIsASourceFunction) {
  auto fixture = on("1.20.5");
  auto& vertices = fixture["patch"]["/jobs/00000000000000000000000000000a01"]["vertices"] =
      json::array();
  const auto recording = testing::recording_of(json::object());
  const auto& base =
      recording["answers"]["/jobs/00000000000000000000000000000a01"]["body"]["vertices"];
  for (std::size_t i = 0; i < base.size(); ++i) {
    vertices.push_back(json::object());
  }
  vertices[0]["name"] = "Source: Custom Source -> Sink: Unnamed";
  const auto plan = plan_of(fixture);
  EXPECT_NE(find(plan, "source-function"), nullptr);
  EXPECT_NE(find(plan, "sink-function"), nullptr);
  vertices[0]["name"] = "Source: Kafka -> Sink: Unnamed: Writer";
  const auto newer = plan_of(fixture);
  EXPECT_EQ(find(newer, "source-function"), nullptr);
  EXPECT_EQ(find(newer, "sink-function"), nullptr);
}

TEST(Upgrade, APortThatFlinkChoseIsNotAskedForAgain) {
  EXPECT_EQ(value_of(plan_of(on("1.20.5", {{"blob.server.port", "39215"}})), "blob.server.port"),
            "absent");
  EXPECT_EQ(value_of(plan_of(on("1.20.5", {{"blob.server.port", "6124"}})), "blob.server.port"),
            "6124");
}

TEST(Upgrade, StepsComeInOrder) {
  const auto plan = plan_of(on("1.20.5", {{"state.backend.async", "true"},
                                          {"akka.ask.timeout", "30 s"},
                                          {"web.ssl.enabled", "true"}}));
  EXPECT_TRUE(std::ranges::is_sorted(
      plan.items, {}, [](const UpgradeItem& item) { return std::tuple(item.step, item.effect); }));
}

TEST(Upgrade, WrongTargetsAreErrors) {
  EXPECT_EQ(parse_target_release("2.3.0").error().kind, base::ErrorKind::usage);
  EXPECT_EQ(parse_target_release("1.12").error().kind, base::ErrorKind::usage);
  const auto snapshot = testing::look(testing::recording_of(on("2.0.2")));
  for (const Release& release : {Release{2, 0}, Release{1, 20}}) {
    const auto plan = plan_upgrade(snapshot, release);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind, base::ErrorKind::usage);
  }
  EXPECT_TRUE(plan_upgrade(snapshot, {2, 1}));
}

TEST(Upgrade, WithoutTheConfigurationThereIsNoPlan) {
  const auto snapshot = testing::look(testing::recording_of({{"remove", {"/jobmanager/config"}}}));
  const auto plan = plan_upgrade(snapshot, {2, 3});
  if (snapshot.cluster.value->version.at_least(2, 3)) {
    GTEST_SKIP() << "the base runs the newest release";
  }
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().kind, base::ErrorKind::usage);
}

}  // namespace
}  // namespace auditor::advice
