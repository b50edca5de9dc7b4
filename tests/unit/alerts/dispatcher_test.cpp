#include "alerts/dispatcher.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/unit/alerts/desk.h"

namespace auditor::alerts {
namespace {

using namespace testing;
using namespace std::chrono_literals;

class DispatcherTest : public ::testing::Test {
 protected:
  Desk desk;
};

TEST_F(DispatcherTest, TheFirstMessageWaitsForMoreOfTheGroup) {
  desk.open();
  desk.fire(alert("prod", "orders", "restart-loop"));
  EXPECT_EQ(desk.told_after(0s), Told{});
  EXPECT_EQ(desk.dispatcher->next(), start + 30s);
  desk.now += 10s;
  desk.fire(alert("prod", "payments", "restart-loop"));
  EXPECT_EQ(desk.told_after(19s), Told{});
  EXPECT_EQ(desk.told_after(1s),
            (Told{"+prod.orders.restart-loop", "+prod.payments.restart-loop"}));
  EXPECT_EQ(desk.told_after(1s), Told{});
}

TEST_F(DispatcherTest, EachGroupIsToldByItself) {
  desk.open();
  desk.fire(alert("prod", "orders", "restart-loop"));
  desk.fire(alert("test", "orders", "restart-loop"));
  const auto messages = desk.take_after(30s);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_NE(messages[0].group_key, messages[1].group_key);
  EXPECT_EQ(messages[0].group_labels.at("cluster"), messages[0].alerts.at(0).cluster);
  EXPECT_EQ(messages[0].receiver, "team");
  EXPECT_EQ(messages[0].at, desk.now);
}

TEST_F(DispatcherTest, NewsWaitForTheInterval) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  desk.now += 10s;
  desk.fire(alert("prod", "orders", "b"));
  EXPECT_EQ(desk.told_after(4min), Told{});
  EXPECT_EQ(desk.dispatcher->next(), start + 30s + 5min);
  EXPECT_EQ(desk.told_after(50s), (Told{"+prod.orders.a", "+prod.orders.b"}));
  // What was quiet for longer than the interval is told at once.
  desk.now += 1h;
  desk.end("prod.orders.b");
  EXPECT_EQ(desk.told_after(0s), (Told{"+prod.orders.a", "-prod.orders.b"}));
}

TEST_F(DispatcherTest, WhatStillFiresIsRepeatedWithoutChanges) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  EXPECT_EQ(desk.told_after(4h - 1s), Told{});
  const auto messages = desk.take_after(1s);
  ASSERT_EQ(messages.size(), 1U);
  ASSERT_EQ(messages[0].alerts.size(), 1U);
  EXPECT_TRUE(messages[0].alerts[0].changes.empty());
  desk.end("prod.orders.a");
  desk.take_after(5min);
  EXPECT_EQ(desk.told_after(24h), Told{});
}

TEST_F(DispatcherTest, WhatWasOverBeforeAnybodyWasToldIsToldOnceAsOver) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.now += 10s;
  desk.end("prod.orders.a");
  EXPECT_TRUE(desk.take().empty());
  const auto messages = desk.take_after(20s);
  ASSERT_EQ(messages.size(), 1U);
  ASSERT_EQ(messages[0].alerts.size(), 1U);
  EXPECT_FALSE(messages[0].alerts[0].firing);
  ASSERT_EQ(messages[0].alerts[0].changes.size(), 2U);
  EXPECT_TRUE(messages[0].alerts[0].changes[0].firing);
  EXPECT_FALSE(messages[0].alerts[0].changes[1].firing);
  EXPECT_EQ(desk.last.forgotten_alerts, (Told{"prod.orders.a"}));
  EXPECT_EQ(desk.told_after(24h), Told{});
}

TEST_F(DispatcherTest, WhoIsNotToldOfEndsIsNotToldOfWhatCameAndWent) {
  desk.settings.receivers[0].send_resolved = false;
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.end("prod.orders.a");
  EXPECT_EQ(desk.told_after(30s), Told{});
  EXPECT_TRUE(desk.alerts.empty());
  desk.fire(alert("prod", "orders", "b"));
  EXPECT_EQ(desk.told_after(1min), (Told{"+prod.orders.b"}));
  desk.end("prod.orders.b");
  EXPECT_EQ(desk.told_after(1h), Told{});
  EXPECT_TRUE(desk.alerts.empty());
  EXPECT_TRUE(desk.groups.empty());
}

TEST_F(DispatcherTest, HoweverItFlapsThereIsOneMessageInAnInterval) {
  desk.open();
  std::size_t messages = 0;
  std::size_t changes = 0;
  for (int i = 0; i < 120; ++i) {  // an hour
    if (i % 2 == 0) {
      desk.fire(alert("prod", "orders", "a"));
    } else {
      desk.end("prod.orders.a");
    }
    for (const model::Message& message : desk.take()) {
      ++messages;
      changes += message.alerts.at(0).changes.size();
    }
    desk.now += 30s;
  }
  EXPECT_LE(messages, 13U);
  EXPECT_GE(messages, 11U);
  for (const model::Message& message : desk.take_after(5min)) {
    changes += message.alerts.at(0).changes.size();
  }
  EXPECT_EQ(changes, 120U);
}

TEST_F(DispatcherTest, ASilencedAlertIsToldOnceItIsNotSilencedAnyMore) {
  desk.open();
  desk.silence("s1", {"job=orders"}, start + 1h);
  desk.fire(alert("prod", "orders", "a"));
  desk.fire(alert("prod", "payments", "a"));
  EXPECT_EQ(desk.muted_by("prod.orders.a"), "silence s1");
  EXPECT_EQ(desk.told_after(30s), (Told{"+prod.payments.a"}));
  EXPECT_EQ(desk.told_after(59min), Told{});
  EXPECT_EQ(desk.dispatcher->next(), start + 1h);
  EXPECT_EQ(desk.told_after(30s), (Told{"+prod.orders.a", "+prod.payments.a"}));
}

TEST_F(DispatcherTest, TheEndOfASilenceByHandIsNoticed) {
  desk.open();
  desk.silence("s1", {"job=orders"}, start + 1h);
  desk.fire(alert("prod", "orders", "a"));
  EXPECT_EQ(desk.told_after(10min), Told{});
  desk.silences.clear();
  desk.dispatcher->set_silences({});
  EXPECT_EQ(desk.told_after(30s), (Told{"+prod.orders.a"}));
}

TEST_F(DispatcherTest, WhatIsSilencedIsNotRepeated) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  desk.silence("s1", {"job=orders"}, desk.now + 10h);
  EXPECT_EQ(desk.told_after(5h), Told{});
  EXPECT_EQ(desk.told_after(4h), Told{});
  EXPECT_EQ(desk.told_after(1h), (Told{"+prod.orders.a"}));
}

TEST_F(DispatcherTest, TheEndOfWhatWasToldIsToldEvenIfSilenced) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  desk.silence("s1", {"job=orders"}, desk.now + 10h);
  desk.end("prod.orders.a");
  EXPECT_EQ(desk.told_after(5min), (Told{"-prod.orders.a"}));
}

TEST_F(DispatcherTest, WhatCameAndWentSilencedIsDropped) {
  desk.open();
  desk.silence("s1", {"job=orders"}, desk.now + 1h);
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(10min);
  desk.end("prod.orders.a");
  EXPECT_EQ(desk.told_after(0s), Told{});
  EXPECT_EQ(desk.last.forgotten_alerts, (Told{"prod.orders.a"}));
  EXPECT_EQ(desk.told_after(2h), Told{});
}

TEST_F(DispatcherTest, AnAlertOfAJobThatStartsUpIsToldWhenItStaysAfterwards) {
  desk.open();
  model::Alert one = alert("prod", "orders", "a");
  one.muted_until = start + 10min;
  model::Alert other = alert("prod", "orders", "b");
  other.muted_until = start + 10min;
  desk.fire(one);
  desk.fire(other);
  EXPECT_EQ(desk.muted_by("prod.orders.a"), "start-up");
  desk.take_after(5min);
  desk.end("prod.orders.b");
  EXPECT_EQ(desk.told_after(5min), Told{});
  EXPECT_EQ(desk.told_after(30s), (Told{"+prod.orders.a"}));
}

TEST_F(DispatcherTest, WhatWasThereAtFirstSightIsNeverTold) {
  desk.open();
  model::Alert one = alert("prod", "orders", "a");
  one.first_sight = true;
  desk.observe(one);
  EXPECT_EQ(desk.muted_by("prod.orders.a"), "first sight");
  EXPECT_EQ(desk.told_after(24h), Told{});
  desk.end("prod.orders.a");
  EXPECT_EQ(desk.told_after(1h), Told{});
  EXPECT_TRUE(desk.alerts.empty());
}

TEST_F(DispatcherTest, MaintenanceHoldsBackByDayAndHour) {
  desk.settings.maintenance.push_back({.name = "night",
                                       .matchers = matchers({"cluster=prod"}),
                                       .days = {std::chrono::Friday},
                                       .from = 23h,
                                       .lasts = 3h});
  desk.open();
  desk.now = start + 13h;  // Saturday, 01:00: of Friday's window
  desk.fire(alert("prod", "orders", "a"));
  desk.fire(alert("test", "orders", "a"));
  EXPECT_EQ(desk.muted_by("prod.orders.a"), "maintenance night");
  EXPECT_EQ(desk.told_after(30s), (Told{"+test.orders.a"}));
  EXPECT_EQ(desk.dispatcher->next(), start + 14h);
  desk.now = start + 14h;
  EXPECT_EQ(desk.told_after(0s), Told{});
  EXPECT_EQ(desk.told_after(30s), (Told{"+prod.orders.a"}));
  desk.now = start + 36h;  // Saturday night
  desk.fire(alert("prod", "orders", "b"));
  EXPECT_EQ(desk.muted_by("prod.orders.b"), "");
}

TEST_F(DispatcherTest, AnUnreachableClusterMutesItsJobs) {
  desk.open();
  desk.fire(alert("prod", "", "cluster-unreachable", start, model::Severity::critical));
  desk.fire(alert("prod", "orders", "a"));
  desk.fire(alert("test", "orders", "a"));
  EXPECT_EQ(desk.muted_by("prod.orders.a"), "inhibited by prod..cluster-unreachable");
  EXPECT_EQ(desk.muted_by("prod..cluster-unreachable"), "");
  EXPECT_EQ(desk.told_after(30s), (Told{"+prod..cluster-unreachable", "+test.orders.a"}));
  desk.now += 10min;
  desk.end("prod..cluster-unreachable");
  EXPECT_EQ(desk.told_after(0s), (Told{"+prod.orders.a", "-prod..cluster-unreachable"}));
}

TEST_F(DispatcherTest, WhatEndsWithItsCauseIsDropped) {
  desk.open();
  desk.fire(alert("prod", "", "cluster-unreachable", start, model::Severity::critical));
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  desk.now += 10min;
  desk.end("prod..cluster-unreachable");
  desk.end("prod.orders.a");
  EXPECT_EQ(desk.told_after(0s), (Told{"-prod..cluster-unreachable"}));
  EXPECT_EQ(desk.told_after(1h), Told{});
}

TEST_F(DispatcherTest, AJobThatDoesNotRunMutesWhatElseIsOfIt) {
  desk.open();
  desk.fire(alert("prod", "orders", "job-not-running"));
  desk.fire(alert("prod", "orders", "job-disappeared"));
  desk.fire(alert("prod", "orders", "checkpoint-stale"));
  desk.fire(alert("prod", "payments", "checkpoint-stale"));
  desk.fire(alert("prod", "", "taskmanager-lost"));
  EXPECT_EQ(desk.told_after(30s),
            (Told{"+prod..taskmanager-lost", "+prod.orders.job-disappeared",
                  "+prod.orders.job-not-running", "+prod.payments.checkpoint-stale"}));
}

TEST_F(DispatcherTest, ACauseMutesASymptomThatIsNoGraver) {
  desk.open();
  desk.fire(alert("prod", "orders", "checkpoint-failing", start, model::Severity::high));
  desk.fire(alert("prod", "orders", "checkpoint-stale", start, model::Severity::critical));
  EXPECT_EQ(desk.muted_by("prod.orders.checkpoint-stale"), "");
  desk.fire(alert("prod", "slow", "checkpoint-failing", start, model::Severity::high));
  desk.fire(alert("prod", "slow", "checkpoint-stale", start, model::Severity::high));
  EXPECT_EQ(desk.muted_by("prod.slow.checkpoint-stale"),
            "inhibited by prod.slow.checkpoint-failing");
}

TEST_F(DispatcherTest, AlertsThatAreBothSourceAndTargetDoNotMuteEachOther) {
  desk.settings.default_inhibitions = false;
  desk.settings.inhibitions.push_back({.source = matchers({"severity=high"}),
                                       .target = matchers({"job=~.+"}),
                                       .equal = {"cluster"}});
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.fire(alert("prod", "payments", "a"));
  EXPECT_EQ(desk.muted_by("prod.orders.a"), "");
  EXPECT_EQ(desk.muted_by("prod.payments.a"), "");
  // One that is no target mutes both, and these mute one that is no source.
  desk.fire(alert("prod", "small", "a", start, model::Severity::low));
  EXPECT_EQ(desk.muted_by("prod.small.a"), "inhibited by prod.orders.a");
  desk.fire(alert("prod", "", "b"));
  EXPECT_EQ(desk.muted_by("prod.orders.a"), "inhibited by prod..b");
}

TEST_F(DispatcherTest, AMutedCauseMutesToo) {
  desk.open();
  desk.silence("s1", {"check=cluster-unreachable"}, start + 1h);
  desk.fire(alert("prod", "", "cluster-unreachable"));
  desk.fire(alert("prod", "orders", "a"));
  EXPECT_EQ(desk.told_after(10min), Told{});
}

TEST_F(DispatcherTest, NobodyIsToldWhereNoRouteLeads) {
  desk.settings.route.reset();
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  EXPECT_EQ(desk.told_after(1h), Told{});
  desk.end("prod.orders.a");
  desk.take();
  EXPECT_EQ(desk.last.forgotten_alerts, (Told{"prod.orders.a"}));
  EXPECT_EQ(desk.dispatcher->alert("prod.orders.a"), nullptr);
}

TEST_F(DispatcherTest, AGroupIsForgottenNotBeforeItsInterval) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  desk.now += 10min;
  desk.end("prod.orders.a");
  EXPECT_EQ(desk.told_after(0s), (Told{"-prod.orders.a"}));
  EXPECT_EQ(desk.groups.size(), 1U);
  desk.now += 1min;
  desk.fire(alert("prod", "orders", "a"));
  EXPECT_EQ(desk.told_after(3min), Told{});
  EXPECT_EQ(desk.told_after(1min), (Told{"+prod.orders.a"}));
  desk.end("prod.orders.a");
  desk.take_after(5min);
  EXPECT_EQ(desk.groups.size(), 1U);
  desk.take_after(5min);
  EXPECT_TRUE(desk.groups.empty());
  EXPECT_TRUE(desk.alerts.empty());
  EXPECT_EQ(desk.dispatcher->next(), base::Timestamp::max());
}

TEST_F(DispatcherTest, ReloadForgetsWhatIsGoneAndTellsWhomTheNewRoutesName) {
  desk.add_receiver("night");
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  EXPECT_EQ(desk.told_after(30s), (Told{"+prod.orders.a"}));
  desk.settings.route->receiver = "night";
  desk.load();
  auto messages = desk.take_after(30s);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].receiver, "night");
  EXPECT_EQ(desk.groups.size(), 1U);

  // The same receiver by another route is not told again.
  desk.settings.route->group_by = {"job"};
  desk.load();
  EXPECT_EQ(desk.told_after(10min), Told{});
  EXPECT_EQ(desk.groups.size(), 1U);
  desk.end("prod.orders.a");
  messages = desk.take_after(0s);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].alerts.at(0).changes.size(), 1U);
}

TEST_F(DispatcherTest, WhoWasToldOfAnAlertThatMovedOnIsToldItsEnd) {
  desk.add_receiver("pager");
  model::Route grave;
  grave.receiver = "pager";
  grave.matchers = matchers({"severity=critical"});
  desk.settings.route->routes.push_back(grave);
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  model::Alert graver = desk.alerts.at("prod.orders.a");
  graver.severity = model::Severity::critical;
  graver.labels["severity"] = "critical";
  desk.observe(graver);
  auto messages = desk.take_after(30s);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].receiver, "pager");
  desk.now += 5min;
  desk.end("prod.orders.a");
  messages = desk.take();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_FALSE(messages[0].alerts.at(0).firing);
  EXPECT_FALSE(messages[1].alerts.at(0).firing);
  EXPECT_TRUE(desk.alerts.empty());
}

TEST_F(DispatcherTest, AClockSetBackHoldsNothingUp) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  desk.now += 1min;
  desk.fire(alert("prod", "orders", "b"));
  model::Alert starting = alert("prod", "new", "c");
  starting.muted_until = desk.now + 10min;
  desk.fire(starting);
  desk.take();
  desk.now -= 1h;
  EXPECT_EQ(desk.told_after(0s), Told{});
  EXPECT_EQ(desk.told_after(3min), Told{});
  EXPECT_EQ(desk.told_after(1min), (Told{"+prod.orders.a", "+prod.orders.b"}));
  EXPECT_EQ(desk.told_after(6min), (Told{"+prod.new.c", "+prod.orders.a", "+prod.orders.b"}));
}

TEST_F(DispatcherTest, AClockSetBackOverARestartHoldsNothingUp) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  desk.end("prod.orders.a");
  desk.now -= 24h;
  desk.restart();
  EXPECT_EQ(desk.told_after(5min), (Told{"-prod.orders.a"}));
}

TEST_F(DispatcherTest, AClockSetForwardIsHarmless) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  EXPECT_EQ(desk.told_after(24h), (Told{"+prod.orders.a"}));
  EXPECT_EQ(desk.told_after(1min), Told{});
}

TEST_F(DispatcherTest, ARestartForgetsNothingAndRepeatsNothing) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.take_after(30s);
  std::set<std::string> ids{desk.last.notifications.at(0).id};
  desk.restart();
  EXPECT_EQ(desk.told_after(5min), Told{});
  desk.end("prod.orders.a");
  desk.restart();
  EXPECT_EQ(desk.told_after(0s), (Told{"-prod.orders.a"}));
  EXPECT_TRUE(ids.insert(desk.last.notifications.at(0).id).second);
  desk.restart();
  EXPECT_EQ(desk.told_after(24h), Told{});
  EXPECT_TRUE(desk.groups.empty());
}

TEST_F(DispatcherTest, NotificationsAreNamedByWhatTheyChange) {
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.now += 30s;
  const Due first = desk.dispatcher->take_due(desk.now);  // and then it is killed
  desk.restart();
  desk.now += 30s;
  const Due second = desk.dispatcher->take_due(desk.now);
  ASSERT_EQ(first.notifications.size(), 1U);
  ASSERT_EQ(second.notifications.size(), 1U);
  const model::Notification& one = first.notifications[0];
  EXPECT_NE(one.id, second.notifications[0].id);
  EXPECT_EQ(one.id.size(), 36U);
  EXPECT_TRUE(one.id.starts_with("msg_"));
  EXPECT_EQ(one.id.find_first_not_of("0123456789abcdef", 4), std::string::npos);
  EXPECT_EQ(one.state, model::NotificationState::waiting);
  EXPECT_EQ(one.created_at, one.next_attempt_at);
  EXPECT_EQ(one.group, first.groups.at(0).key);
  EXPECT_EQ(one.receiver, "team");
}

TEST_F(DispatcherTest, AMessageIsBoundedAndTheRestCounted) {
  desk.settings.receivers[0].max_alerts = 10;
  desk.open();
  for (int i = 0; i < 25; ++i) {
    desk.fire(alert("prod", fmt::format("job{}", i), "a", start,
                    i == 24 ? model::Severity::critical : model::Severity::low));
  }
  const auto messages = desk.take_after(30s);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].alerts.size(), 10U);
  EXPECT_EQ(messages[0].left_out, 15U);
  EXPECT_EQ(messages[0].alerts[0].severity, model::Severity::critical);
}

TEST_F(DispatcherTest, APagerIsToldAllNewsAndNewsAlone) {
  desk.settings.receivers[0].kind = model::ReceiverKind::pagerduty;
  desk.settings.receivers[0].max_alerts = 2;
  desk.open();
  for (int i = 0; i < 5; ++i) {
    desk.fire(alert("prod", fmt::format("job{}", i), "a"));
  }
  EXPECT_EQ(desk.told_after(30s).size(), 5U);
  desk.end("prod.job3.a");
  EXPECT_EQ(desk.told_after(5min), (Told{"-prod.job3.a"}));
  EXPECT_EQ(desk.told_after(4h).size(), 4U);
}

TEST_F(DispatcherTest, AlertmanagerIsToldAtOnceAndEachMinute) {
  desk.settings.receivers[0].kind = model::ReceiverKind::alertmanager;
  desk.open();
  desk.fire(alert("prod", "orders", "a"));
  desk.fire(alert("test", "orders", "a"));
  auto messages = desk.take();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].alerts.size(), 2U);
  EXPECT_EQ(desk.told_after(59s), Told{});
  EXPECT_EQ(desk.told_after(1s).size(), 2U);
  desk.now += 20s;
  desk.end("prod.orders.a");
  EXPECT_EQ(desk.told_after(0s), (Told{"+test.orders.a", "-prod.orders.a"}));
}

TEST_F(DispatcherTest, StatusesTellWhomAndWhyNot) {
  desk.add_receiver("other");
  model::Route more;
  more.receiver = "other";
  more.matchers = matchers({"cluster=prod"});
  more.continues = true;
  model::Route same = more;
  same.receiver = "team";
  desk.settings.route->routes = {more, same};
  desk.open();
  desk.silence("s1", {"job=payments"}, start + 1h);
  desk.fire(alert("prod", "orders", "a"));
  desk.fire(alert("prod", "payments", "a"));
  const auto statuses = desk.dispatcher->statuses(desk.now);
  ASSERT_EQ(statuses.size(), 2U);
  EXPECT_EQ(statuses[0].alert, desk.alerts.at("prod.orders.a"));
  EXPECT_EQ(statuses[0].receivers, (Told{"other", "team"}));
  EXPECT_EQ(statuses[0].muted_by, "");
  EXPECT_EQ(statuses[1].muted_by, "silence s1");
}

TEST_F(DispatcherTest, AThousandClustersOfAHundredJobsAreOneMessageEach) {
  desk.settings.route->group_by = {"cluster", "check"};
  desk.open();
  for (int c = 0; c < 1000; ++c) {
    const std::string cluster = fmt::format("c{}", c);
    for (int j = 0; j < 99; ++j) {
      desk.dispatcher->observe(alert(cluster, fmt::format("job{}", j), "restart-loop"), desk.now);
    }
    desk.dispatcher->observe(alert(cluster, "", "cluster-unreachable"), desk.now);
  }
  const Due due = desk.dispatcher->take_due(desk.now + 30s);
  EXPECT_EQ(due.notifications.size(), 1000U);
  EXPECT_EQ(due.groups.size(), 1000U);
}

}  // namespace
}  // namespace auditor::alerts
