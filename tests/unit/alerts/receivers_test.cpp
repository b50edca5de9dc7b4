#include "alerts/receivers.h"

#include <cstdlib>
#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "alerts/mime.h"
#include "alerts/wording.h"
#include "base/files.h"
#include "tests/unit/alerts/desk.h"
#include "tests/unit/support/files.h"

namespace auditor::alerts {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using model::Alert;
using model::Message;
using model::ReceiverKind;
using model::ReceiverSettings;
using nlohmann::json;

constexpr std::array kinds{
    ReceiverKind::webhook,  ReceiverKind::alertmanager, ReceiverKind::pagerduty,
    ReceiverKind::slack,    ReceiverKind::mattermost,   ReceiverKind::teams,
    ReceiverKind::opsgenie, ReceiverKind::oncall,       ReceiverKind::email};

ReceiverSettings receiver(ReceiverKind kind) {
  ReceiverSettings one;
  one.name = "team";
  one.kind = kind;
  one.url = "https://receiver.example.com";
  one.key = "KEY";
  one.channel = "flink";
  one.from = "Flink Auditor <auditor@example.com>";
  one.to = {"team@example.com", "Jörg <jorg@example.com>"};
  return one;
}

model::AlertingSettings settings() {
  model::AlertingSettings all;
  all.external_url = "https://auditor.example.org";
  return all;
}

Message alerts_message() {
  Message message;
  message.receiver = "team";
  message.group_key = "0123456789abcdef0123456789abcdef";
  message.group_labels = {{"cluster", "prod"}};
  message.at = start + 12min;
  Alert firing = alert("prod", "orders", "checkpoint-stale", start, model::Severity::critical);
  firing.id = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3";
  firing.summary =
      "orders has not completed a checkpoint for 43 min; a restart would go back as far";
  firing.remediation =
      "Look at checkpoint-failing; before any restart take a savepoint:\n"
      "    flink savepoint JOB";
  Alert over = alert("prod", "payments", "restart-loop", start - 1h);
  over.id = "b0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3";
  over.firing = false;
  over.revision = 4;
  over.ends_at = start + 11min;
  over.changes = {{false, start - 30min, "passes now"},
                  {true, start - 1min, ""},
                  {false, start + 11min, "passes now"}};
  over.summary = "payments failed 5 times within 10 min";
  message.alerts = {firing, over};
  message.left_out = 3;
  return message;
}

Message text_message(Message::Kind kind) {
  Message message;
  message.kind = kind;
  message.receiver = "team";
  message.group_key = "0123456789abcdef0123456789abcdef";
  message.at = start;
  if (kind == Message::Kind::digest) {
    message.title = "Posture: 2 clusters, worst grade D";
    message.text = "prod: C (72)\n  operator-uid-missing: 3 jobs\ntest: D (61)";
    return message;
  }
  message.title = "Deployed: orders on prod";
  message.text = "JobID 1 → 2, parallelism 4 → 8";
  message.cluster = "prod";
  message.job_name = "orders";
  return message;
}

/// What goes out, as people compare it.
std::string shown(const Rendered& rendered) {
  std::string out;
  for (const Request& request : rendered.requests) {
    fmt::format_to(std::back_inserter(out), "POST {}\nContent-Type: {}\n", request.url,
                   request.content_type);
    for (const std::string& header : request.headers) {
      fmt::format_to(std::back_inserter(out), "{}\n", header);
    }
    fmt::format_to(std::back_inserter(out), "\n{}\n\n",
                   nlohmann::ordered_json::parse(request.body).dump(2));
  }
  if (rendered.email) {
    fmt::format_to(std::back_inserter(out), "MAIL FROM {}\n", rendered.email->from);
    for (const std::string& to : rendered.email->to) {
      fmt::format_to(std::back_inserter(out), "RCPT TO {}\n", to);
    }
    std::string content = rendered.email->content;
    std::erase(content, '\r');
    fmt::format_to(std::back_inserter(out), "\n{}", content);
  }
  return out;
}

void expect_golden(const std::string& name, const std::string& made) {
  const auto path = auditor::testing::source("tests/unit/alerts/golden/" + name);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no test changes the environment
  if (std::getenv("AUDITOR_UPDATE") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(base::write_file(path.string(), made));
  }
  const auto golden = base::read_file(path.string(), base::mebibytes(1));
  ASSERT_TRUE(golden) << name << ": make it with AUDITOR_UPDATE=1";
  EXPECT_EQ(made, *golden) << name << ": AUDITOR_UPDATE=1 writes it anew";
}

class Golden : public ::testing::TestWithParam<ReceiverKind> {};

TEST_P(Golden, IsWhatGoesOut) {
  const std::vector<std::pair<std::string, Message>> messages{
      {"alerts", alerts_message()},
      {"digest", text_message(Message::Kind::digest)},
      {"deployment", text_message(Message::Kind::deployment)},
      {"test", test_message("team", start)}};
  for (const auto& [name, message] : messages) {
    const Rendered rendered = render(message, receiver(GetParam()), settings(), message.at + 1s);
    if (!rendered.empty()) {
      expect_golden(fmt::format("{}-{}.txt", to_text(GetParam()), name), shown(rendered));
    } else {
      EXPECT_TRUE(name == "digest" || name == "deployment");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Golden, ::testing::ValuesIn(kinds),
                         [](const auto& tested) { return std::string(to_text(tested.param)); });

TEST(Receivers, ThoseThatWakePeopleGetNoDigest) {
  for (const ReceiverKind kind : {ReceiverKind::pagerduty, ReceiverKind::opsgenie,
                                  ReceiverKind::oncall, ReceiverKind::alertmanager}) {
    EXPECT_TRUE(
        render(text_message(Message::Kind::digest), receiver(kind), settings(), start).empty());
  }
}

/// A job whose every text wants to be more than a text.
Message hostile_message() {
  Message message = alerts_message();
  message.left_out = 0;
  Alert& one = message.alerts[0];
  const std::string name =
      "<!channel> <img src=x onerror=alert(1)> @all [x](javascript:1) `y` *z* | \"q\" \r\nBcc: a@b";
  one.labels["job"] = name;
  one.job = name;
  one.summary = name;
  one.remediation = name;
  message.alerts.resize(1);
  return message;
}

TEST(Receivers, WhatAJobIsNamedIsInert) {
  const auto body = [](ReceiverKind kind) {
    return json::parse(
        render(hostile_message(), receiver(kind), settings(), start).requests.at(0).body);
  };
  const json slack = body(ReceiverKind::slack);
  EXPECT_EQ(slack.at("text").get<std::string>().find('<'), std::string::npos);
  for (const json& block : slack.at("blocks")) {
    if (block.at("type") == "header") {
      EXPECT_EQ(block.at("text").at("type"), "plain_text");
      continue;
    }
    const std::string text = block.at("text").at("text");
    EXPECT_EQ(text.find("<!"), std::string::npos);
    EXPECT_EQ(text.find("<img"), std::string::npos);
    EXPECT_EQ(block.at("text").at("verbatim"), true);
  }
  const std::string mattermost = body(ReceiverKind::mattermost).dump();
  EXPECT_EQ(mattermost.find("@all"), std::string::npos);
  EXPECT_EQ(mattermost.find("<img"), mattermost.find("\\\\<img") == std::string::npos
                                         ? std::string::npos
                                         : mattermost.find("\\\\<img") + 2);
  EXPECT_EQ(mattermost.find("[x]("), std::string::npos);
  const json teams = body(ReceiverKind::teams);
  for (const json& block : teams.at("attachments").at(0).at("content").at("body")) {
    EXPECT_TRUE(block.at("type") == "RichTextBlock" || block.at("type") == "ActionSet");
  }
}

TEST(Receivers, WhatAJobIsNamedIsInertInMail) {
  const Rendered rendered =
      render(hostile_message(), receiver(ReceiverKind::email), settings(), start);
  const std::string& content = rendered.email->content;
  const std::string head = content.substr(0, content.find("\r\n\r\n"));
  EXPECT_EQ(head.find("\nBcc"), std::string::npos);
  EXPECT_NE(head.find("Subject: =?UTF-8?B?"), std::string::npos);
  for (std::size_t at = content.find('\n'); at != std::string::npos;
       at = content.find('\n', at + 1)) {
    EXPECT_EQ(content[at - 1], '\r');
  }
}

/// Every text as long as it may come.
Message huge_message(std::size_t alerts) {
  Message message = alerts_message();
  std::string text;
  for (int i = 0; i < 4'000; ++i) {
    text += "&ü€";
  }
  Alert one = message.alerts[0];
  one.summary = text;
  one.remediation = text;
  one.labels["job"] = text;
  message.alerts.clear();
  for (std::size_t i = 0; i < alerts; ++i) {
    one.id = fmt::format("{:032x}", i);
    message.alerts.push_back(one);
  }
  return message;
}

/// Whether texts are cut between characters: what is no UTF-8 would be replaced.
void expect_whole_characters(const std::string& body) {
  EXPECT_EQ(body.find("\xEF\xBF\xBD"), std::string::npos);
  EXPECT_FALSE(json::parse(body, nullptr, false).is_discarded());
}

TEST(Receivers, SlackIsGivenNoMoreThanItTakes) {
  Message message = huge_message(100);
  message.text = std::string(100'000, 'x');
  const std::string body =
      render(message, receiver(ReceiverKind::slack), settings(), start).requests.at(0).body;
  expect_whole_characters(body);
  const json blocks = json::parse(body).at("blocks");
  EXPECT_LE(blocks.size(), 50U);
  for (const json& block : blocks) {
    const json& text =
        block.at("type") == "context" ? block.at("elements").at(0) : block.at("text");
    EXPECT_LE(text.at("text").get<std::string>().size(),
              block.at("type") == "header" ? 150U : 3'000U);
    EXPECT_FALSE(text.at("text").get<std::string>().empty());
  }
}

TEST(Receivers, TeamsIsGivenNoMoreThanItTakes) {
  for (const std::size_t alerts : {0U, 1U, 100U}) {
    Message message = huge_message(alerts);
    message.text = std::string(alerts == 0 ? 100'000 : 0, '\n');
    for (std::size_t i = 0; i < message.text.size(); i += 2) {
      message.text[i] = 'x';
    }
    const std::string body =
        render(message, receiver(ReceiverKind::teams), settings(), start).requests.at(0).body;
    EXPECT_LE(body.size(), 28U * 1024U);
    expect_whole_characters(body);
  }
}

TEST(Receivers, PagerdutyIsGivenNoMoreThanItTakes) {
  const Rendered rendered =
      render(huge_message(100), receiver(ReceiverKind::pagerduty), settings(), start);
  ASSERT_EQ(rendered.requests.size(), 100U);
  for (const Request& request : rendered.requests) {
    EXPECT_EQ(request.url, "https://receiver.example.com/v2/enqueue");
    EXPECT_LE(request.body.size(), 512U * 1024U);
    expect_whole_characters(request.body);
    const json body = json::parse(request.body);
    EXPECT_LE(body.at("payload").at("summary").get<std::string>().size(), 1'024U);
    EXPECT_LE(body.at("dedup_key").get<std::string>().size(), 255U);
  }
}

TEST(Receivers, OpsgenieIsGivenNoMoreThanItTakes) {
  const Rendered rendered =
      render(huge_message(2), receiver(ReceiverKind::opsgenie), settings(), start);
  ASSERT_EQ(rendered.requests.size(), 2U);
  const json body = json::parse(rendered.requests[0].body);
  expect_whole_characters(rendered.requests[0].body);
  EXPECT_LE(body.at("message").get<std::string>().size(), 130U);
  EXPECT_LE(body.at("description").get<std::string>().size(), 15'000U);
  EXPECT_LE(body.at("alias").get<std::string>().size(), 512U);
  EXPECT_LE(body.at("entity").get<std::string>().size(), 512U);
  EXPECT_LE(body.at("details").dump().size(), 9'000U);
}

TEST(Receivers, AlertmanagerTakesWhatFiresForFiringForAWhile) {
  Message message = alerts_message();
  const auto now = message.at + 3h;  // it was down
  const json list = json::parse(
      render(message, receiver(ReceiverKind::alertmanager), settings(), now).requests.at(0).body);
  EXPECT_EQ(list.at(0).at("endsAt"), base::format_rfc3339(now + 5min));
  EXPECT_EQ(list.at(1).at("endsAt"), base::format_rfc3339(start + 11min));
}

TEST(Receivers, PagersUseTheUsualAddressUnlessTold) {
  ReceiverSettings one = receiver(ReceiverKind::pagerduty);
  one.url.clear();
  EXPECT_EQ(render(alerts_message(), one, settings(), start).requests.at(0).url,
            "https://events.pagerduty.com/v2/enqueue");
  one.kind = ReceiverKind::opsgenie;
  EXPECT_EQ(render(alerts_message(), one, settings(), start).requests.at(1).url,
            "https://api.opsgenie.com/v2/alerts/b0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3/close?"
            "identifierType=alias");
}

TEST(Wording, TitlesAreForALockScreen) {
  Message message;
  message.alerts = {alert("prod", "orders", "job-not-running", start, model::Severity::critical)};
  EXPECT_EQ(title_of(message), "Critical: job-not-running · orders on prod");
  message.alerts.push_back(alert("prod", "payments", "job-not-running"));
  EXPECT_EQ(title_of(message), "Critical: job-not-running · 2 jobs on prod");
  message.alerts.push_back(alert("test", "payments", "restart-loop"));
  message.alerts.back().firing = false;
  EXPECT_EQ(title_of(message), "Critical: 2 checks · 3 jobs on 2 clusters (1 over)");
  message.left_out = 40;
  EXPECT_EQ(title_of(message), "Critical: 2 checks · 3+ jobs on 2+ clusters (1 over)");
  message.left_out = 0;
  message.alerts = {alert("prod", "", "cluster-unreachable")};
  message.alerts[0].firing = false;
  EXPECT_EQ(title_of(message), "Over: cluster-unreachable · prod");
  message.alerts[0].cluster.clear();
  EXPECT_EQ(title_of(message), "Over: cluster-unreachable · the auditor itself");
}

TEST(Wording, AStormIsOneTitle) {
  Message message;
  for (int i = 0; i < 43; ++i) {
    message.alerts.push_back(
        alert(fmt::format("c{}", i % 6), fmt::format("j{}", i), "checkpoint-stale"));
  }
  EXPECT_EQ(title_of(message), "High: checkpoint-stale · 43 jobs on 6 clusters");
}

TEST(Wording, TimesAreTold) {
  Alert one = alert("prod", "orders", "a");
  EXPECT_EQ(timing_of(one, start + 12min), "Firing since 2026-11-27 12:00 UTC, for 12 min.");
  one.firing = false;
  one.ends_at = start + 5min;
  one.changes.push_back({false, start + 5min, "passes now"});
  EXPECT_EQ(
      timing_of(one, start + 12min),
      "Over since 2026-11-27 12:05 UTC, after 5 min: passes now. It fired 1 time and was over "
      "1 time since the last message.");
}

TEST(Cut, EndsBetweenCharacters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcdef", 5), "ab…");
  EXPECT_EQ(cut("aüüü", 6), "aü…");
  EXPECT_EQ(cut("aüüü", 5), "a…");
  EXPECT_EQ(cut("abc", 2), "");
}

TEST(Mime, HeadersAreFoldedAndEncoded) {
  EXPECT_EQ(header_text("plain"), "plain");
  EXPECT_EQ(header_text("a · b"), "=?UTF-8?B?YSDCtyBi?=");
  EXPECT_EQ(header_text("a\r\nBcc: x"), "a  Bcc: x");
  const std::string text = header_text(std::string(100, 'x'));
  EXPECT_NE(text.find("?=\r\n =?UTF-8?B?"), std::string::npos);
  EXPECT_EQ(mail_date(start), "Fri, 27 Nov 2026 12:00:00 +0000");
  EXPECT_EQ(bare_address("A B <a@b.c>"), "a@b.c");
  EXPECT_EQ(bare_address(" a@b.c "), "a@b.c");
  EXPECT_EQ(base64_lines("ab"), "YWI=\r\n");
}

}  // namespace
}  // namespace auditor::alerts
