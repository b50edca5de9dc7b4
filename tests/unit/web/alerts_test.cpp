#include <gtest/gtest.h>

#include "model/alert_json.h"
#include "tests/unit/web/world.h"

/// Alerts, silences, receivers and notifications.
namespace auditor::web {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::noon;
using testing::WebWorld;

Headers with_token(Headers more = {}) {
  more.emplace_back("authorization", "Bearer " + std::string(testing::token));
  return more;
}

AlertStatus alert(const std::string& id, model::Severity severity, minutes age) {
  AlertStatus status;
  status.alert.id = id;
  status.alert.cluster = "prod";
  status.alert.job = "j1";
  status.alert.labels = {{"cluster", "prod"}, {"job", "orders"}, {"check", "job-not-running"}};
  status.alert.summary = "it does not run";
  status.alert.severity = severity;
  status.alert.starts_at = noon - age;
  status.alert.changes = {{.firing = true, .at = noon - age, .reason = ""}};
  status.receivers = {"ops"};
  return status;
}

model::Silence silence(std::string id, hours from, hours until) {
  return {.id = std::move(id),
          .matchers = {{.label = "cluster", .value = "prod"}},
          .author = "me",
          .reason = "a migration",
          .starts_at = noon + from,
          .ends_at = noon + until,
          .created_at = noon + from};
}

std::shared_ptr<AlertingStatus> alerting() {
  auto status = std::make_shared<AlertingStatus>();
  status->configured = true;
  status->external_url = "https://auditor.example";
  AlertStatus over = alert("over", model::Severity::critical, minutes(5));
  over.alert.firing = false;
  over.alert.ends_at = noon;
  AlertStatus muted = alert("muted", model::Severity::critical, minutes(1));
  muted.muted_by = "silence s1";
  AlertStatus own = alert("own", model::Severity::high, minutes(3));
  own.alert.cluster.clear();
  own.alert.job.clear();
  own.alert.labels = {{"check", "auditor-dead-letters"}};
  own.receivers = {"boss"};
  status->alerts = {over, alert("old", model::Severity::medium, minutes(60)), muted,
                    alert("new", model::Severity::medium, minutes(2)), own};
  status->silences = {silence("s1", hours(-1), hours(2)), silence("s2", hours(1), hours(9)),
                      silence("s3", hours(-9), hours(-1)), silence("s4", hours(-200), hours(-121))};
  status->receivers = {{.name = "ops",
                        .kind = "webhook",
                        .delivered = 5,
                        .attempts_failed = 2,
                        .dead = 1,
                        .waiting = 3,
                        .oldest_waiting = noon - minutes(2),
                        .stopped = "410 Gone",
                        .last_error = "HTTP 503"}};
  return status;
}

class AlertsApi : public ::testing::Test {
 protected:
  AlertsApi() { world.board.put_alerting(alerting()); }

  std::vector<std::string> ids(std::string_view query) {
    std::vector<std::string> found;
    const auto document = world.get("/api/v1/alerts" + std::string(query));
    for (const auto& row : document["alerts"]) {
      found.push_back(row["id"]);
    }
    return found;
  }
  WebWorld world{testing::with_credentials()};
};

using Ids = std::vector<std::string>;

TEST_F(AlertsApi, ComeFiringFirstThenTheWorstThenTheNewest) {
  EXPECT_EQ(ids(""), (Ids{"own", "new", "old", "muted", "over"}));
  EXPECT_EQ(ids("?limit=2"), (Ids{"own", "new"}));
  const auto document = world.get("/api/v1/alerts?state=firing&limit=1");
  EXPECT_EQ(document["total"], 3);
  EXPECT_EQ(document["counts"], (nlohmann::json{{"firing", 3}, {"muted", 1}, {"resolved", 1}}));
  EXPECT_TRUE(document["configured"]);
  EXPECT_TRUE(document["quiet_since"].is_null());
}

TEST_F(AlertsApi, AreFiltered) {
  EXPECT_EQ(ids("?state=muted"), Ids{"muted"});
  EXPECT_EQ(ids("?state=muted&state=resolved"), (Ids{"muted", "over"}));
  EXPECT_EQ(ids("?cluster=prod&severity=critical"), (Ids{"muted", "over"}));
  EXPECT_EQ(ids("?job=orders&state=firing"), (Ids{"new", "old"}));
  EXPECT_EQ(ids("?job=j1&state=firing"), (Ids{"new", "old"}));
  EXPECT_EQ(ids("?check=auditor-dead-letters"), Ids{"own"});
  EXPECT_EQ(ids("?receiver=boss"), Ids{"own"});
  EXPECT_EQ(ids("?id=old"), Ids{"old"});
  EXPECT_EQ(world.get("/api/v1/alerts?state=on", 400)["detail"],
            "parameter \"state\": \"on\" must be firing, muted or resolved");
}

TEST_F(AlertsApi, TellWhomAndWhyNot) {
  const auto rows = world.get("/api/v1/alerts")["alerts"];
  EXPECT_TRUE(rows[0]["finding"].is_null());
  EXPECT_TRUE(rows[0]["cluster"].is_null());
  EXPECT_EQ(rows[1]["finding"], "new");
  EXPECT_EQ(rows[1]["job_name"], "orders");
  EXPECT_EQ(rows[1]["receivers"], Ids{"ops"});
  EXPECT_TRUE(rows[1]["muted_by"].is_null());
  EXPECT_EQ(rows[3]["state"], "muted");
  EXPECT_EQ(rows[3]["muted_by"], "silence s1");
  EXPECT_EQ(rows[4]["ended_at"], base::format_rfc3339(noon));
  EXPECT_EQ(rows[4]["changes"].size(), 1);
}

TEST_F(AlertsApi, AreQuietOnceTheLastEnded) {
  auto status = std::make_shared<AlertingStatus>(*alerting());
  status->alerts.resize(1);
  world.board.put_alerting(status);
  EXPECT_EQ(world.get("/api/v1/alerts")["quiet_since"], base::format_rfc3339(noon));
  world.board.put_alerting(std::make_shared<AlertingStatus>());
  const auto none = world.get("/api/v1/alerts");
  EXPECT_FALSE(none["configured"]);
  EXPECT_TRUE(none["quiet_since"].is_null());
  EXPECT_TRUE(none["alerts"].empty());
}

TEST_F(AlertsApi, HaveReceivers) {
  const auto document = world.get("/api/v1/receivers");
  EXPECT_EQ(document["external_url"], "https://auditor.example");
  const auto row = document["receivers"][0];
  EXPECT_EQ(row["name"], "ops");
  EXPECT_EQ(row["waiting"], 3);
  EXPECT_EQ(row["oldest_waiting"], base::format_rfc3339(noon - minutes(2)));
  EXPECT_EQ(row["stopped"], "410 Gone");
}

TEST_F(AlertsApi, AreCountedInMetrics) {
  const std::string text = world.ask("GET", "/metrics").body;
  for (const std::string_view line :
       {"flink_auditor_alerts{severity=\"medium\",state=\"firing\"} 2",
        "flink_auditor_alerts{severity=\"critical\",state=\"firing\"} 0",
        "flink_auditor_alerts{severity=\"critical\",state=\"muted\"} 1",
        "flink_auditor_silences{state=\"active\"} 1", "flink_auditor_silences{state=\"pending\"} 1",
        "flink_auditor_silences{state=\"expired\"} 1",
        "flink_auditor_notifications_total{receiver=\"ops\",outcome=\"delivered\"} 5",
        "flink_auditor_notifications_total{receiver=\"ops\",outcome=\"failed\"} 2",
        "flink_auditor_notifications_total{receiver=\"ops\",outcome=\"dead\"} 1",
        "flink_auditor_notifications_waiting{receiver=\"ops\"} 3",
        "flink_auditor_notifications_oldest_waiting_seconds{receiver=\"ops\"} 120"}) {
    EXPECT_NE(text.find("\n" + std::string(line) + "\n"), std::string::npos) << line;
  }
}

class SilencesApi : public AlertsApi {
 protected:
  Response post(std::string body) {
    return world.ask("POST", "/api/v1/silences", with_token({{"content-type", "application/json"}}),
                     std::move(body));
  }
  /// Of a body that has `more` beside what every silence has.
  std::string refusal(const std::string& more) {
    const Response response =
        post(R"({"matchers": ["cluster=\"prod\""], "author": "a", "reason": "r", )" + more + "}");
    EXPECT_EQ(response.status, 400) << more;
    return nlohmann::json::parse(response.body)["detail"];
  }
  std::string matcher_refusal(const std::string& matchers) {
    const Response response =
        post(R"({"author": "a", "reason": "r", "duration": "2h", "matchers": )" + matchers + "}");
    EXPECT_EQ(response.status, 400) << matchers;
    return nlohmann::json::parse(response.body)["detail"];
  }
};

TEST_F(SilencesApi, AreListedByTheirEnd) {
  const auto rows = world.get("/api/v1/silences")["silences"];
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0]["id"], "s2");
  EXPECT_EQ(rows[0]["state"], "pending");
  EXPECT_EQ(rows[1]["state"], "active");
  EXPECT_EQ(rows[1]["matchers"], Ids{"cluster=\"prod\""});
  EXPECT_EQ(rows[1]["matches"], 3);
  EXPECT_EQ(rows[2]["state"], "expired");
  EXPECT_EQ(world.get("/api/v1/silences?state=active")["silences"].size(), 1);
  world.get("/api/v1/silences?state=old", 400);
}

TEST_F(SilencesApi, AreKept) {
  const Response response = post(
      R"({"matchers": ["cluster=\"prod\"", {"name": "check", "value": "job-.*", "isRegex": true},
                       {"name": "job", "value": "x", "isEqual": false}],
          "author": " me ", "reason": "a migration", "duration": "2h"})");
  ASSERT_EQ(response.status, 201) << response.body;
  const auto document = nlohmann::json::parse(response.body);
  EXPECT_EQ(document["id"], "s1");
  EXPECT_EQ(document["state"], "active");
  EXPECT_EQ(document["matches"], 3);
  EXPECT_EQ(document["matchers"], (Ids{"cluster=\"prod\"", "check=~\"job-.*\"", "job!=\"x\""}));
  EXPECT_EQ(world.commands.silence.author, "me");
  EXPECT_EQ(world.commands.silence.starts_at, noon);
  EXPECT_EQ(world.commands.silence.created_at, noon);
  EXPECT_EQ(world.commands.silence.ends_at, noon + hours(2));
}

TEST_F(SilencesApi, BeginLaterOrAtOnce) {
  const std::string later = base::format_rfc3339(noon + hours(5));
  const std::string past = base::format_rfc3339(noon - hours(5));
  const auto with = [](const std::string& times) {
    return R"({"matchers": ["job=x"], "author": "a", "reason": "r", )" + times + "}";
  };
  EXPECT_EQ(
      post(with(R"("duration": "1d", "ends_at": null, "starts_at": ")" + later + "\"")).status,
      201);
  EXPECT_EQ(world.commands.silence.starts_at, noon + hours(5));
  EXPECT_EQ(world.commands.silence.ends_at, noon + hours(29));
  EXPECT_EQ(post(with(R"("ends_at": ")" + later + R"(", "starts_at": ")" + past + "\"")).status,
            201);
  EXPECT_EQ(world.commands.silence.starts_at, noon);
  EXPECT_EQ(world.commands.silence.ends_at, noon + hours(5));
}

TEST_F(SilencesApi, AreRefusedWithAReason) {
  EXPECT_EQ(refusal(R"("until": "x")"),
            "unknown member \"until\"; there are matchers, author, reason, starts_at, ends_at and "
            "duration");
  EXPECT_NE(refusal(R"("starts_at": null)").find("say when it ends"), std::string::npos);
  EXPECT_NE(refusal(R"("duration": "2h", "ends_at": "2030-01-01T00:00:00Z")").find("either"),
            std::string::npos);
  for (const char* duration : {"\"2\"", "2", "\"soon\"", "\"0h\"", "\"\""}) {
    EXPECT_EQ(refusal("\"duration\": " + std::string(duration)),
              "\"duration\" must be a text such as \"30min\", \"2h\" or \"7d\"")
        << duration;
  }
  EXPECT_NE(refusal(R"("duration": "31d")").find("at most 30 days"), std::string::npos);
  EXPECT_NE(refusal(R"("ends_at": "2126-01-01T00:00:00Z")").find("at most 30 days"),
            std::string::npos);
  EXPECT_EQ(refusal(R"("ends_at": "2020-01-01T00:00:00Z")"), "\"ends_at\" is over already");
  EXPECT_NE(refusal(R"("ends_at": "tomorrow")").find("must be a time in UTC"), std::string::npos);
  EXPECT_EQ(refusal(R"("duration": "1h", "starts_at": "2099-01-01T00:00:00Z")"),
            "\"starts_at\" must be within a year");
  EXPECT_EQ(refusal("\"ends_at\": \"" + base::format_rfc3339(noon + hours(1)) +
                    "\", \"starts_at\": \"" + base::format_rfc3339(noon + hours(2)) + "\""),
            "\"ends_at\" must be after \"starts_at\"");
  EXPECT_EQ(refusal(R"("duration": "1h", "author": " ")"), "\"author\" must have 1 to 1000 bytes");
  EXPECT_TRUE(world.commands.calls.empty());
}

TEST_F(SilencesApi, NeedMatchersThatMean) {
  EXPECT_NE(matcher_refusal("[]").find("a list of 1 to 20"), std::string::npos);
  EXPECT_NE(matcher_refusal("\"cluster=x\"").find("a list of 1 to 20"), std::string::npos);
  EXPECT_NE(matcher_refusal("[1]").find("\"name\" and \"value\""), std::string::npos);
  EXPECT_NE(matcher_refusal("[\"cluster\"]").find("has no = in it"), std::string::npos);
  EXPECT_NE(matcher_refusal(R"([{"name": "a b", "value": "x"}])").find("no label's name"),
            std::string::npos);
  EXPECT_NE(matcher_refusal(R"([{"name": "a", "value": "x", "isRegex": 1}])").find("true or false"),
            std::string::npos);
  EXPECT_NE(matcher_refusal(R"([{"name": "a", "value": "x", "regex": true}])")
                .find("unknown member \"regex\""),
            std::string::npos);
  EXPECT_FALSE(matcher_refusal(R"(["job=~\"(\""])").empty());
  for (const char* all : {R"(["cluster=~\".*\""])", R"(["cluster!=\"x\""])", R"(["job=\"\""])"}) {
    EXPECT_NE(matcher_refusal(all).find("nearly all"), std::string::npos) << all;
  }
  EXPECT_TRUE(world.commands.calls.empty());
}

TEST_F(SilencesApi, End) {
  EXPECT_EQ(world.ask("DELETE", "/api/v1/silences/s1", with_token()).status, 204);
  EXPECT_EQ(world.ask("DELETE", "/api/v1/silences/s9", with_token()).status, 404);
  EXPECT_EQ(world.ask("DELETE", "/api/v1/silences/s1").status, 401);
  world.commands.failure = base::fail(base::ErrorKind::file, "disk full");
  EXPECT_EQ(world.ask("DELETE", "/api/v1/silences/s1", with_token()).status, 503);
}

class NotificationsApi : public AlertsApi {
 protected:
  NotificationsApi() {
    model::Message message;
    message.receiver = "ops";
    message.at = noon;
    message.alerts = {alert("a", model::Severity::high, minutes(3)).alert,
                      alert("b", model::Severity::high, minutes(3)).alert};
    message.alerts[1].firing = false;
    message.alerts[1].ends_at = noon;
    model::Notification dead;
    dead.id = "dead";
    dead.receiver = "ops";
    dead.group = "g";
    dead.created_at = noon;
    dead.message = model::to_json(message);
    dead.state = model::NotificationState::dead;
    dead.attempts = 9;
    dead.last_attempt_at = noon;
    dead.last_status = 400;
    dead.last_error = "HTTP 400";
    model::Notification waiting;
    waiting.id = "a/b";
    waiting.next_attempt_at = noon + minutes(1);
    world.rows.notifications = {dead, waiting};
  }

  int retry(const std::string& id) {
    return world.ask("POST", "/api/v1/notifications/" + id + "/retry", with_token()).status;
  }
};

TEST_F(NotificationsApi, SayWhatTheyTell) {
  world.rows.next = "7";
  const auto page = world.get(
      "/api/v1/notifications?state=dead&state=waiting&receiver=ops&since=2026-01-01T00:00:00Z"
      "&limit=20&cursor=3");
  EXPECT_EQ(page["next"], "7");
  const auto row = page["notifications"][0];
  EXPECT_EQ(row["kind"], "alerts");
  EXPECT_EQ(row["firing"], 1);
  EXPECT_EQ(row["resolved"], 1);
  EXPECT_FALSE(row["title"].get<std::string>().empty());
  EXPECT_EQ(row["state"], "dead");
  EXPECT_EQ(row["last_status"], 400);
  EXPECT_TRUE(row["next_attempt_at"].is_null());
  EXPECT_FALSE(row.contains("message"));
  const auto unread = page["notifications"][1];
  EXPECT_TRUE(unread["title"].is_null());
  EXPECT_EQ(unread["next_attempt_at"], base::format_rfc3339(noon + minutes(1)));
  const storage::NotificationFilter& asked = world.rows.asked_notifications;
  EXPECT_EQ(asked.states.size(), 2);
  EXPECT_EQ(asked.receivers, Ids{"ops"});
  EXPECT_TRUE(asked.since);
  EXPECT_EQ(asked.limit, 20);
  EXPECT_EQ(asked.cursor, "3");
  world.get("/api/v1/notifications?cursor=wrong", 400);
  world.get("/api/v1/notifications?state=lost", 400);
  world.get("/api/v1/notifications?limit=201", 400);
}

TEST_F(NotificationsApi, HaveTheirMessage) {
  EXPECT_EQ(world.get("/api/v1/notifications/dead")["message"]["alerts"].size(), 2);
  EXPECT_TRUE(world.get("/api/v1/notifications/a%2Fb")["message"].is_null());
  world.get("/api/v1/notifications/none", 404);
}

TEST_F(NotificationsApi, AreSentAgainWhereDead) {
  EXPECT_EQ(retry("dead"), 202);
  EXPECT_EQ(retry("a%2Fb"), 409);
  EXPECT_EQ(retry("none"), 404);
  EXPECT_EQ(world.commands.calls, Ids{"retry dead"});
  EXPECT_EQ(world.ask("POST", "/api/v1/notifications/dead/retry").status, 401);
  world.rows.notifications[0].id = "dead-2";  // for the commands it is not dead any more
  EXPECT_EQ(retry("dead-2"), 409);
  world.commands.failure = base::fail(base::ErrorKind::file, "disk full");
  EXPECT_EQ(retry("dead-2"), 503);
}

TEST_F(NotificationsApi, TellADigestOnRequest) {
  const Response response = world.ask("POST", "/api/v1/digest", with_token());
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(nlohmann::json::parse(response.body)["notifications"], 1);
  world.commands.digests = 0;
  EXPECT_EQ(world.ask("POST", "/api/v1/digest", with_token()).status, 409);
  EXPECT_EQ(world.ask("POST", "/api/v1/digest").status, 401);
}

}  // namespace
}  // namespace auditor::web
