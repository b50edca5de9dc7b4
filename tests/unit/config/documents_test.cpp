#include "config/documents.h"

#include <cstdlib>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "base/files.h"
#include "checks/engine.h"
#include "config/daemon_settings.h"
#include "tests/unit/support/files.h"

namespace auditor::config {
namespace {

/// Holds a file of the source tree to what the table gives, or with AUDITOR_UPDATE=1 writes it.
void expect_committed(const std::string& file, const std::string& made) {
  const std::string path = testing::source(file).string();
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no test changes the environment
  if (std::getenv("AUDITOR_UPDATE") != nullptr) {
    ASSERT_TRUE(base::write_file(path, made));
  }
  const auto committed = base::read_file(path, base::mebibytes(4));
  EXPECT_TRUE(committed && *committed == made)
      << file << " is not what the settings table gives. Make it anew with:\n"
      << "  AUDITOR_UPDATE=1 build/dev/bin/unit-tests --gtest_filter='Documents.*'";
}

TEST(Documents, AreCommittedAsTheTableGivesThem) {
  expect_committed("docs/configuration.md", configuration_markdown(checks::descriptions()));
  expect_committed("config/flink-auditd.yaml", example_yaml(checks::descriptions()));
  expect_committed("config/flink-auditd.schema.json", json_schema(checks::descriptions()));
}

/// What an empty file gives, for comparison with `settings`.
void expect_defaults(const model::DaemonSettings& settings) {
  const model::DaemonSettings fresh;
  EXPECT_EQ(settings.defaults, fresh.defaults);
  EXPECT_EQ(settings.requests_in_flight, fresh.requests_in_flight);
  EXPECT_EQ(settings.storage.path, fresh.storage.path);
  EXPECT_EQ(settings.storage.retention_age, fresh.storage.retention_age);
  EXPECT_EQ(settings.storage.retention_size, fresh.storage.retention_size);
  EXPECT_EQ(settings.web.listen, fresh.web.listen);
  EXPECT_EQ(settings.web.bearer_token, "");
  EXPECT_EQ(settings.web.basic_user, "");
  EXPECT_EQ(settings.web.protect_reads, fresh.web.protect_reads);
  EXPECT_EQ(settings.web.allowed_hosts, fresh.web.allowed_hosts);
  EXPECT_EQ(settings.web.threads, fresh.web.threads);
  EXPECT_EQ(settings.log.format, fresh.log.format);
  EXPECT_EQ(settings.log.level, fresh.log.level);
}

TEST(Documents, TheExampleAsItIsSaysNothing) {
  const auto infos = checks::descriptions();
  const auto settings = load_daemon(testing::source("config/flink-auditd.yaml").string(), infos);
  ASSERT_TRUE(settings) << settings.error().message;
  expect_defaults(*settings);
  EXPECT_TRUE(settings->clusters.empty());
  EXPECT_TRUE(settings->file_discovery.empty());
  EXPECT_TRUE(settings->http_discovery.empty());
  EXPECT_TRUE(settings->audit.checks.empty());
  EXPECT_TRUE(settings->audit.waivers.empty());
}

/// The example with "#name: value" brought in.
std::string brought_in(const std::string& example) {
  static const std::regex setting("^( *)#([^ #].*)$");
  std::istringstream lines(example);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += std::regex_replace(line, setting, "$1$2");
    text += '\n';
  }
  return text;
}

TEST(Documents, TheExampleBroughtInHasTheDefaults) {
  const auto infos = checks::descriptions();
  const std::string text = brought_in(example_yaml(infos));
  const auto settings = parse_daemon("example.yaml", text, infos, "/nowhere");
  ASSERT_TRUE(settings) << settings.error().message << "\n" << text;
  expect_defaults(*settings);

  model::ClusterSettings cluster;
  cluster.name = "flink.example.com:8081";
  cluster.url = "http://flink.example.com:8081";
  ASSERT_EQ(settings->clusters.size(), 1U);
  EXPECT_EQ(settings->clusters.front(), cluster);

  ASSERT_EQ(settings->file_discovery.size(), 1U);
  EXPECT_EQ(settings->file_discovery.front().files,
            (std::vector<std::string>{"/nowhere/targets/*.yaml"}));
  EXPECT_EQ(settings->file_discovery.front().refresh_interval,
            model::FileDiscovery{}.refresh_interval);
  EXPECT_EQ(settings->file_discovery.front().cluster, model::ClusterSettings{});

  ASSERT_EQ(settings->http_discovery.size(), 1U);
  EXPECT_EQ(settings->http_discovery.front().url, "https://inventory.example.com/flink");
  EXPECT_EQ(settings->http_discovery.front().refresh_interval,
            model::HttpDiscovery{}.refresh_interval);
  EXPECT_EQ(settings->http_discovery.front().cluster, model::ClusterSettings{});

  ASSERT_EQ(settings->audit.waivers.size(), 1U);
  EXPECT_EQ(settings->audit.waivers.front().check, "rest-unencrypted");
  EXPECT_EQ(settings->audit.waivers.front().cluster, "*");

  ASSERT_EQ(settings->audit.checks.size(), infos.size());
  for (const model::CheckInfo* info : infos) {
    const model::CheckSettings& check = settings->audit.checks.at(std::string(info->id));
    EXPECT_TRUE(check.enabled) << info->id;
    EXPECT_EQ(check.severity, std::nullopt) << info->id;
    EXPECT_EQ(check.pending_for, info->pending_for) << info->id;
    EXPECT_EQ(check.keep_firing_for, info->keep_firing_for) << info->id;
    ASSERT_EQ(check.options.size(), info->options.size()) << info->id;
    for (const model::OptionInfo& option : info->options) {
      EXPECT_EQ(check.options.at(std::string(option.name)), option.otherwise)
          << info->id << " " << option.name;
    }
  }
}

TEST(Documents, TheSchemaIsJsonWithEverySection) {
  const auto schema = nlohmann::json::parse(json_schema(checks::descriptions()));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  const nlohmann::json& properties = schema["properties"];
  for (const char* section : {"defaults", "clusters", "file_sd", "http_sd", "requests_in_flight",
                              "checks", "waivers", "storage", "web", "log"}) {
    EXPECT_TRUE(properties.contains(section)) << section;
  }
  EXPECT_EQ(properties["web"]["properties"]["listen"]["default"], "127.0.0.1:8484");
  EXPECT_EQ(properties["web"]["properties"]["threads"]["default"], 8);
  EXPECT_EQ(properties["clusters"]["items"]["required"], nlohmann::json::array({"url"}));
}

}  // namespace
}  // namespace auditor::config
