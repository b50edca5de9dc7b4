#include "config/targets.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/files.h"
#include "config/yaml.h"

namespace auditor::config {
namespace {

using namespace std::chrono_literals;

model::ClusterSettings defaults() {
  model::ClusterSettings cluster;
  cluster.labels = {{"env", "prod"}};
  cluster.access.bearer_token = "t";
  return cluster;
}

std::vector<model::ClusterSettings> good(const std::string& text) {
  auto clusters = parse_targets("t.yaml", text, defaults());
  EXPECT_TRUE(clusters) << clusters.error().message;
  return clusters.value_or(std::vector<model::ClusterSettings>{});
}

std::string error(const std::string& text) {
  const auto clusters = parse_targets("t.yaml", text, defaults());
  return clusters ? "no error" : clusters.error().message;
}

TEST(Targets, AreReadFromYaml) {
  const auto clusters = good(
      "- targets: ['10.0.0.1:8081', 'https://proxy.example.com/orders/']\n"
      "  labels: {team: payments, __meta_x: y}\n"
      "- targets: [\"[::1]:8081\"]\n");
  ASSERT_EQ(clusters.size(), 3U);
  model::ClusterSettings first = defaults();
  first.url = "http://10.0.0.1:8081";
  first.name = "10.0.0.1:8081";
  first.labels = {{"env", "prod"}, {"team", "payments"}};
  EXPECT_EQ(clusters[0], first);
  EXPECT_EQ(clusters[1].url, "https://proxy.example.com/orders");
  EXPECT_EQ(clusters[1].name, "proxy.example.com/orders");
  EXPECT_EQ(clusters[2].url, "http://[::1]:8081");
  EXPECT_EQ(clusters[2].labels, defaults().labels);
}

TEST(Targets, AreReadFromJsonHoweverItIsWritten) {
  for (const std::string text :
       {R"([{"targets":["a:1","b:2"],"labels":{"team":"x","n":"5"}}])",
        "[\n\t{\n\t\t\"targets\": [\n\t\t\t\"a:1\",\n\t\t\t\"b:2\"\n\t\t],\n"
        "\t\t\"labels\": {\"team\": \"x\", \"n\": \"5\"}\n\t}\n]\n",
        R"([ {"labels" : {"team" : "\u0078", "n" : 5}, "targets" : ["a:1" , "b:2"]} ])"}) {
    const auto clusters = good(text);
    ASSERT_EQ(clusters.size(), 2U) << text;
    EXPECT_EQ(clusters[0].url, "http://a:1");
    EXPECT_EQ(clusters[1].labels.at("team"), "x");
    EXPECT_EQ(clusters[1].labels.at("n"), "5");
  }
  EXPECT_TRUE(good("[]").empty());
  EXPECT_TRUE(good(R"([{"targets":[]}])").empty());
}

TEST(Targets, LabelsSayWhatAnAddressDoesNot) {
  const auto clusters = good(
      "- targets: [host:1, 'http://other:2/own']\n"
      "  labels: {__scheme__: https, __path__: flink}\n"
      "- targets: [host:3]\n"
      "  labels: {cluster: Orders, __scrape_interval__: 5s, __scrape_timeout__: 2s}\n"
      "- targets: [host:4]\n"
      "  labels: {__scrape_interval__: 3s}\n");
  ASSERT_EQ(clusters.size(), 4U);
  EXPECT_EQ(clusters[0].url, "https://host:1/flink");
  EXPECT_EQ(clusters[1].url, "http://other:2/own");
  EXPECT_EQ(clusters[2].name, "Orders");
  EXPECT_EQ(clusters[2].interval, 5s);
  EXPECT_EQ(clusters[2].request_timeout, 2s);
  EXPECT_EQ(clusters[2].connect_timeout, 2s);
  EXPECT_EQ(clusters[2].labels, defaults().labels);
  EXPECT_EQ(clusters[3].request_timeout, 3s);
}

TEST(Targets, CountOnce) {
  EXPECT_EQ(good("- targets: [a, http://a/, a]\n- targets: [a]\n").size(), 1U);
}

TEST(Targets, ExpandNoVariables) {
  EXPECT_EQ(good("- targets: [a]\n  labels: {home: \"${HOME}\"}\n").at(0).labels.at("home"),
            "${HOME}");
}

TEST(Targets, ErrorsNameThePlace) {
  EXPECT_EQ(error(""), "t.yaml:1:1: is empty; for no targets write []");
  EXPECT_EQ(error("targets: [a]"),
            "t.yaml:1:1: must be a list of groups, such as \"- targets: ['host:8081']\"");
  EXPECT_EQ(error("- a"), "t.yaml:1:3: a group of targets must be a mapping");
  EXPECT_EQ(error("- labels: {}"),
            "t.yaml:1:3: a group of targets lacks targets, such as \"targets: ['host:8081']\"");
  EXPECT_EQ(error("- target: [a]"),
            "t.yaml:1:3: unknown setting \"target\"; did you mean \"targets\"?");
  EXPECT_EQ(error("- targets: a"), "t.yaml:1:12: targets must be a list of host:port or URLs");
  EXPECT_EQ(error("- targets: [[a]]"), "t.yaml:1:13: a target must be host:port or a URL");
  EXPECT_EQ(error("- targets: ['a:b']"),
            "t.yaml:1:13: \"a:b\" is not a target's URL: the port is not a number from 1 to 65535");
  EXPECT_EQ(error("- targets: ['a']\n  labels: b"),
            "t.yaml:2:11: labels must be a mapping of names to texts");
  EXPECT_EQ(error("- targets: ['a']\n  labels: {b: {}}"),
            "t.yaml:2:15: the label b must be a text");
  EXPECT_EQ(error("- targets: ['a']\n  labels: {b.c: d}"),
            "t.yaml:2:12: the label \"b.c\" must have a name of letters, digits and _, with no "
            "digit and no __ at its start");
  EXPECT_EQ(error("- targets: ['a']\n  labels: {__scheme__: ftp}"),
            "t.yaml:2:24: __scheme__ must be http or https");
  EXPECT_EQ(error("- targets: ['a']\n  labels: {__scrape_interval__: 1ms}"),
            "t.yaml:2:33: __scrape_interval__ must be a duration from 1s to 1d, such as 30s or "
            "1h30m, not \"1ms\"");
  EXPECT_EQ(error("- targets: ['a']\n  labels: {__scrape_interval__: 1s, __scrape_timeout__: 2s}"),
            "t.yaml:2:57: request_timeout 2s is longer than the interval 1s");
  EXPECT_EQ(error("- targets: [a]\n  labels: {cluster: x}\n- targets: [b]\n  labels: {cluster: x}"),
            "t.yaml:4:21: two targets are called \"x\"; the first is at t.yaml:1:13: give each a "
            "group with its own label cluster");
  EXPECT_EQ(error("- targets: [a]\n- targets: [a]\n  labels: {cluster: x}"),
            "t.yaml:2:13: the cluster \"http://a\" is there already, under the name \"a\", at "
            "t.yaml:1:13");
  EXPECT_EQ(error(R"([{"targets":["a"]}, {"targets": ["b")").substr(0, 9), "t.yaml:1:");
}

TEST(Targets, OfAHostileServiceAreBounded) {
  EXPECT_NE(error(std::string(100'000, '[')), "no error");
  EXPECT_TRUE(parse_yaml("t.yaml", "[a, b]", 3));
  const auto many = parse_yaml("t.yaml", "[a, b, c]", 3);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().message, "t.yaml:1:1: over 3 values");
}

TEST(Targets, FilesAreFoundByTheirPattern) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / "auditor-targets-glob";
  std::filesystem::create_directories(folder / "folder.yaml");
  for (const char* name : {"b.yaml", "a.yaml", "c.json", ".hidden.yaml"}) {
    ASSERT_TRUE(base::write_file((folder / name).string(), "[]"));
  }
  const auto path = [&folder](const char* name) { return (folder / name).string(); };
  const auto files =
      expand_file_globs(std::vector{path("*.yaml"), path("c.json"), path("?.yaml"), path("d.*")});
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_EQ(*files, (std::vector{path("a.yaml"), path("b.yaml"), path("c.json")}));

  const auto none = expand_file_globs(std::vector{path("none/*.yaml")});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message,
            "cannot read the folder " + path("none") + ": No such file or directory");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace auditor::config
