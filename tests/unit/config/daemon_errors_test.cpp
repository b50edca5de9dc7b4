#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/config/daemon_fixture.h"

namespace auditor::config {
namespace {

using testing::Daemon;

struct Wrong {
  std::string text;
  std::string error;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.text;
}

class DaemonError : public Daemon, public ::testing::WithParamInterface<Wrong> {};

TEST_P(DaemonError, NamesPlaceAndCause) {
  std::string found = error(GetParam().text);
  if (const std::size_t at = found.find(folder.string()); at != std::string::npos) {
    found.replace(at, folder.string().size(), "FOLDER");
  }
  EXPECT_EQ(found, "d.yaml:" + GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Shape, DaemonError,
    ::testing::Values(
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
    ::testing::Values(
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
    ::testing::Values(
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
    ::testing::Values(
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
    ::testing::Values(
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
    ::testing::Values(
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

}  // namespace
}  // namespace auditor::config
