#include "base/log.h"

#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace auditor::base {
namespace {

/// What `write` sends to stderr.
template <class Write>
std::vector<std::string> logged(const Write& write) {
  testing::internal::CaptureStderr();
  write();
  std::istringstream text(testing::internal::GetCapturedStderr());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(DaemonLog, WritesWhatIsAtOrAboveTheLevel) {
  set_up_daemon_log(LogFormat::logfmt, LogSeverity::warning);
  const auto lines = logged([] {
    log(LogSeverity::error, "one", {{"cluster", "a b"}});
    log(LogSeverity::warning, "two");
    log(LogSeverity::info, "three");
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find(" level=error msg=\"one\" cluster=\"a b\""), std::string::npos);
  EXPECT_NE(lines[1].find(" level=warn msg=\"two\""), std::string::npos);
}

TEST(DaemonLog, WritesWhatSpdlogIsGiven) {
  set_up_daemon_log(LogFormat::json, LogSeverity::debug);
  const auto lines = logged([] { spdlog::debug("GET {}", "/a\n\"b\""); });
  ASSERT_EQ(lines.size(), 1U);
  const auto json = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(json["level"], "debug");
  EXPECT_EQ(json["msg"], "GET /a\n\"b\"");
}

TEST(DaemonLog, MixesNoLinesOfSeveralThreads) {
  set_up_daemon_log(LogFormat::json, LogSeverity::info);
  constexpr int threads = 8;
  constexpr int each = 200;
  const auto lines = logged([] {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([t] {
        for (int i = 0; i < each; ++i) {
          log(LogSeverity::info, std::string(300, 'x'), {{"thread", t}, {"i", i}});
          set_up_daemon_log(LogFormat::json, LogSeverity::info);
        }
      });
    }
  });
  std::set<std::pair<int, int>> seen;
  for (const std::string& line : lines) {
    const auto json = nlohmann::json::parse(line);
    seen.emplace(json["thread"].get<int>(), json["i"].get<int>());
  }
  EXPECT_EQ(lines.size(), static_cast<std::size_t>(threads * each));
  EXPECT_EQ(seen.size(), lines.size());
}

}  // namespace
}  // namespace auditor::base
