#include "config/daemon_settings.h"

#include <random>

#include <gtest/gtest.h>

#include "config/settings.h"
#include "tests/unit/config/daemon_fixture.h"

namespace auditor::config {
namespace {

using namespace std::chrono_literals;
using testing::Daemon;
using testing::infos;

TEST_F(Daemon, AnEmptyFileIsTheDefaultsAndAWarning) {
  const auto settings = good("");
  EXPECT_EQ(settings.defaults, model::ClusterSettings{});
  EXPECT_EQ(settings.web.listen, "127.0.0.1:8484");
  EXPECT_EQ(settings.warnings, (std::vector<std::string>{
                                   "d.yaml: there are no clusters, file_sd or http_sd: nothing is "
                                   "watched"}));
}

TEST_F(Daemon, EverySettingIsRead) {
  file("token", "t0ken\n");
  file("password", "pass word\n");
  file("headers", "X-A: 1\n\nX-B: 2\n");
  const std::string pem = file("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  const auto settings = good(R"(
defaults:
  interval: 1m
  request_timeout: 9s
  connect_timeout: 500ms
  requests_in_flight: 2
  vertex_requests_per_job: 0
  max_body: 8mb
  labels: {env: prod, team: none}
  auth: {bearer_token_file: token}
  tls: {ca_file: ca.pem}
clusters:
  - url: HTTP://Flink-1:8081/
  - url: https://proxy/orders
    name: Orders
    labels: {team: payments}
    interval: 1h30m
    request_timeout: 1s
    connect_timeout: 1s
    requests_in_flight: 8
    vertex_requests_per_job: 5
    max_body: 1GiB
    auth:
      basic: {user: me, password_file: password}
      headers: {X-C: "3"}
      headers_file: headers
    tls: {client_certificate_file: ca.pem, client_key_file: ca.pem}
  - url: open:8081
    auth: {}
    tls: {}
file_sd:
  - files: [targets/*.yaml, /abs/one.json]
    refresh_interval: 10s
    cluster: {interval: 2m, auth: {bearer_token: file-token}}
http_sd:
  - url: https://inventory/targets/?kind=flink
    auth: {bearer_token: "${TOKEN}"}
    tls: {ca_file: ca.pem}
    refresh_interval: 1d
    cluster: {labels: {from: inventory}}
requests_in_flight: 99
checks:
  some-check: {enabled: false, severity: low, for: 5m, keep_firing_for: 1h, options: {longest: 1h}}
waivers:
  - check: some-*
    cluster: c?
    job: "*"
    reason: known
    owner: me
    until: 2026-12-31
storage:
  path: x/y.db
  retention: {age: 1w, size: 1gb}
web:
  listen: ":0"
  bearer_token: ${TOKEN}
  protect_reads: true
  allowed_hosts: [auditor.example.com]
  threads: 3
log: {format: json, level: debug}
)");
  EXPECT_EQ(settings.defaults.interval, 1min);
  EXPECT_EQ(settings.defaults.request_timeout, 9s);
  EXPECT_EQ(settings.defaults.connect_timeout, 500ms);
  EXPECT_EQ(settings.defaults.requests_in_flight, 2U);
  EXPECT_EQ(settings.defaults.vertex_requests_per_job, 0U);
  EXPECT_EQ(settings.defaults.max_body, base::mebibytes(8));
  EXPECT_EQ(settings.defaults.access.bearer_token, "t0ken");
  EXPECT_EQ(settings.defaults.access.ca_file, pem);

  ASSERT_EQ(settings.clusters.size(), 3U);
  model::ClusterSettings inherited = settings.defaults;
  inherited.url = "http://flink-1:8081";
  inherited.name = "flink-1:8081";
  EXPECT_EQ(settings.clusters[0], inherited);

  const model::ClusterSettings& own = settings.clusters[1];
  EXPECT_EQ(own.name, "Orders");
  EXPECT_EQ(own.url, "https://proxy/orders");
  EXPECT_EQ(own.labels,
            (std::map<std::string, std::string>{{"env", "prod"}, {"team", "payments"}}));
  EXPECT_EQ(own.interval, 90min);
  EXPECT_EQ(own.request_timeout, 1s);
  EXPECT_EQ(own.connect_timeout, 1s);
  EXPECT_EQ(own.requests_in_flight, 8U);
  EXPECT_EQ(own.vertex_requests_per_job, 5U);
  EXPECT_EQ(own.max_body, base::gibibytes(1));
  EXPECT_EQ(own.access.bearer_token, "") << "auth replaces what is inherited";
  EXPECT_EQ(own.access.basic_user, "me");
  EXPECT_EQ(own.access.basic_password, "pass word");
  EXPECT_EQ(own.access.headers, (std::vector<std::string>{"X-C: 3", "X-A: 1", "X-B: 2"}));
  EXPECT_EQ(own.access.ca_file, "") << "tls replaces what is inherited";
  EXPECT_EQ(own.access.client_certificate_file, pem);
  EXPECT_EQ(own.access.client_key_file, pem);
  EXPECT_EQ(settings.clusters[2].access, model::AccessSettings{});

  ASSERT_EQ(settings.file_discovery.size(), 1U);
  const model::FileDiscovery& files = settings.file_discovery.front();
  EXPECT_EQ(files.files,
            (std::vector<std::string>{(folder / "targets/*.yaml").string(), "/abs/one.json"}));
  EXPECT_EQ(files.refresh_interval, 10s);
  EXPECT_EQ(files.cluster.interval, 2min);
  EXPECT_EQ(files.cluster.access.bearer_token, "file-token");
  EXPECT_EQ(files.cluster.requests_in_flight, 2U);

  ASSERT_EQ(settings.http_discovery.size(), 1U);
  const model::HttpDiscovery& service = settings.http_discovery.front();
  EXPECT_EQ(service.url, "https://inventory/targets/?kind=flink");
  EXPECT_EQ(service.access.bearer_token, "s3cret");
  EXPECT_EQ(service.access.ca_file, pem);
  EXPECT_EQ(service.refresh_interval, 24h);
  EXPECT_EQ(service.cluster.labels.at("from"), "inventory");
  EXPECT_EQ(service.cluster.access.bearer_token, "t0ken");

  EXPECT_EQ(settings.requests_in_flight, 99U);
  const model::CheckSettings& check = settings.audit.checks.at("some-check");
  EXPECT_FALSE(check.enabled);
  EXPECT_EQ(check.severity, model::Severity::low);
  EXPECT_EQ(check.pending_for, 5min);
  EXPECT_EQ(check.keep_firing_for, 1h);
  EXPECT_EQ(check.options.at("longest"), 3'600'000);

  ASSERT_EQ(settings.audit.waivers.size(), 1U);
  const model::Waiver& waiver = settings.audit.waivers.front();
  EXPECT_EQ(waiver.check, "some-*");
  EXPECT_EQ(waiver.cluster, "c?");
  EXPECT_EQ(waiver.job, "*");
  EXPECT_EQ(waiver.reason, "known");
  EXPECT_EQ(waiver.owner, "me");
  EXPECT_EQ(waiver.until, base::parse_rfc3339("2027-01-01T00:00:00Z"));
  EXPECT_EQ(waiver.source, model::Waiver::Source::configuration);
  EXPECT_EQ(waiver.id.size(), 16U);

  EXPECT_EQ(settings.storage.path, "x/y.db");
  EXPECT_EQ(settings.storage.retention_age, std::chrono::days(7));
  EXPECT_EQ(settings.storage.retention_size, base::gibibytes(1));
  EXPECT_EQ(settings.web.listen, ":0");
  EXPECT_EQ(settings.web.bearer_token, "s3cret");
  EXPECT_TRUE(settings.web.protect_reads);
  EXPECT_EQ(settings.web.allowed_hosts, (std::vector<std::string>{"auditor.example.com"}));
  EXPECT_EQ(settings.web.threads, 3U);
  EXPECT_EQ(settings.log.format, model::LogFormat::json);
  EXPECT_EQ(settings.log.level, model::LogLevel::debug);
  EXPECT_TRUE(settings.warnings.empty());
}

TEST_F(Daemon, DefaultsCountWhereverTheyStand) {
  const auto settings = good("clusters: [{url: a}]\ndefaults: {interval: 5m}\n");
  ASSERT_EQ(settings.clusters.size(), 1U);
  EXPECT_EQ(settings.clusters.front().interval, 5min);
}

TEST_F(Daemon, InheritedTimeoutsFitTheInterval) {
  const auto settings = good("clusters: [{url: a, interval: 2s}]\n");
  ASSERT_EQ(settings.clusters.size(), 1U);
  EXPECT_EQ(settings.clusters.front().request_timeout, 2s);
  EXPECT_EQ(settings.clusters.front().connect_timeout, 2s);
}

TEST_F(Daemon, VariablesAreExpandedInValuesOnce) {
  const auto settings =
      good("clusters: [{url: \"a-${TOKEN}-${EMPTY}b\", name: \"$${TOKEN} $5 $$\"}]");
  ASSERT_EQ(settings.clusters.size(), 1U);
  EXPECT_EQ(settings.clusters.front().url, "http://a-s3cret-b");
  EXPECT_EQ(settings.clusters.front().name, "${TOKEN} $5 $$");
}

TEST_F(Daemon, WarnsOfExpiredWaivers) {
  const auto settings = good(
      "clusters: [{url: a}]\n"
      "waivers:\n"
      "- {check: some-check, reason: r, owner: o, until: 2026-11-25}\n"
      "- {check: other-check, reason: r, owner: o, until: 2026-11-26}\n");
  EXPECT_EQ(settings.warnings,
            (std::vector<std::string>{
                "d.yaml:3:3: the waiver of some-check by o expired at 2026-11-26T00:00:00.000Z: it "
                "stops nothing any more; renew or remove it"}));
  EXPECT_EQ(settings.audit.waivers.size(), 2U);
}

TEST_F(Daemon, WarnsOfAnOpenDoor) {
  const auto settings = good("clusters: [{url: a}]\nweb: {listen: \"0.0.0.0:8484\"}\n");
  EXPECT_EQ(settings.warnings,
            (std::vector<std::string>{
                "d.yaml:2:15: web.listen 0.0.0.0:8484 is open to other machines, and without "
                "bearer_token_file or basic everyone who reaches it may read everything"}));
  for (const std::string listen : {"127.0.0.1:1", "localhost:1", "[::1]:1"}) {
    EXPECT_TRUE(good("clusters: [{url: a}]\nweb: {listen: \"" + listen + "\"}\n").warnings.empty())
        << listen;
  }
  EXPECT_TRUE(
      good("clusters: [{url: a}]\nweb: {listen: \":1\", bearer_token: x}\n").warnings.empty());
}

TEST_F(Daemon, AWaiverKeepsItsIdWhileItCoversTheSame) {
  const auto id = [this](const std::string& rule) {
    return good("waivers: [{reason: r, owner: o, " + rule + "}]").audit.waivers.at(0).id;
  };
  EXPECT_EQ(id("job: a"), id("job: a, until: 2027-01-01"));
  EXPECT_NE(id("job: a"), id("job: b"));
  EXPECT_NE(id("job: a"), id("cluster: a"));
}

TEST_F(Daemon, TimesOfWaiversMayHaveAnOffset) {
  const auto until = [this](const std::string& text) {
    return good("waivers: [{reason: r, owner: o, job: j, until: \"" + text + "\"}]")
        .audit.waivers.at(0)
        .until;
  };
  EXPECT_EQ(until("2027-01-31T12:00:00+02:00"), base::parse_rfc3339("2027-01-31T10:00:00Z"));
  EXPECT_EQ(until("2027-01-31T12:00:00-00:30"), base::parse_rfc3339("2027-01-31T12:30:00Z"));
  EXPECT_EQ(until("2027-01-31T12:00:00Z"), base::parse_rfc3339("2027-01-31T12:00:00Z"));
}

TEST_F(Daemon, TellsWhatNeedsARestart) {
  const auto old = good("");
  EXPECT_TRUE(needs_restart(old, old).empty());
  const auto fresh = good(
      "clusters: [{url: a}]\nlog: {level: debug}\nstorage: {path: b, retention: {age: 1d}}\n"
      "web: {listen: \"127.0.0.1:1\", threads: 1, bearer_token: x}\n");
  EXPECT_EQ(needs_restart(old, fresh),
            (std::vector<std::string>{"storage.path", "web.listen", "web.threads"}));
}

TEST_F(Daemon, IsLoadedFromAFile) {
  file("token", "t0ken");
  const std::string path =
      file("flink-auditd.yaml", "clusters: [{url: a, auth: {bearer_token_file: token}}]\n");
  const auto settings = load_daemon(path, infos);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->clusters.front().access.bearer_token, "t0ken");

  const auto missing = load_daemon((folder / "none.yaml").string(), infos);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::file);
}

TEST_F(Daemon, AFileOfTheDaemonServesAnAudit) {
  // Neither the files nor the variables of the daemon's machine are here.
  const auto settings =
      parse("d.yaml",
            "defaults: {auth: {bearer_token_file: none}, tls: {ca_file: none}}\n"
            "clusters: [{url: \"${AUDITOR_TEST_UNSET}\"}]\n"
            "http_sd: [{url: a, auth: {bearer_token: \"${AUDITOR_TEST_UNSET}\"}}]\n"
            "web: {protect_reads: true, bearer_token: \"${AUDITOR_TEST_UNSET}\"}\n"
            "checks: {some-check: {enabled: false}}\n"
            "waivers: [{job: j, reason: r, owner: o}]\n",
            infos);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_FALSE(settings->checks.at("some-check").enabled);
  EXPECT_EQ(settings->waivers.size(), 1U);

  const auto wrong = parse("d.yaml", "web: {threads: none}\n", infos);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "d.yaml:1:16: threads must be a whole number from 1 to 256, not \"none\"");
  EXPECT_FALSE(parse("d.yaml", "waivers: [{job: \"${AUDITOR_TEST_UNSET}\"}]\n", infos))
      << "what an audit uses is needed in full";
}

TEST_F(Daemon, NoBytesMakeItCrash) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same bytes each run
  const std::string seed =
      "defaults: {interval: 5s, labels: {a: b}}\nclusters:\n  - url: http://a:1\n    auth:\n"
      "      headers: {X: \"${TOKEN}\"}\nwaivers:\n- {job: j, reason: r, owner: o, until: "
      "2027-01-01}\n"
      "checks: {some-check: {options: {longest: 1h}}}\nweb: {listen: \"[::1]:1\"}\n";
  const std::string alphabet = "{}[]:,-\n \"'#&*!|>%@`~?0a$\t\x01\xff\\";
  std::size_t refused = 0;
  constexpr std::size_t rounds = 3'000;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::string text = seed;
    const std::size_t changes = 1 + random() % 8;
    for (std::size_t i = 0; i < changes; ++i) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        default:
          text.erase(at, random() % 20);
      }
    }
    const auto settings = read(text);
    refused += settings ? 0U : 1U;
    if (!settings) {
      EXPECT_TRUE(settings.error().message.starts_with("d.yaml:")) << settings.error().message;
      EXPECT_EQ(settings.error().message.find_first_of("\n\r\t\x01"), std::string::npos)
          << settings.error().message;
    }
  }
  EXPECT_GT(refused, rounds / 2);
}

TEST_F(Daemon, AFleetOfThousandsFits) {
  constexpr int clusters = 5'000;
  std::string text = "clusters:\n";
  for (int i = 0; i < clusters; ++i) {
    text += "- {url: \"http://10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
            ":8081\", labels: {team: a, env: b}}\n";
  }
  EXPECT_EQ(good(text).clusters.size(), 5'000U);
}

}  // namespace
}  // namespace auditor::config
