#include "model/alert_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/alerting_settings.h"

namespace auditor::model {
namespace {

const base::Timestamp noon = *base::parse_rfc3339("2026-11-27T12:00:00.250Z");

Alert some_alert() {
  Alert alert;
  alert.id = "0123456789abcdef0123456789abcdef";
  alert.cluster = "prod";
  alert.job = "orders-1";
  alert.labels = {{"job", "orders"}, {"team", "\"pay\"\n"}};
  alert.summary = "43 min without a checkpoint";
  alert.remediation = "Look";
  alert.severity = Severity::critical;
  alert.firing = false;
  alert.starts_at = noon;
  alert.ends_at = noon + std::chrono::minutes(5);
  alert.revision = 6;
  alert.changes = {{true, noon, ""}, {false, noon + std::chrono::minutes(5), "passes now"}};
  alert.first_sight = true;
  return alert;
}

TEST(AlertJson, GivesBackWhatItReads) {
  Alert alert = some_alert();
  EXPECT_EQ(read_alert(to_json(alert)), alert);
  alert.ends_at.reset();
  alert.muted_until = noon;
  alert.changes.clear();
  EXPECT_EQ(read_alert(to_json(alert)), alert);
  EXPECT_TRUE(nlohmann::json::parse(to_json(alert)).at("ends_at").is_null());
}

TEST(AlertJson, KeepsMessages) {
  Message message;
  message.kind = Message::Kind::deployment;
  message.receiver = "team";
  message.group_key = "abc";
  message.group_labels = {{"cluster", "prod"}};
  message.at = noon;
  message.alerts = {some_alert()};
  message.left_out = 7;
  message.title = "Deployed";
  message.text = "a\nb";
  message.cluster = "prod";
  message.job_name = "orders";
  const auto read = read_message(to_json(message));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(message));
  EXPECT_EQ(read->alerts, message.alerts);
  EXPECT_EQ(read->kind, message.kind);
  EXPECT_EQ(read->left_out, 7U);
}

TEST(AlertJson, KeepsSilences) {
  Silence silence;
  silence.id = "s";
  silence.matchers = {{"job", Matcher::Kind::not_matches, "a|b"}};
  silence.author = "me";
  silence.reason = "because";
  silence.starts_at = noon;
  silence.ends_at = noon + std::chrono::hours(1);
  silence.created_at = noon;
  const auto read = read_silence(to_json(silence));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(silence));
  EXPECT_EQ(read->matchers, silence.matchers);
}

TEST(AlertJson, RefusesWhatItDidNotWrite) {
  for (const char* text : {"", "{", "[]", "{}", "null", "7"}) {
    EXPECT_FALSE(read_alert(text)) << text;
    EXPECT_FALSE(read_message(text)) << text;
    EXPECT_FALSE(read_silence(text)) << text;
  }
  const nlohmann::json whole = nlohmann::json::parse(to_json(some_alert()));
  for (const auto& [name, value] : whole.items()) {
    nlohmann::json wrong = whole;
    wrong[name] = nlohmann::json::array({1});
    const auto read = read_alert(wrong.dump());
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().kind, base::ErrorKind::malformed);
  }
}

TEST(AlertTexts, AreReadBack) {
  for (const NotificationState state :
       {NotificationState::waiting, NotificationState::delivered, NotificationState::dead}) {
    EXPECT_EQ(parse_notification_state(to_text(state)), state);
  }
  EXPECT_EQ(parse_notification_state("gone"), std::nullopt);
  EXPECT_EQ(to_text(ReceiverKind::webhook), "webhook");
  EXPECT_EQ(to_text(ReceiverKind::email), "email");
}

}  // namespace
}  // namespace auditor::model
