#include "daemon/sender.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "alerts/receivers.h"
#include "model/alert_json.h"
#include "tests/unit/support/sink.h"

namespace auditor::daemon {
namespace {

using model::Notification;
using model::NotificationState;
using model::ReceiverKind;
using model::ReceiverSettings;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::http_answer;
using testing::MailSink;
using testing::Sink;

constexpr base::Timestamp noon{milliseconds(1'790'000'000'000)};

std::string ok(const Sink::Request& /*request*/) {
  return http_answer(200);
}

ReceiverSettings receiver_of(const std::string& name, const std::string& url,
                             ReceiverKind kind = ReceiverKind::webhook) {
  ReceiverSettings receiver;
  receiver.name = name;
  receiver.kind = kind;
  receiver.url = url;
  return receiver;
}

/// A notification whose message has `n` in its title.
Notification notification_of(std::int64_t n, const std::string& receiver,
                             const std::string& group = "g") {
  model::Message message = alerts::test_message(receiver, noon);
  message.title = fmt::format("number {} ends", n);
  message.group_key = group;
  Notification one;
  one.id = fmt::format("msg_{}_{}", receiver, n);
  one.receiver = receiver;
  one.group = group;
  one.sequence = n;
  one.created_at = noon;
  one.next_attempt_at = noon;
  one.message = model::to_json(message);
  return one;
}

/// A sender in a world with a clock of its own, and the store's part.
class Desk {
 public:
  explicit Desk(std::vector<ReceiverSettings> receivers, Sender::Bounds bounds = {})
      : sender_({[this] { return now; }, [] { return 0.5; },
                 [this](std::vector<Notification> some) { take(std::move(some)); }},
                bounds) {
    settings.receivers = std::move(receivers);
    load();
  }

  void load() { sender_.set_settings(std::make_shared<const model::AlertingSettings>(settings)); }
  void enqueue(std::vector<Notification> notifications) {
    sender_.enqueue(std::move(notifications));
  }

  /// Steps until `reached`; the test fails where that does not come about.
  template <class Reached>
  void run_until(Reached reached) {
    for (int turn = 0; turn < 3'000; ++turn) {
      sender_.step(milliseconds(10));
      if (reached()) {
        return;
      }
    }
    ADD_FAILURE() << "it does not come about";
  }

  /// Steps until all of `ids` have `state`.
  void run_until_all(const std::vector<std::string>& ids, NotificationState state) {
    run_until([&] {
      return std::ranges::all_of(ids, [&](const std::string& id) {
        return latest.contains(id) && latest.at(id).state == state;
      });
    });
  }

  /// Steps until nothing is under way, and what could begin has begun.
  void run_dry() {
    int quiet = 0;
    run_until([&] {
      quiet = sender_.idle() ? quiet + 1 : 0;
      return quiet > 3;
    });
  }

  Sender& sender() { return sender_; }
  [[nodiscard]] std::uint64_t counted(const std::string& receiver,
                                      const std::string& outcome) const {
    const auto counters = sender_.counters();
    const auto found = counters.attempts.find({receiver, outcome});
    return found == counters.attempts.end() ? 0 : found->second;
  }

  base::Timestamp now = noon;
  bool stores = true;  ///< what is reported is stored at once
  model::AlertingSettings settings;
  std::map<std::string, Notification> latest;  ///< by id
  std::vector<Notification> told;              ///< each report

 private:
  void take(std::vector<Notification> reported) {
    std::vector<std::string> ids;
    for (Notification& one : reported) {
      EXPECT_EQ(one.message, "");
      latest[one.id] = one;
      ids.push_back(one.id);
      told.push_back(std::move(one));
    }
    if (stores) {
      sender_.settled(std::move(ids));
    }
  }

  Sender sender_;
};

std::vector<std::string> ids_of(const std::vector<Sink::Request>& requests) {
  std::vector<std::string> ids;
  for (const Sink::Request& request : requests) {
    ids.push_back(request.headers.at("webhook-id"));
  }
  return ids;
}

TEST(Sender, DeliversSignedAndInOrder) {
  const Sink sink(ok);
  ReceiverSettings hook = receiver_of("hook", sink.url("/x"));
  hook.signing_secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  Desk desk({hook});
  std::vector<Notification> all;
  std::vector<std::string> ids;
  for (int n = 1; n <= 12; ++n) {
    all.push_back(notification_of(n, "hook"));
    ids.push_back(all.back().id);
  }
  // In whatever order they come, and again: by sequence and once they go.
  desk.enqueue({all.rbegin(), all.rend()});
  desk.enqueue(all);
  desk.run_until_all(ids, NotificationState::delivered);
  desk.run_dry();
  const auto requests = sink.requests();
  ASSERT_EQ(ids_of(requests), ids);
  for (std::size_t n = 0; n < all.size(); ++n) {
    const Sink::Request& request = requests[n];
    EXPECT_NE(request.body.find(fmt::format("number {} ends", n + 1)), std::string::npos);
    EXPECT_EQ(request.headers.at("webhook-timestamp"), "1790000000");
    EXPECT_TRUE(request.headers.at("webhook-signature").starts_with("v1,"));
  }
  const Notification& first = desk.latest.at(ids[0]);
  EXPECT_EQ(first.attempts, 1);
  EXPECT_EQ(first.last_attempt_at, noon);
  EXPECT_EQ(first.delivered_at, noon);
  EXPECT_EQ(first.last_status, 200);
  EXPECT_EQ(first.last_error, "");
  EXPECT_EQ(desk.counted("hook", "delivered"), 12U);
  EXPECT_EQ(desk.sender().counters().waiting, 0U);
  EXPECT_FALSE(desk.sender().counters().oldest);
}

TEST(Sender, SendsNothingBeforeItHasSettings) {
  std::vector<Notification> told;
  Sender sender({[] { return noon; }, [] { return 0.5; },
                 [&](std::vector<Notification> some) { told = std::move(some); }});
  sender.enqueue({notification_of(1, "hook")});
  sender.step(milliseconds(0));
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(sender.counters().waiting, 1U);
  sender.set_settings(std::make_shared<const model::AlertingSettings>());
  sender.step(milliseconds(0));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].state, NotificationState::dead);
  EXPECT_NE(told[0].last_error.find("no longer configured"), std::string::npos);
}

TEST(Sender, AReceiverThatIsDownIsTriedAgainWithTheSameId) {
  std::string closed;
  {
    const Sink sink(ok);
    closed = sink.url("/SECRET");
  }
  Desk desk({receiver_of("hook", closed)});
  desk.enqueue({notification_of(1, "hook"), notification_of(2, "hook")});
  desk.run_until([&] { return desk.counted("hook", "failed") == 1; });
  const Notification waits = desk.latest.at("msg_hook_1");
  EXPECT_EQ(waits.state, NotificationState::waiting);
  EXPECT_EQ(waits.attempts, 1);
  EXPECT_EQ(waits.next_attempt_at, noon + milliseconds(2'500));
  EXPECT_NE(waits.last_error.find("refused"), std::string::npos) << waits.last_error;
  EXPECT_EQ(waits.last_error.find("SECRET"), std::string::npos) << waits.last_error;
  desk.run_dry();
  EXPECT_EQ(desk.counted("hook", "failed"), 1U) << "not before its time, and the next after it";
  EXPECT_EQ(desk.sender().counters().oldest, noon);
  desk.now += milliseconds(2'500);
  desk.run_until([&] { return desk.counted("hook", "failed") == 2; });
  EXPECT_EQ(desk.latest.at("msg_hook_1").next_attempt_at, desk.now + seconds(5));

  const Sink back(ok);
  desk.settings.receivers[0].url = back.url("/SECRET");
  desk.load();
  desk.now += seconds(5);
  desk.run_until_all({"msg_hook_1", "msg_hook_2"}, NotificationState::delivered);
  EXPECT_EQ(ids_of(back.requests()), (std::vector<std::string>{"msg_hook_1", "msg_hook_2"}));
  EXPECT_EQ(desk.latest.at("msg_hook_1").attempts, 3);
}

TEST(Sender, OneThatIsDownForADayGetsAllInTheEnd) {
  std::atomic<bool> up = false;
  const Sink sink([&up](const Sink::Request&) { return http_answer(up ? 200 : 500); });
  Desk desk({receiver_of("hook", sink.url())});
  std::vector<std::string> ids;
  for (int n = 1; n <= 30; ++n) {
    desk.enqueue({notification_of(n, "hook", fmt::format("g{}", n % 3))});
    ids.push_back(notification_of(n, "hook").id);
  }
  for (int hour = 0; hour < 24; ++hour) {
    desk.now = noon + hours(hour);
    desk.run_dry();
  }
  const std::size_t asked = sink.requests().size();
  EXPECT_GE(asked, 24U);
  EXPECT_LE(asked, 24U * 3) << "the first of each group, once an hour";
  up = true;
  desk.now += hours(1);
  desk.run_until_all(ids, NotificationState::delivered);
  const auto requests = sink.requests();
  std::map<std::string, std::vector<int>> order;
  for (std::size_t i = asked; i < requests.size(); ++i) {
    const int n = std::stoi(requests[i].headers.at("webhook-id").substr(9));
    order[fmt::format("g{}", n % 3)].push_back(n);
  }
  for (const auto& [group, numbers] : order) {
    EXPECT_EQ(numbers.size(), 10U);
    EXPECT_TRUE(std::ranges::is_sorted(numbers)) << group;
  }
}

TEST(Sender, WaitsAsLongAsAReceiverAsks) {
  std::atomic<int> status = 429;
  const Sink sink(
      [&status](const Sink::Request&) { return http_answer(status, "Retry-After: 600\r\n"); });
  Desk desk({receiver_of("hook", sink.url())});
  desk.enqueue({notification_of(1, "hook")});
  desk.run_until([&] { return desk.counted("hook", "failed") == 1; });
  EXPECT_EQ(desk.latest.at("msg_hook_1").next_attempt_at, noon + minutes(10));
  EXPECT_EQ(desk.latest.at("msg_hook_1").last_status, 429);
  status = 200;
  desk.now += minutes(10) - milliseconds(1);
  desk.run_dry();
  EXPECT_EQ(sink.requests().size(), 1U);
  desk.now += milliseconds(1);
  desk.run_until_all({"msg_hook_1"}, NotificationState::delivered);
  EXPECT_EQ(ids_of(sink.requests()), (std::vector<std::string>{"msg_hook_1", "msg_hook_1"}));
}

TEST(Sender, AReceiverThatHasTooMuchIsLeftAloneByAllGroups) {
  std::atomic<int> status = 429;
  const Sink sink(
      [&status](const Sink::Request&) { return http_answer(status, "Retry-After: 600\r\n"); });
  ReceiverSettings one_place = receiver_of("hook", sink.url());
  one_place.in_flight = 1;
  const Sink good(ok);
  Desk desk({one_place, receiver_of("good", good.url())});
  std::vector<std::string> ids;
  for (int n = 1; n <= 50; ++n) {
    desk.enqueue({notification_of(n, "hook", fmt::format("g{}", n))});
    ids.push_back(fmt::format("msg_hook_{}", n));
  }
  desk.enqueue({notification_of(1, "good")});
  desk.run_until_all({"msg_good_1"}, NotificationState::delivered);
  desk.run_until([&] { return desk.counted("hook", "failed") == 1; });
  desk.now += minutes(9);
  desk.run_dry();
  EXPECT_EQ(sink.requests().size(), 1U);
  status = 200;
  desk.now += minutes(1);
  desk.run_until_all(ids, NotificationState::delivered);
  EXPECT_EQ(sink.requests().size(), 51U);
}

TEST(Sender, AClockThatWasSetBackHoldsNothingUpForLong) {
  std::atomic<int> status = 503;
  const Sink sink(
      [&status](const Sink::Request&) { return http_answer(status, "Retry-After: 3600\r\n"); });
  Desk desk({receiver_of("hook", sink.url())});
  desk.enqueue({notification_of(1, "hook")});
  desk.run_until([&] { return desk.counted("hook", "failed") == 1; });
  status = 200;
  desk.now -= hours(10);
  desk.run_dry();
  EXPECT_EQ(sink.requests().size(), 1U);
  desk.now += hours(1);
  desk.run_until_all({"msg_hook_1"}, NotificationState::delivered);
}

TEST(Sender, WhatIsRefusedIsDeadAndTheNextGoes) {
  const Sink sink([](const Sink::Request& request) {
    return request.headers.at("webhook-id") == "msg_hook_1"
               ? http_answer(404, {}, "no such\nhook: /services/SECRET here")
               : http_answer(200);
  });
  Desk desk({receiver_of("hook", sink.url("/services/SECRET"))});
  desk.enqueue({notification_of(1, "hook"), notification_of(2, "hook")});
  desk.run_until_all({"msg_hook_2"}, NotificationState::delivered);
  const Notification dead = desk.latest.at("msg_hook_1");
  EXPECT_EQ(dead.state, NotificationState::dead);
  EXPECT_EQ(dead.last_status, 404);
  EXPECT_EQ(dead.last_error, "the receiver answered 404: no such hook: … here");
  EXPECT_EQ(desk.counted("hook", "dead"), 1U);

  // Somebody asks for it again.
  Notification again = notification_of(1, "hook");
  again.id = "msg_hook_3";
  again.replayed_at = desk.now;
  desk.enqueue({again});
  desk.run_until_all({"msg_hook_3"}, NotificationState::delivered);
}

TEST(Sender, AReceiverThatIsGoneGetsNoMoreUntilItIsLoadedAnew) {
  std::atomic<int> status = 410;
  const Sink sink([&status](const Sink::Request&) { return http_answer(status); });
  const Sink good(ok);
  ReceiverSettings one_place = receiver_of("hook", sink.url());
  one_place.in_flight = 1;
  Desk desk({one_place, receiver_of("good", good.url())});
  desk.enqueue({notification_of(1, "hook", "a"), notification_of(2, "hook", "b"),
                notification_of(3, "hook", "b"), notification_of(1, "good")});
  desk.run_until_all({"msg_hook_1", "msg_hook_2", "msg_hook_3"}, NotificationState::dead);
  desk.run_until_all({"msg_good_1"}, NotificationState::delivered);
  desk.enqueue({notification_of(4, "hook", "c")});
  desk.run_until_all({"msg_hook_4"}, NotificationState::dead);
  EXPECT_EQ(sink.requests().size(), 1U);
  for (const char* const id : {"msg_hook_1", "msg_hook_3", "msg_hook_4"}) {
    EXPECT_NE(desk.latest.at(id).last_error.find("410"), std::string::npos);
  }
  EXPECT_TRUE(desk.sender().counters().stopped.contains("hook"));
  EXPECT_EQ(desk.sender().counters().waiting, 0U);
  status = 200;
  desk.load();
  desk.enqueue({notification_of(5, "hook")});
  desk.run_until_all({"msg_hook_5"}, NotificationState::delivered);
  EXPECT_TRUE(desk.sender().counters().stopped.empty());
}

TEST(Sender, ABadReceiverDelaysNoOther) {
  const Sink hanging([](const Sink::Request&) { return std::string(Sink::hang); });
  const Sink cutting([](const Sink::Request&) { return std::string(); });
  const Sink large(
      [](const Sink::Request&) { return http_answer(200, {}, std::string(10'000'000, 'x')); });
  const Sink good(ok);
  Desk desk({receiver_of("hanging", hanging.url()), receiver_of("cutting", cutting.url()),
             receiver_of("large", large.url()), receiver_of("good", good.url())});
  std::vector<std::string> ids;
  for (int n = 1; n <= 20; ++n) {
    for (const char* const receiver : {"hanging", "cutting", "large", "good"}) {
      const std::string group = fmt::format("g{}", n);
      desk.enqueue({notification_of(n, receiver, group)});
    }
    ids.push_back(fmt::format("msg_good_{}", n));
    ids.push_back(fmt::format("msg_large_{}", n));
  }
  desk.run_until_all(ids, NotificationState::delivered);
  EXPECT_EQ(desk.counted("hanging", "failed"), 0U) << "its time is not over";
  EXPECT_LE(hanging.requests().size(), 4U) << "its places are taken";
  desk.run_until([&] { return desk.counted("cutting", "failed") == 20; });
  EXPECT_FALSE(desk.sender().idle());
  // What hangs when the process ends is not waited for.
}

TEST(Sender, OneThatHangsIsTriedAgain) {
  const Sink hanging([](const Sink::Request&) { return std::string(Sink::hang); });
  ReceiverSettings receiver = receiver_of("hook", hanging.url());
  receiver.timeout = milliseconds(50);
  Desk desk({receiver});
  desk.enqueue({notification_of(1, "hook")});
  desk.run_until([&] { return desk.counted("hook", "failed") == 1; });
  EXPECT_EQ(desk.latest.at("msg_hook_1").last_status, 0);
}

TEST(Sender, TheNextOfAGroupWaitsForTheStore) {
  const Sink sink(ok);
  Desk desk({receiver_of("hook", sink.url())});
  desk.stores = false;
  desk.enqueue({notification_of(1, "hook", "a"), notification_of(2, "hook", "a"),
                notification_of(3, "hook", "b")});
  desk.run_until_all({"msg_hook_1", "msg_hook_3"}, NotificationState::delivered);
  desk.run_dry();
  EXPECT_EQ(sink.requests().size(), 2U);
  EXPECT_EQ(desk.sender().counters().waiting, 3U) << "the store does not know yet";
  desk.sender().settled({"msg_hook_1", "msg_hook_1", "none"});
  desk.run_until_all({"msg_hook_2"}, NotificationState::delivered);
  EXPECT_EQ(desk.sender().counters().waiting, 2U);
}

TEST(Sender, GivesUpAfterThreeDays) {
  const Sink sink([](const Sink::Request&) { return http_answer(500); });
  Desk desk({receiver_of("hook", sink.url())});
  Notification old = notification_of(1, "hook");
  old.created_at = noon - hours(72);
  Notification asked_for = notification_of(2, "hook", "other");
  asked_for.created_at = noon - hours(100);
  asked_for.replayed_at = noon;
  desk.enqueue({old, asked_for});
  desk.run_until_all({"msg_hook_1"}, NotificationState::dead);
  EXPECT_NE(desk.latest.at("msg_hook_1").last_error.find("500"), std::string::npos);
  desk.run_until_all({"msg_hook_2"}, NotificationState::waiting);
}

TEST(Sender, WhatWaitsForAReceiverThatIsRemovedIsDead) {
  const Sink sink([](const Sink::Request&) { return http_answer(500); });
  Desk desk({receiver_of("hook", sink.url())});
  desk.enqueue({notification_of(1, "hook"), notification_of(2, "hook")});
  desk.run_until([&] { return desk.counted("hook", "failed") == 1; });
  desk.settings.receivers.clear();
  desk.load();
  desk.run_until_all({"msg_hook_1", "msg_hook_2"}, NotificationState::dead);
  EXPECT_NE(desk.latest.at("msg_hook_1").last_error.find("no longer configured"),
            std::string::npos);
  EXPECT_EQ(desk.sender().counters().waiting, 0U);
}

TEST(Sender, HoldsNoMoreThanItsBounds) {
  const Sink sink([](const Sink::Request&) { return http_answer(500); });
  Desk desk({receiver_of("hook", sink.url())}, {.notifications = 3});
  for (int n = 1; n <= 10; ++n) {
    desk.enqueue({notification_of(n, "hook")});
  }
  desk.run_dry();
  EXPECT_EQ(desk.sender().counters().waiting, 3U);
  EXPECT_EQ(desk.counted("hook", "dead"), 7U);
  EXPECT_EQ(desk.latest.at("msg_hook_7").state, NotificationState::dead) << "the oldest";
  EXPECT_FALSE(desk.latest.contains("msg_hook_10"));
}

TEST(Sender, OfSeveralRequestsThoseThatWereTakenAreNotRepeated) {
  std::atomic<int> calls = 0;
  const Sink sink([&calls](const Sink::Request&) { return http_answer(++calls == 2 ? 500 : 202); });
  ReceiverSettings genie = receiver_of("genie", sink.url("/v2/alerts"), ReceiverKind::opsgenie);
  genie.key = "KEY";
  Desk desk({genie});
  model::Message message;
  message.receiver = "genie";
  message.group_key = "g";
  message.at = noon;
  for (const char* const id : {"one", "two", "three"}) {
    model::Alert alert;
    alert.id = id;
    alert.summary = id;
    alert.starts_at = noon;
    message.alerts.push_back(alert);
  }
  Notification one = notification_of(1, "genie");
  one.message = model::to_json(message);
  desk.enqueue({one});
  desk.run_until([&] { return desk.counted("genie", "failed") == 1; });
  EXPECT_EQ(sink.requests().size(), 2U);
  desk.now += minutes(1);
  desk.run_until_all({"msg_genie_1"}, NotificationState::delivered);
  const auto requests = sink.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_NE(requests[0].body.find("\"one\""), std::string::npos);
  EXPECT_NE(requests[1].body.find("\"two\""), std::string::npos);
  EXPECT_EQ(requests[2].body, requests[1].body);
  EXPECT_NE(requests[3].body.find("\"three\""), std::string::npos);
}

TEST(Sender, OfSeveralRequestsOneThatIsRefusedKeepsNoOtherBack) {
  std::atomic<int> calls = 0;
  const Sink sink([&calls](const Sink::Request&) { return http_answer(++calls == 1 ? 422 : 202); });
  Desk desk({receiver_of("genie", sink.url(), ReceiverKind::opsgenie)});
  Notification one = notification_of(1, "genie");  // a test: opened, and closed again
  desk.enqueue({one});
  desk.run_until_all({"msg_genie_1"}, NotificationState::dead);
  EXPECT_EQ(sink.requests().size(), 2U);
}

TEST(Sender, SendsMails) {
  const MailSink sink;
  ReceiverSettings mail = receiver_of("mail", sink.url(), ReceiverKind::email);
  mail.from = "Auditor <auditor@example.org>";
  mail.to = {"a@example.org", "gone@example.org"};
  Desk desk({mail});
  desk.enqueue({notification_of(1, "mail")});
  desk.run_until_all({"msg_mail_1"}, NotificationState::delivered);
  ASSERT_EQ(sink.mails().size(), 1U);
  EXPECT_NE(sink.mails()[0].content.find("number 1 ends"), std::string::npos);
  EXPECT_NE(desk.latest.at("msg_mail_1").last_error.find("550"), std::string::npos);
}

TEST(Sender, AMessageThatDoesNotDecodeIsDead) {
  Desk desk({receiver_of("hook", "http://127.0.0.1:1/")});
  Notification one = notification_of(1, "hook");
  one.message = "{";
  desk.enqueue({one});
  desk.run_until_all({"msg_hook_1"}, NotificationState::dead);
}

TEST(Sender, BeginsNothingOnceItIsToEnd) {
  const Sink sink(ok);
  Desk desk({receiver_of("hook", sink.url())});
  desk.sender().drain();
  desk.enqueue({notification_of(1, "hook")});
  desk.run_dry();
  EXPECT_TRUE(sink.requests().empty());
  EXPECT_TRUE(desk.told.empty());
}

TEST(Sender, TheHeartbeatGoesWhileAllIsWell) {
  const Sink sink(ok);
  Desk desk({});
  desk.settings.heartbeat = {sink.url("/ping/SECRET"), seconds(60)};
  desk.load();
  desk.run_dry();
  EXPECT_TRUE(sink.requests().empty()) << "nothing is known to be well";
  desk.sender().set_healthy(true);
  desk.run_until([&] { return desk.counted("heartbeat", "delivered") == 1; });
  desk.now += seconds(59);
  desk.run_dry();
  EXPECT_EQ(sink.requests().size(), 1U);
  desk.now += seconds(1);
  desk.run_until([&] { return desk.counted("heartbeat", "delivered") == 2; });
  desk.sender().set_healthy(false);
  desk.now += seconds(120);
  desk.run_dry();
  EXPECT_EQ(sink.requests().size(), 2U);
  EXPECT_EQ(sink.requests()[0].method, "GET");
  EXPECT_EQ(sink.requests()[0].target, "/ping/SECRET");
}

}  // namespace
}  // namespace auditor::daemon
