#include <ostream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/documents.h"
#include "model/matcher.h"
#include "tests/unit/config/daemon_fixture.h"

namespace auditor::config {
namespace {

using namespace std::chrono_literals;
using model::ReceiverKind;
using testing::Daemon;

class Alerting : public Daemon {};

constexpr std::string_view whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST_F(Alerting, IsNothingUnlessSaid) {
  const model::AlertingSettings alerting = good("clusters: [{url: a}]").alerting;
  EXPECT_TRUE(alerting.receivers.empty());
  EXPECT_FALSE(alerting.route);
  EXPECT_TRUE(alerting.default_inhibitions);
  EXPECT_FALSE(good("alerting:\n  route:\n  receivers:\n").alerting.route);
}

TEST_F(Alerting, ReadsReceiversOfEachKind) {
  file("pd", "ROUTING\n");
  file("slack", "https://hooks.slack.com/services/T/B/X\n");
  file("sign", fmt::format("{}\n", whsec));
  const auto settings = good(R"(
alerting:
  external_url: https://auditor.example.org/
  receivers:
    - {name: page, kind: pagerduty, key_file: pd}
    - {name: eu, kind: opsgenie, key: "${TOKEN}", url: https://api.eu.opsgenie.com/}
    - {name: team, kind: slack, url_file: slack, send_resolved: false}
    - {name: chat, kind: mattermost, url: "https://chat.example.com/hooks/${TOKEN}", channel: flink}
    - {name: office, kind: teams, url: "https://flow.example.com/${TOKEN}/?sig=a%20b"}
    - {name: duty, kind: oncall, url: "https://oncall.example.com/${TOKEN}/"}
    - name: hook
      kind: webhook
      url: http://127.0.0.1:9/hook?x=1
      signing_secret_files: [sign]
      auth: {bearer_token: "${TOKEN}"}
      max_alerts: 7
      timeout: 3s
    - {name: am, kind: alertmanager, url: http://alertmanager:9093/}
    - name: mail
      kind: email
      url: smtps://mail.example.com:465
      from: Flink Auditor <auditor@example.com>
      to: [team@example.com]
      user: me
      password: ${TOKEN}
  route:
    receiver: page
    routes: [{receiver: eu}, {receiver: team}, {receiver: chat}, {receiver: office}, {receiver: duty}, {receiver: hook}, {receiver: am}, {receiver: mail}]
)");
  const auto& receivers = settings.alerting.receivers;
  ASSERT_EQ(receivers.size(), 9U);
  EXPECT_EQ(settings.alerting.external_url, "https://auditor.example.org");
  EXPECT_EQ(receivers[0].key, "ROUTING");
  EXPECT_EQ(receivers[0].kind, ReceiverKind::pagerduty);
  EXPECT_TRUE(receivers[0].send_resolved);
  EXPECT_EQ(receivers[1].key, "s3cret");
  EXPECT_EQ(receivers[1].url, "https://api.eu.opsgenie.com");
  EXPECT_EQ(receivers[2].url, "https://hooks.slack.com/services/T/B/X");
  EXPECT_FALSE(receivers[2].send_resolved);
  EXPECT_EQ(receivers[3].url, "https://chat.example.com/hooks/s3cret");
  EXPECT_EQ(receivers[3].channel, "flink");
  EXPECT_EQ(receivers[4].url, "https://flow.example.com/s3cret/?sig=a%20b");
  EXPECT_EQ(receivers[5].url, "https://oncall.example.com/s3cret/");
  EXPECT_EQ(receivers[6].url, "http://127.0.0.1:9/hook?x=1");
  EXPECT_EQ(receivers[6].signing_secrets, (std::vector<std::string>{std::string(whsec)}));
  EXPECT_EQ(receivers[6].access.bearer_token, "s3cret");
  EXPECT_EQ(receivers[6].max_alerts, 7U);
  EXPECT_EQ(receivers[6].timeout, 3s);
  EXPECT_EQ(receivers[7].url, "http://alertmanager:9093");
  EXPECT_EQ(receivers[8].url, "smtps://mail.example.com:465");
  EXPECT_EQ(receivers[8].from, "Flink Auditor <auditor@example.com>");
  EXPECT_EQ(receivers[8].password, "s3cret");
  EXPECT_TRUE(std::ranges::none_of(settings.warnings, [](const std::string& warning) {
    return warning.find("receiver") != std::string::npos;
  }));
}

TEST_F(Alerting, RoutesHaveWhatTheyDoNotSayFromAbove) {
  const auto settings = good(R"(
alerting:
  receivers: [{name: a, kind: webhook, url: http://a}, {name: b, kind: webhook, url: http://b}]
  route:
    receiver: a
    group_by: [job]
    repeat_interval: 1h
    routes:
      - matchers: ['severity=~"high|critical"', 'team="payments"']
        group_wait: 0s
        continue: true
        routes:
          - matchers: [cluster!=test]
            receiver: b
            group_by: [...]
            routes:
              - routes:
                  - routes: [{matchers: ['job!~"x.*"'], group_by: []}]
)");
  const model::Route& root = *settings.alerting.route;
  EXPECT_EQ(root.group_by, (std::vector<std::string>{"job"}));
  EXPECT_EQ(root.group_wait, 30s);
  const model::Route& first = root.routes.at(0);
  EXPECT_EQ(first.receiver, "a");
  EXPECT_EQ(first.group_by, root.group_by);
  EXPECT_EQ(first.repeat_interval, 1h);
  EXPECT_EQ(first.group_wait, 0s);
  EXPECT_TRUE(first.continues);
  ASSERT_EQ(first.matchers.size(), 2U);
  EXPECT_EQ(model::to_text(first.matchers[0]), "severity=~\"high|critical\"");
  const model::Route& second = first.routes.at(0);
  EXPECT_EQ(second.receiver, "b");
  EXPECT_FALSE(second.continues);
  EXPECT_EQ(second.group_wait, 0s);
  EXPECT_EQ(second.group_by, (std::vector<std::string>{"..."}));
  const model::Route& fifth = second.routes.at(0).routes.at(0).routes.at(0);
  EXPECT_EQ(fifth.receiver, "b");
  EXPECT_TRUE(fifth.group_by.empty());
  EXPECT_EQ(fifth.matchers.at(0).value, "x.*");
}

TEST_F(Alerting, ReadsTheRest) {
  const auto alerting = good(R"(
alerting:
  receivers: [{name: a, kind: webhook, url: http://a}]
  inhibitions:
    - {source: [check=a], target: [check=b], equal: [cluster, job]}
  default_inhibitions: false
  maintenance:
    - {name: night, matchers: [cluster=prod], days: [monday, Fri], from: "23:30", lasts: 2h}
  digest: {receivers: [a], days: [sun], at: 7:05}
  heartbeat: {url: "https://hc.example.com/${TOKEN}", every: 30s}
  deployment_receivers: [a]
  startup_mute: 0s
  retry_for: 1h
)")
                            .alerting;
  ASSERT_EQ(alerting.inhibitions.size(), 1U);
  EXPECT_EQ(alerting.inhibitions[0].equal, (std::vector<std::string>{"cluster", "job"}));
  EXPECT_FALSE(alerting.default_inhibitions);
  ASSERT_EQ(alerting.maintenance.size(), 1U);
  EXPECT_EQ(alerting.maintenance[0].days,
            (std::vector<std::chrono::weekday>{std::chrono::Monday, std::chrono::Friday}));
  EXPECT_EQ(alerting.maintenance[0].from, 23h + 30min);
  EXPECT_EQ(alerting.maintenance[0].lasts, 2h);
  EXPECT_EQ(alerting.digest.days, (std::vector<std::chrono::weekday>{std::chrono::Sunday}));
  EXPECT_EQ(alerting.digest.at, 7h + 5min);
  EXPECT_EQ(alerting.heartbeat.url, "https://hc.example.com/s3cret");
  EXPECT_EQ(alerting.heartbeat.every, 30s);
  EXPECT_EQ(alerting.deployment_receivers, (std::vector<std::string>{"a"}));
  EXPECT_EQ(alerting.startup_mute, 0s);
  EXPECT_EQ(alerting.retry_for, 1h);
}

TEST_F(Alerting, WarnsOfReceiversThatAreToldNothingAndOfShortRepeats) {
  const auto settings = good(R"(clusters: [{url: a}]
alerting:
  receivers:
    - {name: a, kind: webhook, url: http://a}
    - {name: b, kind: webhook, url: http://a}
  route: {receiver: a, repeat_interval: 2m}
)");
  EXPECT_EQ(settings.warnings,
            (std::vector<std::string>{
                "d.yaml:6:41: repeat_interval 2m is shorter than group_interval 5m, which is how "
                "often a group is told at most",
                "d.yaml:5:7: the receiver b is told nothing: no route, digest or deployment names "
                "it"}));
}

/// Settings under alerting, on the lines after the first.
struct Wrong {
  std::string text;
  std::string error;
};

std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.text;
}

class AlertingError : public Daemon, public ::testing::WithParamInterface<Wrong> {};

TEST_P(AlertingError, NamesPlaceCauseAndRemedy) {
  EXPECT_EQ(error("alerting:\n" + GetParam().text), "d.yaml:" + GetParam().error);
}

constexpr std::string_view hook = "  receivers: [{name: team, kind: webhook, url: http://a}]\n";

std::string with_hook(std::string_view text) {
  return fmt::format("{}{}", hook, text);
}

INSTANTIATE_TEST_SUITE_P(
    Receivers, AlertingError,
    ::testing::Values(
        Wrong{"  receivers: [{kind: slack}]",
              "2:15: an item of receivers lacks name, such as \"name: on-call\""},
        Wrong{
            "  receivers: [{name: a, kind: slak}]",
            "2:31: kind must be one of webhook, alertmanager, pagerduty, slack, mattermost, teams, "
            "opsgenie, oncall, email, not \"slak\""},
        Wrong{"  receivers: [{name: a, kind: slack}]", "2:15: slack lacks url_file"},
        Wrong{"  receivers: [{name: a, kind: webhook}]", "2:15: webhook lacks url"},
        Wrong{"  receivers: [{name: a, kind: pagerduty}]",
              "2:15: pagerduty lacks key_file: the file with its routing key"},
        Wrong{"  receivers: [{name: a, kind: slack, url: https://hooks.slack.com/x}]",
              "2:43: url is a secret and stands in the file: give url_file, or ${VAR} from the "
              "environment"},
        Wrong{"  receivers: [{name: a, kind: opsgenie, key: abc}]",
              "2:46: key is a secret and stands in the file: give key_file, or ${VAR} from the "
              "environment"},
        Wrong{"  receivers: [{name: a, kind: webhook, url: \"ftp://a\"}]",
              "2:45: url: it must begin with https:// or http://"},
        Wrong{"  receivers: [{name: a, kind: slack, url: \"ftp://${TOKEN}\"}]",
              "2:43: url: it must begin with https:// or http://"},
        Wrong{"  receivers: [{name: a, kind: slack, url: \"https://a/?${TOKEN}#x\"}]",
              "2:43: url: a query may hold no space, control character or #; encode it"},
        Wrong{"  receivers: [{name: a, kind: slack, url: \"https://u:${TOKEN}@a/\"}]",
              "2:43: url: \"https://u:${TOKEN}@a/\" is not a receiver's URL: user name and "
              "password in it "
              "would be seen by others on this machine; use the settings under auth"},
        Wrong{"  receivers: [{name: a, kind: slack, channel: x, url: \"https://${TOKEN}\"}]",
              "2:38: channel is not for a receiver of kind slack, but for mattermost"},
        Wrong{
            "  receivers: [{name: a, kind: webhook, url: http://a, signing_secrets: [abc]}]",
            "2:73: signing_secrets: a secret is written in the file: give signing_secret_files, or "
            "${VAR} from the environment"},
        Wrong{
            "  receivers: [{name: a, kind: webhook, url: http://a, signing_secrets: "
            "[\"${TOKEN}\"]}]",
            "2:73: a signing secret is whsec_ and 24 to 64 random bytes in base64; make one: echo "
            "whsec_$(openssl rand -base64 32)"},
        Wrong{"  receivers: [{name: a, kind: email, url: http://a}]",
              "2:43: url: the server of email is smtp://HOST:PORT (with STARTTLS) or "
              "smtps://HOST:PORT"},
        Wrong{"  receivers: [{name: a, kind: email, url: smtp://a, from: b}]",
              "2:15: email lacks to"},
        Wrong{"  receivers: [{name: a, kind: email, url: smtp://a, from: b, to: [c@d]}]",
              "2:59: from: \"b\" is no address, such as auditor@example.com or Flink Auditor "
              "<auditor@example.com>"},
        Wrong{"  receivers: [{name: a, kind: email, url: smtp://a, from: b@c, to: [\"d@e, f@g\"]}]",
              "2:69: to: \"d@e, f@g\" is no address, such as team@example.com"},
        Wrong{"  receivers: [{name: a, kind: email, url: smtp://a, from: b@c, to: [d@e], user: x}]",
              "2:15: user and password_file belong together: give both or none"},
        Wrong{"  receivers:\n    - {name: a, kind: webhook, url: http://a}\n    - {name: a, kind: "
              "webhook, url: http://b}",
              "4:14: a receiver named \"a\" is there already, at d.yaml:3:14"}));

INSTANTIATE_TEST_SUITE_P(
    Routes, AlertingError,
    ::testing::Values(
        Wrong{with_hook("  route: {}"),
              "3:10: route lacks receiver: the first route takes what no other does"},
        Wrong{with_hook("  route: {receiver: tem}"),
              "3:21: unknown receiver \"tem\"; did you mean \"team\"?"},
        Wrong{"  route: {receiver: tem}", "2:21: unknown receiver \"tem\"; there are none here"},
        Wrong{with_hook("  route: {receiver: team, routes: [{receiver: xyz}]}"),
              "3:47: unknown receiver \"xyz\"; known: team"},
        Wrong{with_hook("  route: {receiver: team, matchers: [a=b]}"),
              "3:37: the first route takes every alert: put matchers into one of its routes"},
        Wrong{with_hook("  route: {receiver: team, group_interval: 0s}"),
              "3:43: group_interval must be a duration from 1s to 1d, such as 30s or 1h30m, not "
              "\"0s\""},
        Wrong{with_hook("  route: {receiver: team, group_by: [\"a b\"]}"),
              "3:38: group_by: \"a b\" is no label's name (letters, digits and _); \"...\" is each "
              "alert for itself"},
        Wrong{with_hook("  route: {receiver: team, group_by: [..., job]}"),
              "3:37: group_by: \"...\" is each alert for itself; no label may stand beside it"},
        Wrong{with_hook("  route: {receiver: team, routes: [{recever: team}]}"),
              "3:37: unknown setting \"recever\"; did you mean \"receiver\"?"},
        Wrong{with_hook("  route: {receiver: team, routes: [~]}"),
              "3:36: an item of routes is empty"},
        Wrong{with_hook("  route: {receiver: team, routes: [{matchers: [job]}]}"),
              "3:48: matchers: \"job\" has no = in it; a matcher looks like "
              "severity=~\"high|critical\", with one of = != =~ !~"},
        Wrong{with_hook("  route: {receiver: team, routes: [{matchers: ['job=~\"(a\"']}]}"),
              "3:48: matchers: \"(a\" is no regular expression: missing ): (a"},
        Wrong{with_hook("  route: {receiver: team, routes: [{matchers: [severity=hihg]}]}"),
              "3:48: there is no severity \"hihg\"; known: info, low, medium, high, critical"}));

INSTANTIATE_TEST_SUITE_P(
    Rest, AlertingError,
    ::testing::Values(
        Wrong{"  inhibitions: [{source: [a=b]}]",
              "2:17: an item of inhibitions lacks target, such as \"target: "
              "['check=\"restart-loop\"']\""},
        Wrong{"  inhibitions: [{source: [], target: [a=b]}]", "2:26: source is empty"},
        Wrong{"  inhibitions: [{source: , target: [a=b]}]",
              "2:26: source is empty: name at least one matcher"},
        Wrong{"  maintenance: [{name: a, days: [mnday]}]",
              "2:34: unknown day \"mnday\"; did you mean \"monday\"?"},
        Wrong{"  maintenance: [{name: a, from: 24:00}]",
              "2:33: from must be hours and minutes, such as 08:30, not \"24:00\""},
        Wrong{"  maintenance: [{name: a, lasts: 8d}]",
              "2:34: lasts must be a duration from 1m to 7d, such as 30s or 1h30m, not \"8d\""},
        Wrong{"  digest: {at: noon}",
              "2:16: at must be hours and minutes, such as 08:30, not \"noon\""},
        Wrong{with_hook("  digest: {receivers: [tam]}"),
              "3:24: unknown receiver \"tam\"; did you mean \"team\"?"},
        Wrong{
            "  receivers: [{name: p, kind: pagerduty, key: \"${TOKEN}\"}]\n  digest: {receivers: "
            "[p]}",
            "3:24: p is a receiver that wakes people or tracks alerts: it is not told of digests"},
        Wrong{"  heartbeat: {url: https://a}",
              "2:20: url is a secret and stands in the file: give url_file, or ${VAR} from the "
              "environment"},
        Wrong{"  external_url: ftp://a",
              "2:17: \"ftp://a\" is not the page's address: its scheme is not supported; use "
              "http:// or https://"}));

TEST_F(Alerting, TheSchemaKnowsRoutesInRoutes) {
  const auto schema = nlohmann::json::parse(json_schema(testing::infos));
  const auto& route = schema.at("$defs").at("route");
  EXPECT_EQ(route.at("properties").at("routes").at("items").at("$ref"), "#/$defs/route");
  EXPECT_EQ(route.at("properties").at("group_by").at("default"),
            nlohmann::json::array({"cluster", "check"}));
  EXPECT_EQ(schema.at("properties").at("alerting").at("properties").at("route").at("$ref"),
            "#/$defs/route");
}

}  // namespace
}  // namespace auditor::config
