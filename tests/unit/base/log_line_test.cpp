#include "base/log_line.h"

#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace auditor::base {
namespace {

const Timestamp moment = *parse_rfc3339("2026-11-26T12:00:00.123Z");

std::string line(LogFormat format, std::string_view message, std::vector<LogField> fields) {
  return format_log_line(format, moment, LogSeverity::warning, message, fields);
}

TEST(LogLine, IsLogfmt) {
  EXPECT_EQ(line(LogFormat::logfmt, "cluster is slow",
                 {{"cluster", "orders"}, {"took_ms", 1200}, {"url", "http://a:1/b"}}),
            "ts=2026-11-26T12:00:00.123Z level=warn msg=\"cluster is slow\" cluster=orders "
            "took_ms=1200 url=http://a:1/b\n");
}

TEST(LogLine, QuotesWhatNeedsIt) {
  EXPECT_EQ(line(LogFormat::logfmt, "a", {{"x", ""}, {"y", "a b"}, {"z", "a=b"}, {"q", "a\"\\b"}}),
            "ts=2026-11-26T12:00:00.123Z level=warn msg=\"a\" x=\"\" y=\"a b\" z=\"a=b\" "
            "q=\"a\\\"\\\\b\"\n");
}

TEST(LogLine, IsJson) {
  EXPECT_EQ(line(LogFormat::json, "cluster is slow", {{"cluster", "orders"}, {"took_ms", 1200}}),
            "{\"ts\":\"2026-11-26T12:00:00.123Z\",\"level\":\"warn\",\"msg\":\"cluster is slow\","
            "\"cluster\":\"orders\",\"took_ms\":1200}\n");
}

TEST(LogLine, StaysOneLineWhateverIsInIt) {
  const std::string hostile("a\nb\r\t\"\\\x1b[31m\0\x7f\xff\xc2\x85 é\u202e", 24);
  for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
    const std::string text = line(format, hostile, {{"key", hostile}, {"b=d key\n", "x"}});
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_EQ(text.find_first_of(std::string("\r\t\x1b\0\x7f", 5)), std::string::npos);
  }
  const auto json =
      nlohmann::json::parse(line(LogFormat::json, hostile, {{"key", hostile}, {"b=d key\n", "x"}}));
  EXPECT_EQ(json["msg"].get<std::string>().substr(0, 7), "a\nb\r\t\"\\");
  EXPECT_EQ(json["msg"], json["key"]);
  EXPECT_EQ(json["b_d_key_"], "x");
}

}  // namespace
}  // namespace auditor::base
