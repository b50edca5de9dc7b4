#include "config/daemon_settings.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "base/files.h"
#include "config/settings.h"

namespace auditor::config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<model::OptionInfo, 1> options{
    {{"longest", model::OptionKind::duration, 600'000, 1'000, 86'400'000, "a duration"}}};
constexpr model::CheckInfo some{
    .id = "some-check", .title = "", .practice = "", .options = options};
constexpr model::CheckInfo other{.id = "other-check", .title = "", .practice = ""};
constexpr std::array<const model::CheckInfo*, 2> infos{&some, &other};

std::optional<std::string> environment(const std::string& name) {
  if (name == "TOKEN") {
    return "s3cret";
  }
  if (name == "EMPTY") {
    return "";
  }
  return std::nullopt;
}

const base::Timestamp now = *base::parse_rfc3339("2026-11-26T12:00:00Z");

/// With files beside the configuration.
class Daemon : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(name, '/', '-');
    folder = std::filesystem::temp_directory_path() / ("auditor-config-" + name);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& content) const {
    const std::string path = (folder / name).string();
    EXPECT_TRUE(base::write_file(path, content));
    return path;
  }

  base::Result<model::DaemonSettings> read(const std::string& text) const {
    return parse_daemon("d.yaml", text, infos, folder.string(), now, environment);
  }

  model::DaemonSettings good(const std::string& text) const {
    auto settings = read(text);
    EXPECT_TRUE(settings) << settings.error().message;
    return settings.value_or(model::DaemonSettings{});
  }

  std::string error(const std::string& text) const {
    const auto settings = read(text);
    if (!settings) {
      EXPECT_EQ(settings.error().kind, base::ErrorKind::configuration);
      EXPECT_EQ(settings.error().message.find("s3cret"), std::string::npos);
    }
    return settings ? "no error" : settings.error().message;
  }

  std::filesystem::path folder;
};

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

struct Wrong {
  std::string text;
  std::string error;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.text;
}

class DaemonError : public Daemon, public testing::WithParamInterface<Wrong> {};

TEST_P(DaemonError, NamesPlaceAndCause) {
  std::string found = error(GetParam().text);
  if (const std::size_t at = found.find(folder.string()); at != std::string::npos) {
    found.replace(at, folder.string().size(), "FOLDER");
  }
  EXPECT_EQ(found, "d.yaml:" + GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Shape, DaemonError,
    testing::Values(
        Wrong{"- a", "1:1: the configuration must be a mapping"},
        Wrong{"clusters:\n  a: b\n", "2:3: clusters must be a list of mappings"},
        Wrong{"clusters: [a]", "1:12: an item of clusters must be a mapping"},
        Wrong{"clusters:\n  - ~\n", "2:5: an item of clusters is empty"},
        Wrong{
            "clusters: [{name: a}]",
            "1:12: an item of clusters lacks url, such as \"url: http://flink.example.com:8081\""},
        Wrong{"clutsers: []", "1:1: unknown setting \"clutsers\"; did you mean \"clusters\"?"},
        Wrong{"web: {lisen: a}", "1:7: unknown setting \"lisen\"; did you mean \"listen\"?"},
        Wrong{"log: {xyz: a}", "1:7: unknown setting \"xyz\"; known: format, level"},
        Wrong{"clusters: [{url: a, tls: {ca: b}}]",
              "1:27: unknown setting \"ca\"; known: ca_file, client_certificate_file, "
              "client_key_file"},
        Wrong{"web: all", "1:6: web must be a mapping"},
        Wrong{"web: {}\nweb: {}\n", "2:1: \"web\" is there twice"},
        Wrong{"? [a]\n: b\n", "1:3: a key must be a plain word"},
        Wrong{"a: &x 1\nb: *x\n", "2:4: aliases (*name) are not supported: write it out"}));

INSTANTIATE_TEST_SUITE_P(
    Value, DaemonError,
    testing::Values(
        Wrong{
            "defaults: {interval: soon}",
            "1:22: interval must be a duration from 1s to 1d, such as 30s or 1h30m, not \"soon\""},
        Wrong{"defaults: {interval: 30}",
              "1:22: interval must be a duration from 1s to 1d, such as 30s or 1h30m, not \"30\""},
        Wrong{"defaults: {interval: 999ms}",
              "1:22: interval must be a duration from 1s to 1d, such as 30s or 1h30m, not "
              "\"999ms\""},
        Wrong{"defaults: {interval: 99999999999999999999d}",
              "1:22: interval must be a duration from 1s to 1d, such as 30s or 1h30m, not "
              "\"99999999999999999999d\""},
        Wrong{"defaults:\n  interval:\n  max_body: 1mb\n",
              "2:3: interval must be a duration from 1s to 1d, such as 30s or 1h30m, but nothing "
              "is there"},
        Wrong{"defaults: {interval: [1s]}",
              "1:22: interval must be a duration from 1s to 1d, such as 30s or 1h30m"},
        Wrong{"defaults: {interval: 5s, request_timeout: 6s}",
              "1:43: request_timeout 6s is longer than the interval 5s"},
        Wrong{"clusters: [{url: a, connect_timeout: 11s}]",
              "1:38: connect_timeout 11s is longer than request_timeout 10s"},
        Wrong{"defaults: {requests_in_flight: 0}",
              "1:32: requests_in_flight must be a whole number from 1 to 64, not \"0\""},
        Wrong{"requests_in_flight: 1.5",
              "1:21: requests_in_flight must be a whole number from 1 to 10000, not \"1.5\""},
        Wrong{"defaults: {max_body: 1}",
              "1:22: max_body must be a size from 64KiB to 1GiB, such as 32MiB, not \"1\""},
        Wrong{"web: {protect_reads: yes}",
              "1:22: protect_reads must be true or false, not \"yes\""},
        Wrong{"log: {level: all}",
              "1:14: level must be one of error, warn, info, debug, not \"all\""},
        Wrong{"web: {listen: 8484}",
              "1:15: listen must be a host and a port, such as 127.0.0.1:8484, not \"8484\""},
        Wrong{"web: {listen: \"a b:1\"}",
              "1:15: listen must be a host and a port, such as 127.0.0.1:8484, not \"a b:1\""},
        Wrong{"web: {listen: \"::1:80\"}",
              "1:15: listen must be a host and a port, such as 127.0.0.1:8484, not \"::1:80\""},
        Wrong{"web: {listen: \"h:65536\"}",
              "1:15: listen must be a host and a port, such as 127.0.0.1:8484, not \"h:65536\""},
        Wrong{"web: {allowed_hosts: a}", "1:22: allowed_hosts must be a list of texts, not \"a\""},
        Wrong{"web: {allowed_hosts: [[a]]}", "1:23: allowed_hosts must be a list of texts"},
        Wrong{"storage: {path: \"\"}", "1:17: path must be the path of a file, not \"\""},
        Wrong{"storage: {retention: {age: 1m}}",
              "1:28: age must be a duration from 1h to 3650d, such as 30s or 1h30m, not \"1m\""}));

INSTANTIATE_TEST_SUITE_P(
    Cluster, DaemonError,
    testing::Values(
        Wrong{"clusters: [{url: ftp://a}]",
              "1:18: \"ftp://a\" is not a cluster's URL: its scheme is not supported; use http:// "
              "or https://"},
        Wrong{"clusters: [{url: http://me:pw@a}]",
              "1:18: \"http://***@a\" is not a cluster's URL: user name and password in it would "
              "be seen by others on this machine; use the settings under auth"},
        Wrong{"clusters:\n  - url: http://a\n  - url: HTTP://A/\n",
              "3:10: the cluster \"http://a\" is there already, at d.yaml:2:10"},
        Wrong{"clusters:\n  - {url: a, name: x}\n  - {url: b, name: x}\n",
              "3:20: a cluster named \"x\" is there already, at d.yaml:2:20"},
        Wrong{"clusters:\n  - {url: \"a:1\"}\n  - {url: b, name: \"a:1\"}\n",
              "3:20: a cluster named \"a:1\" is there already, at d.yaml:2:5"},
        Wrong{"clusters: [{url: a, labels: {a-b: c}}]",
              "1:30: the label \"a-b\" must have a name of letters, digits and _, with no digit "
              "and no __ at its start"},
        Wrong{"clusters: [{url: a, labels: {cluster: c}}]",
              "1:30: the label cluster is the cluster's name: set name"},
        Wrong{"clusters: [{url: a, labels: {b: [c]}}]",
              "1:33: labels: b must be a text of one line"},
        Wrong{"clusters: [{url: a, name: \"a\\u202eb\"}]",
              "1:27: a cluster's name must be at most 200 bytes of printable text"},
        Wrong{"file_sd: [{}]",
              "1:11: an item of file_sd lacks files, such as \"files: [targets/*.yaml]\""},
        Wrong{"file_sd: [{files: []}]", "1:19: files is empty"},
        Wrong{"file_sd: [{files: [\"*/a.yaml\"]}]",
              "1:20: files: * and ? may stand in the last part of a path only"},
        Wrong{"http_sd: [{url: \"http://a/?b#c\"}]",
              "1:17: url: a query may hold no space, control character or #; encode it"},
        Wrong{"http_sd: [{url: \"gopher://a\"}]",
              "1:17: \"gopher://a\" is not the URL of a service: its scheme is not supported; use "
              "http:// or https://"}));

INSTANTIATE_TEST_SUITE_P(
    Secret, DaemonError,
    testing::Values(
        Wrong{"web: {bearer_token: a, bearer_token_file: b}",
              "1:7: bearer_token and bearer_token_file exclude each other: give one"},
        Wrong{"web: {basic: {user: u, password_file: b, password: a}}",
              "1:24: password_file and password exclude each other: give one"},
        Wrong{"defaults: {auth: {bearer_token: a, basic: {user: u, password: p}}}",
              "1:19: bearer_token and basic exclude each other: give one"},
        Wrong{"web: {basic: {password: p}}", "1:14: basic lacks user, such as \"user: auditor\""},
        Wrong{"web: {basic: {user: u}}", "1:14: basic lacks password or password_file"},
        Wrong{"web: {basic: {user: \"u:v\", password: p}}",
              "1:21: user may not hold a \":\", which ends it in HTTP"},
        Wrong{"web: {bearer_token: [s3cret]}", "1:21: bearer_token must be a text of one line"},
        Wrong{"web: {bearer_token: \"s3cret\\nX: y\"}",
              "1:21: bearer_token must be a text of one line"},
        Wrong{"web: {bearer_token: \"\"}", "1:21: bearer_token must be a text of one line"},
        Wrong{"web: {protect_reads: true}",
              "1:22: protect_reads needs bearer_token_file or basic beside it"},
        Wrong{"defaults: {auth: {headers: {\"A B\": s3cret}}}",
              "1:36: headers: a header must be one line \"Name: value\""},
        Wrong{"defaults: {auth: {headers: {A: \"s3cret\\nB: c\"}}}",
              "1:32: headers: a header must be one line \"Name: value\"; check A"},
        Wrong{"defaults: {auth: {headers: [\"A: s3cret\"]}}",
              "1:28: headers must be a mapping of names to texts"},
        Wrong{"defaults: {auth: {headers: {A: b, a: c}}}",
              "1:38: headers: the header a is there twice"},
        Wrong{"defaults: {auth: {headers: {Connection: c}}}",
              "1:41: headers: the header Connection cannot be set; leave it out"},
        Wrong{"defaults: {auth: {bearer_token: s3cret, headers: {Authorization: c}}}",
              "1:18: the header Authorization and bearer_token or basic exclude each other: give "
              "one"},
        Wrong{"defaults: {tls: {client_key_file: a}}",
              "1:35: client_key_file: cannot open "
              "FOLDER/a: No such file or directory"}));

INSTANTIATE_TEST_SUITE_P(
    Variable, DaemonError,
    testing::Values(
        Wrong{"web: {bearer_token: \"${NONE}\"}", "1:21: the environment variable NONE is not set"},
        Wrong{"web: {bearer_token: \"a${TOKEN\"}",
              "1:21: \"${\" is not closed by \"}\"; for the characters write \"$${\""},
        Wrong{"web: {bearer_token: \"${a-b}\"}",
              "1:21: \"${a-b}\" names no environment variable; for the characters write \"$${\""},
        Wrong{"web: {bearer_token: \"${EMPTY}\"}", "1:21: bearer_token must be a text of one line"},
        Wrong{"defaults: {interval: \"${TOKEN}\"}",
              "1:22: interval must be a duration from 1s to 1d, such as 30s or 1h30m, not "
              "\"${TOKEN}\""},
        Wrong{"clusters: [{url: \"ftp://${TOKEN}\"}]",
              "1:18: \"ftp://${TOKEN}\" is not a cluster's URL: its scheme is not supported; use "
              "http:// or https://"}));

INSTANTIATE_TEST_SUITE_P(
    Waiver, DaemonError,
    testing::Values(
        Wrong{"waivers: [{check: some-check, owner: o}]",
              "1:11: an item of waivers lacks reason, such as \"reason: Inside the mesh, which "
              "encrypts\""},
        Wrong{"waivers: [{check: some-check, reason: o}]",
              "1:11: an item of waivers lacks owner, such as \"owner: team-streaming\""},
        Wrong{"waivers: [{reason: r, owner: o}]",
              "1:11: a waiver of everything: name a check, a cluster or a job"},
        Wrong{"waivers: [{check: some-chekc, reason: r, owner: o}]",
              "1:19: \"some-chekc\" matches no check; did you mean \"some-check\"?"},
        Wrong{"waivers: [{job: j, reason: r, owner: o, until: tomorrow}]",
              "1:48: until must be a time or a date, such as 2027-01-31 or 2027-01-31T12:00:00Z, "
              "not \"tomorrow\""},
        Wrong{"waivers:\n- {job: j, reason: r, owner: o}\n- {job: j, reason: s, owner: p}\n",
              "3:3: the same check, cluster and job are waived already, at d.yaml:2:3"}));

TEST_F(Daemon, FilesOfSecretsHoldOneLine) {
  const std::string at = "d.yaml:1:26: bearer_token_file: ";
  const std::string text = "web: {bearer_token_file: secret}";
  const std::string path = (folder / "secret").string();
  EXPECT_EQ(error(text), at + "cannot open " + path + ": No such file or directory");
  file("secret", "");
  EXPECT_EQ(error(text), at + path + " is empty");
  file("secret", "\n \n");
  EXPECT_EQ(error(text), at + path + " is empty");
  file("secret", "s3cret\ns3cret\n");
  EXPECT_EQ(error(text), at + path + " must hold one line, without control characters");
  file("secret", "s3cret\r\n");
  EXPECT_EQ(good(text).web.bearer_token, "s3cret");
}

TEST_F(Daemon, FilesOfCertificatesArePem) {
  const std::string path = file("ca.pem", "s3cret");
  EXPECT_EQ(error("defaults: {tls: {ca_file: ca.pem}}"),
            "d.yaml:1:27: ca_file: " + path + " is no PEM file: it has no line -----BEGIN …");
  file("ca.pem", "-----BEGIN X-----\n");
  EXPECT_EQ(error("defaults: {tls: {client_key_file: ca.pem}}"),
            "d.yaml:1:35: client_key_file needs client_certificate_file beside it");
}

TEST_F(Daemon, FilesOfHeadersHoldHeaders) {
  const std::string path = file("h", "X: 1\ns3cret\n");
  const std::string text = "defaults: {auth: {headers_file: h}}";
  EXPECT_EQ(error(text),
            "d.yaml:1:33: headers_file: " + path + ": a header must be one line \"Name: value\"");
  file("h", "\n");
  EXPECT_EQ(error(text), "d.yaml:1:33: headers_file: " + path + " is empty");
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
