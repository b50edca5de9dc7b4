#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/files.h"
#include "config/daemon_settings.h"

/// What the tests of the daemon's configuration share.
namespace auditor::config::testing {

inline constexpr std::array<model::OptionInfo, 1> options{
    {{"longest", model::OptionKind::duration, 600'000, 1'000, 86'400'000, "a duration"}}};
inline constexpr model::CheckInfo some{
    .id = "some-check", .title = "", .practice = "", .options = options};
inline constexpr model::CheckInfo other{.id = "other-check", .title = "", .practice = ""};
inline constexpr std::array<const model::CheckInfo*, 2> infos{&some, &other};

inline std::optional<std::string> environment(const std::string& name) {
  if (name == "TOKEN") {
    return "s3cret";
  }
  if (name == "EMPTY") {
    return "";
  }
  return std::nullopt;
}

inline const base::Timestamp now = *base::parse_rfc3339("2026-11-26T12:00:00Z");

/// With files beside the configuration.
class Daemon : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
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

}  // namespace auditor::config::testing
