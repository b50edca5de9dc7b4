#include <array>
#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/alert_json.h"
#include "model/history.h"
#include "storage/reader.h"
#include "storage/store.h"
#include "tests/unit/storage/support.h"

namespace auditor::storage {
namespace {

using model::Alert;
using model::AlertGroup;
using model::Notification;
using model::NotificationState;
using model::Silence;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::at;
using testing::Folder;
using testing::in_child;
using testing::number;
using testing::open_reader;
using testing::open_store;

std::string id_of(std::string_view cluster, std::string_view name) {
  return model::finding_id(cluster, model::Fingerprint::from_text(name));
}

Alert alert_of(const std::string& name) {
  Alert alert;
  alert.id = id_of("prod", name);
  alert.cluster = "prod";
  alert.job = model::job_record_id("prod", "orders");
  alert.labels = {{"alertname", name}, {"cluster", "prod"}};
  alert.summary = "\"checkpoints\" fail \x01";
  alert.severity = model::Severity::critical;
  alert.starts_at = at(minutes(1));
  alert.ends_at = at(minutes(2));
  alert.firing = false;
  alert.revision = 7;
  alert.changes = {{true, at(minutes(1)), ""}, {false, at(minutes(2)), "passes now"}};
  alert.muted_until = at(minutes(3));
  alert.first_sight = true;
  return alert;
}

AlertGroup group_of(const std::string& name) {
  return {.key = id_of("group", name),
          .receiver = "pager",
          .labels = {{"cluster", "prod"}, {"q", "\"'"}},
          .told_at = at(minutes(5)),
          .told = {{id_of("prod", "a"), 3}, {id_of("prod", "b"), 1}}};
}

Notification notification_of(std::int64_t n, const std::string& receiver = "pager") {
  Notification one;
  one.id = fmt::format("msg_{}", n);
  one.receiver = receiver;
  one.group = id_of("group", "g");
  one.created_at = at(minutes(n));
  one.message = fmt::format("message {}", n);
  one.next_attempt_at = at(minutes(n));
  return one;
}

void expect_equal(const Notification& a, const Notification& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.receiver, b.receiver);
  EXPECT_EQ(a.group, b.group);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.message, b.message);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.attempts, b.attempts);
  EXPECT_EQ(a.next_attempt_at, b.next_attempt_at);
  EXPECT_EQ(a.last_attempt_at, b.last_attempt_at);
  EXPECT_EQ(a.delivered_at, b.delivered_at);
  EXPECT_EQ(a.replayed_at, b.replayed_at);
  EXPECT_EQ(a.last_status, b.last_status);
  EXPECT_EQ(a.last_error, b.last_error);
}

/// As many as there are, each made in its minute, in the store.
std::vector<std::int64_t> put(Store& store, std::int64_t from, std::int64_t to) {
  DueRows due;
  for (std::int64_t n = from; n <= to; ++n) {
    due.notifications.push_back(notification_of(n, n % 2 == 0 ? "even" : "odd"));
  }
  const auto sequences = store.put_due(due);
  EXPECT_TRUE(sequences);
  return sequences.value_or(std::vector<std::int64_t>{});
}

TEST(Outbox, AlertsComeWithTheirCycleAndOutliveTheirCluster) {
  const Folder folder;
  const Alert alert = alert_of("a");
  {
    const auto store = open_store(folder.file());
    model::CycleRecord record = testing::record_of("prod", at({}));
    EXPECT_TRUE(record.empty());
    record.alerts = {alert, alert_of("b")};
    EXPECT_FALSE(record.empty());
    ASSERT_TRUE(store->commit(std::vector{record}));
    record.alerts[1].revision = 8;
    record.alerts.erase(record.alerts.begin());
    record.removed = true;
    record.at = at(days(1));
    ASSERT_TRUE(store->commit(std::vector{record}));
    testing::tidy_all(*store, at(days(100)), {});
    EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM clusters"), 0);
  }
  const auto remembered = open_store(folder.file())->remembered(at(days(100)));
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->alerts.size(), 2U);
  for (const Alert& one : remembered->alerts) {
    if (one.id == alert.id) {
      Alert expected = alert;
      expected.summary = one.summary;
      EXPECT_EQ(one, expected);
    } else {
      EXPECT_EQ(one.revision, 8);
    }
  }
  EXPECT_EQ(open_reader(folder.file())->alerts()->size(), 2U);
}

TEST(Outbox, ABatchThatFailsLeavesNoAlert) {
  const Folder folder;
  const auto store = open_store(folder.file());
  model::CycleRecord good = testing::record_of("prod", at({}));
  good.jobs = {testing::job_of("prod", "orders", at({}))};
  good.alerts = {alert_of("a")};
  model::CycleRecord bad = testing::record_of("other", at({}));
  // A job of another cluster: the foreign key refuses it.
  bad.events = {{model::EventKind::job_restarted, at({}), good.jobs[0].id, {}, {}, {}}};
  ASSERT_FALSE(store->commit(std::vector{good, bad}));
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM alerts"), 0);
  ASSERT_TRUE(store->commit(std::vector{good}));
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM alerts"), 1);
}

TEST(Outbox, WhatIsDueIsAWholeThatMayBePutAgain) {
  const Folder folder;
  {
    const auto store = open_store(folder.file());
    ASSERT_TRUE(store->put_alerts(std::vector{alert_of("a"), alert_of("b")}));
    DueRows due;
    due.groups = {group_of("gone"), group_of("stays")};
    due.notifications = {notification_of(1), notification_of(2)};
    const auto first = store->put_due(due);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_EQ(first->size(), 2U);
    EXPECT_LT(first->at(0), first->at(1));
    due.groups.erase(due.groups.begin());
    due.groups[0].told_at.reset();
    due.groups[0].told.clear();
    due.forgotten_groups = {group_of("gone").key};
    due.forgotten_alerts = {alert_of("a").id, id_of("no", "such")};
    due.notifications.insert(due.notifications.begin(), notification_of(3));
    const auto second = store->put_due(due);
    ASSERT_TRUE(second) << second.error().message;
    ASSERT_EQ(second->size(), 3U);
    EXPECT_GT(second->at(0), first->at(1));
    EXPECT_EQ(second->at(1), first->at(0)) << "it is there already";
    EXPECT_EQ(second->at(2), first->at(1));
  }
  const auto remembered = open_store(folder.file())->remembered(at({}));
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->alerts.size(), 1U);
  EXPECT_EQ(remembered->alerts[0].id, alert_of("b").id);
  ASSERT_EQ(remembered->groups.size(), 1U);
  const AlertGroup& group = remembered->groups[0];
  EXPECT_EQ(group.key, group_of("stays").key);
  EXPECT_EQ(group.receiver, "pager");
  EXPECT_EQ(group.labels, group_of("stays").labels);
  EXPECT_FALSE(group.told_at);
  EXPECT_TRUE(group.told.empty());
  ASSERT_EQ(remembered->waiting.size(), 3U);
  expect_equal(remembered->waiting[0], notification_of(1));
  expect_equal(remembered->waiting[1], notification_of(2));
  expect_equal(remembered->waiting[2], notification_of(3));
}

TEST(Outbox, RemembersWhatEachGroupWasTold) {
  const Folder folder;
  DueRows due;
  due.groups = {group_of("a")};
  ASSERT_TRUE(open_store(folder.file())->put_due(due));
  const auto remembered = open_store(folder.file())->remembered(at({}));
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->groups.size(), 1U);
  EXPECT_EQ(remembered->groups[0].told, due.groups[0].told);
  EXPECT_EQ(remembered->groups[0].told_at, due.groups[0].told_at);
}

TEST(Outbox, KeepsWhatAttemptsCameTo) {
  const Folder folder;
  const auto store = open_store(folder.file());
  put(*store, 1, 3);
  std::vector<Notification> attempted{notification_of(1, "odd"), notification_of(2, "even"),
                                      notification_of(3, "odd"), notification_of(99)};
  attempted[0].state = NotificationState::delivered;
  attempted[0].attempts = 1;
  attempted[0].last_attempt_at = at(hours(1));
  attempted[0].delivered_at = at(hours(2));
  attempted[0].last_status = 202;
  attempted[1].attempts = 4;
  attempted[1].next_attempt_at = at(hours(3));
  attempted[1].last_status = 503;
  attempted[1].last_error = "the receiver answered 503";
  attempted[2].state = NotificationState::dead;
  attempted[2].last_error = "the receiver answered 404";
  std::vector<Notification> without = attempted;
  for (Notification& one : without) {
    one.message.clear();  // as the sender reports it
  }
  ASSERT_TRUE(store->put_deliveries(without));
  ASSERT_TRUE(store->put_deliveries(without)) << "again";
  const auto reader = open_reader(folder.file());
  for (std::size_t i = 0; i < 3; ++i) {
    const auto found = reader->notification(attempted[i].id);
    ASSERT_TRUE(found && *found);
    expect_equal(**found, attempted[i]);
  }
  EXPECT_FALSE(reader->notification("msg_99")->has_value());
  const auto remembered = store->remembered(at({}));
  ASSERT_EQ(remembered->waiting.size(), 1U);
  expect_equal(remembered->waiting[0], attempted[1]);
}

TEST(Outbox, ADeadOneWaitsAgainWhereSomebodyAsks) {
  const Folder folder;
  const auto store = open_store(folder.file());
  put(*store, 1, 2);
  Notification dead = notification_of(1, "odd");
  dead.state = NotificationState::dead;
  dead.attempts = 9;
  dead.last_error = "the receiver answered 404";
  ASSERT_TRUE(store->put_deliveries(std::vector{dead}));
  EXPECT_FALSE(store->replay("msg_2", at(days(1)))->has_value()) << "it waits";
  EXPECT_FALSE(store->replay("none", at(days(1)))->has_value());
  const auto again = store->replay(dead.id, at(days(1)));
  ASSERT_TRUE(again && *again);
  Notification expected = dead;
  expected.state = NotificationState::waiting;
  expected.attempts = 0;
  expected.next_attempt_at = at(days(1));
  expected.replayed_at = at(days(1));
  expect_equal(**again, expected);
  EXPECT_EQ((*again)->sequence, 1);
  EXPECT_FALSE(store->replay(dead.id, at(days(1)))->has_value()) << "it waits again";
  EXPECT_EQ(store->remembered(at({}))->waiting.size(), 2U);
}

TEST(Outbox, GivesNotificationsInPagesNewestFirst) {
  const Folder folder;
  const auto store = open_store(folder.file());
  put(*store, 1, 25);
  const auto reader = open_reader(folder.file());
  NotificationFilter filter;
  filter.limit = 10;
  std::vector<std::string> ids;
  int pages = 0;
  do {
    const auto page = reader->notifications(filter);
    ASSERT_TRUE(page) << page.error().message;
    for (const Notification& one : page->items) {
      ids.push_back(one.id);
      EXPECT_EQ(one.message, "");
    }
    // New ones do not shift the pages.
    put(*store, 26 + pages, 26 + pages);
    filter.cursor = page->next;
    ++pages;
  } while (!filter.cursor.empty());
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(ids.size(), 25U);
  EXPECT_EQ(ids.front(), "msg_25");
  EXPECT_EQ(ids.back(), "msg_1");

  const auto count = [&](const NotificationFilter& wanted) {
    const auto page = reader->notifications(wanted);
    EXPECT_TRUE(page);
    return page ? page->items.size() : 0;
  };
  filter = {};
  filter.receivers = {"even"};
  EXPECT_EQ(count(filter), 14U);
  filter.receivers = {"even", "odd"};
  EXPECT_EQ(count(filter), 28U);
  filter.states = {NotificationState::dead, NotificationState::delivered};
  EXPECT_EQ(count(filter), 0U);
  filter = {};
  filter.states = {NotificationState::waiting};
  filter.since = at(minutes(5));
  filter.until = at(minutes(8));
  EXPECT_EQ(count(filter), 3U);
  for (const std::string cursor : {"x", "1.2", "-", "9999999999999999999999"}) {
    filter.cursor = cursor;
    const auto refused = reader->notifications(filter);
    ASSERT_FALSE(refused) << cursor;
    EXPECT_EQ(refused.error().kind, base::ErrorKind::usage);
  }
}

TEST(Outbox, KeepsSilencesAndEndsThem) {
  const Folder folder;
  Silence silence;
  silence.id = "s1";
  silence.matchers = {{"cluster", model::Matcher::Kind::matches, "prod.*"},
                      {"job", model::Matcher::Kind::not_equal, "x"}};
  silence.author = "me";
  silence.reason = "upgrade";
  silence.starts_at = at(hours(1));
  silence.ends_at = at(hours(9));
  silence.created_at = at({});
  {
    const auto store = open_store(folder.file());
    ASSERT_TRUE(store->put_silence(silence));
    silence.reason = "a longer upgrade";
    ASSERT_TRUE(store->put_silence(silence));
    Silence future = silence;
    future.id = "s2";
    ASSERT_TRUE(store->put_silence(future));
    EXPECT_EQ(store->remove_silence("none", at({})), false);
    EXPECT_EQ(store->remove_silence("s2", at({})), true);
    EXPECT_EQ(store->remove_silence("s2", at(hours(1))), false) << "it is over";
  }
  const auto store = open_store(folder.file());
  const auto remembered = store->remembered(at({}));
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->silences.size(), 2U);
  EXPECT_EQ(model::to_json(remembered->silences[0]), model::to_json(silence));
  EXPECT_EQ(remembered->silences[1].starts_at, at({}));
  EXPECT_EQ(remembered->silences[1].ends_at, at({}));
  EXPECT_EQ(store->remembered(at(days(5) + hours(8)))->silences.size(), 1U);
  EXPECT_EQ(store->remembered(at(days(5) + hours(9)))->silences.size(), 0U) << "ended 5 days ago";
  const auto reader = open_reader(folder.file());
  EXPECT_EQ(reader->silences(at({}))->size(), 1U);
  EXPECT_EQ(reader->silences(at(hours(9)))->size(), 0U);
}

TEST(Outbox, KeepsWhenEachCheckWasFirstSeen) {
  const Folder folder;
  {
    const auto store = open_store(folder.file());
    ASSERT_TRUE(store->put_known_checks({{"a", at(hours(1))}, {"b", at(hours(1))}}));
    ASSERT_TRUE(store->put_known_checks({{"a", at(hours(2))}, {"c", at(hours(2))}}));
  }
  const auto remembered = open_store(folder.file())->remembered(at({}));
  ASSERT_TRUE(remembered);
  EXPECT_EQ(remembered->known_checks,
            (std::map<std::string, base::Timestamp>{
                {"a", at(hours(1))}, {"b", at(hours(1))}, {"c", at(hours(2))}}));
}

TEST(Outbox, WhatIsOverGoesForItsAge) {
  const Folder folder;
  const auto store = open_store(folder.file());
  ASSERT_TRUE(store->put_alerts(std::vector{alert_of("a")}));
  put(*store, 1, 4);
  Silence silence;
  silence.id = "s";
  silence.ends_at = at(hours(1));
  ASSERT_TRUE(store->put_silence(silence));
  std::vector<Notification> over{notification_of(1), notification_of(2), notification_of(3)};
  over[0].state = NotificationState::delivered;
  over[0].delivered_at = at(days(1));
  over[1].state = NotificationState::delivered;
  over[1].delivered_at = at(days(2));
  over[2].state = NotificationState::dead;
  ASSERT_TRUE(store->put_deliveries(over));
  const auto left = [&](std::int64_t day, const Retention& retention) {
    testing::tidy_all(*store, at(days(day)) + minutes(30), retention);
    std::string ids;
    const auto page = open_reader(folder.file())->notifications({});
    for (const auto& one : page->items) {
      ids += one.id.back();
    }
    return ids;
  };
  EXPECT_EQ(left(7, {}), "4321");
  EXPECT_EQ(left(8, {}), "432");
  EXPECT_EQ(left(29, {}), "43");
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM silences"), 1);
  EXPECT_EQ(left(31, {}), "4") << "one that waits stays";
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM silences"), 0);
  EXPECT_EQ(left(1'000, {}), "4");
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM alerts"), 1);
}

TEST(Outbox, DeliveredOnesStayNoLongerThanHistory) {
  const Folder folder;
  const auto store = open_store(folder.file());
  put(*store, 1, 1);
  Notification over = notification_of(1);
  over.state = NotificationState::delivered;
  over.delivered_at = at({});
  ASSERT_TRUE(store->put_deliveries(std::vector{over}));
  testing::tidy_all(*store, at(days(3)), {.age = days(2), .raw_checkpoints = days(1)});
  EXPECT_EQ(number(folder.file(), "SELECT count(*) FROM notifications"), 0);
  // Their numbers are not given again.
  EXPECT_EQ(put(*store, 2, 2), std::vector<std::int64_t>{2});
}

TEST(Outbox, AFullDiskIsToldAndGotOver) {
  const Folder folder;
  const int code = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto store = open_store(folder.file());
    DueRows due;
    due.notifications = {notification_of(1)};
    due.notifications[0].message = std::string(2'000'000, 'm');
    due.groups = {group_of("a")};
    struct rlimit limit{300'000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 3; ++i) {
      const auto refused = store->put_due(due);
      if (refused || refused.error().kind != base::ErrorKind::file) {
        return 1;
      }
    }
    if (number(folder.file(), "SELECT count(*) FROM alert_groups") != 0) {
      return 2;
    }
    limit.rlim_cur = RLIM_INFINITY;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto put = store->put_due(due);
    return put && put->size() == 1 &&
                   number(folder.file(), "SELECT count(*) FROM alert_groups") == 1
               ? 0
               : 3;
  });
  EXPECT_EQ(code, 0);
}

/// For ever from `n` on: an alert with its cycle, then what is due of it, then its delivery. Tells
/// of each on the pipe.
[[noreturn]] void tell_for_ever(const std::string& path, std::int64_t n, int pipe) {
  const auto store = open_store(path);
  for (;; ++n) {
    model::CycleRecord record = testing::record_of("prod", at(minutes(n)));
    record.alerts = {alert_of("a")};
    record.alerts[0].revision = n;
    DueRows due;
    due.groups = {group_of("a")};
    due.groups[0].told = {{record.alerts[0].id, n}};
    due.notifications = {notification_of(n)};
    Notification delivered = due.notifications[0];
    delivered.state = NotificationState::delivered;
    delivered.delivered_at = at(minutes(n));
    if (!store->commit(std::vector{record}) || !store->put_due(due) ||
        !store->put_deliveries(std::vector{delivered}) ||
        ::write(pipe, &n, sizeof n) != static_cast<ssize_t>(sizeof n)) {
      ::_exit(1);
    }
  }
}

TEST(Outbox, AKilledWriterLosesNothingThatItHasTold) {
  const Folder folder;
  std::int64_t last = 0;
  for (int kill = 0; kill < 20; ++kill) {
    std::array<int, 2> told{};
    ASSERT_EQ(::pipe(told.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      tell_for_ever(folder.file(), last + 1, told[1]);
    }
    ::close(told[1]);
    std::int64_t n = 0;
    for (int i = 0; i < 3 + kill * 7 % 20; ++i) {
      ASSERT_EQ(::read(told[0], &n, sizeof n), static_cast<ssize_t>(sizeof n));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(told[0], &n, sizeof n) == static_cast<ssize_t>(sizeof n)) {
    }
    ::close(told[0]);
    ASSERT_EQ(WTERMSIG(status), SIGKILL);

    const auto remembered = open_store(folder.file())->remembered(at({}));
    ASSERT_TRUE(remembered);
    ASSERT_EQ(remembered->alerts.size(), 1U);
    ASSERT_EQ(remembered->groups.size(), 1U);
    const std::int64_t seen = remembered->alerts[0].revision;
    const std::int64_t due = remembered->groups[0].told.begin()->second;
    const std::int64_t rows = number(folder.file(), "SELECT count(*) FROM notifications");
    ASSERT_GE(seen, n) << "told, and lost";
    ASSERT_LE(seen, n + 1);
    ASSERT_LE(due, seen);
    ASSERT_GE(due, n);
    ASSERT_EQ(rows, due) << "the group and its notification, or neither";
    ASSERT_EQ(number(folder.file(), "SELECT count(*) FROM notifications WHERE state = 1"),
              rows - static_cast<std::int64_t>(remembered->waiting.size()));
    ASSERT_LE(remembered->waiting.size(), 1U);
    // As a start does: what was not told is due, what waits is sent.
    const auto store = open_store(folder.file());
    for (Notification one : remembered->waiting) {
      one.state = NotificationState::delivered;
      one.delivered_at = at({});
      ASSERT_TRUE(store->put_deliveries(std::vector{one}));
    }
    last = due;
  }
}

}  // namespace
}  // namespace auditor::storage
