#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "audit/audit.h"
#include "base/text.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/text.h"
#include "report/wrap.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/fixture.h"

namespace auditor::report {
namespace {

model::AuditReport report_of(const std::string& recording) {
  const auto read = collectors::Recording::read(
      testing::source("tests/recordings/" + recording + ".json.gz").string());
  EXPECT_TRUE(read);
  return audit::judge(*audit::look(*read, {}), {}).report;
}

model::AuditReport report_with_names(const std::string& job, const std::string& vertex) {
  const nlohmann::json fixture{
      {"patch",
       {{"/jobs/overview", {{"jobs", {{{"name", job}}}}}},
        {"/jobs/00000000000000000000000000000a01",
         {{"name", job},
          {"maxParallelism", -1},
          {"vertices",
           {{{"name", vertex}, {"maxParallelism", 128}}, nlohmann::json::object()}}}}}}};
  return audit::judge(testing::look(testing::recording_of(fixture)), {}).report;
}

TEST(Wrap, KeepsToTheWidth) {
  EXPECT_EQ(wrap("one two three", 8, "- ", "  "), "- one\n  two\n  three\n");
  EXPECT_EQ(wrap("abcdefghij", 4, "", ""), "abcd\nefgh\nij\n");
  EXPECT_EQ(wrap("/jobs/a/b", 7, "", ""), "/jobs/\na/b\n");
  EXPECT_EQ(wrap("订单处理", 5, "", ""), "订单\n处理\n");
  EXPECT_EQ(wrap("", 8, "", ""), "");
}

TEST(Text, FitsEightyColumnsOnEveryRealCluster) {
  for (const auto& file : testing::files(testing::source("tests/recordings"), ".json.gz")) {
    const std::string name = file.filename().string();
    std::istringstream lines(to_text(report_of(name.substr(0, name.size() - 8)), {}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(base::display_width(line), 80U) << name << ": " << line;
    }
  }
}

TEST(Text, TellsTheVerdictsFirstAndMergesTheSame) {
  const std::string text = to_text(report_of("bare-1.20.5"), {});
  EXPECT_NE(text.find("14 of 15 jobs"), std::string::npos);
  EXPECT_LT(text.find("The JobManager is highly available"),
            text.find("FINDINGS, the worst first"));
  ASSERT_NE(text.find("\nLOW "), std::string::npos);
  EXPECT_LT(text.find("\nCRITICAL "), text.find("\nLOW "));
  model::AuditReport all_known = report_of("bare-1.20.5");
  std::vector<model::Verdict> known(all_known.results.begin(), all_known.results.end());
  std::erase_if(known,
                [](const model::Verdict& v) { return v.outcome == model::Outcome::unknown; });
  all_known.results = model::VerdictList(std::move(known));
  EXPECT_EQ(to_text(all_known, {}).find("UNKNOWN: could not be judged"), std::string::npos);
  EXPECT_NE(to_text(report_of("sick-1.20.5"), {}).find("UNKNOWN: could not be judged"),
            std::string::npos);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_NE(to_text(report_of("bare-1.20.5"), {.color = true}).find("\033[1;31m"),
            std::string::npos);
}

TEST(Text, ShowsEverySubjectWhereAsked) {
  const model::AuditReport report = report_of("bare-1.20.5");
  const std::string brief = to_text(report, {});
  const std::string verbose = to_text(report, {.verbose = true});
  EXPECT_GT(verbose.size(), brief.size());
  EXPECT_EQ(verbose.find("-v shows all"), std::string::npos);
  EXPECT_NE(brief.find("-v shows all"), std::string::npos);
}

TEST(Text, LetsNoNameReachTheTerminal) {
  const std::string text = to_text(report_with_names("evil\033[2J\njob", "v\033]0;title\a"), {});
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_EQ(text.find('\a'), std::string::npos);
  EXPECT_NE(text.find("evil"), std::string::npos);
}

TEST(Markdown, LetsNoNameBecomeMarkup) {
  const std::string markdown =
      to_markdown(report_with_names("a|b <script>", "[x](http://evil) `c` $y$ 订单"));
  EXPECT_EQ(markdown.find("<script>"), std::string::npos);
  EXPECT_EQ(markdown.find("[x](http"), std::string::npos);
  EXPECT_NE(markdown.find("a\\|b"), std::string::npos);
  EXPECT_NE(markdown.find("订单"), std::string::npos);
}

TEST(Markdown, FencesCode) {
  const std::string markdown = to_markdown(report_of("bare-2.3.0"));
  EXPECT_NE(markdown.find("\n```\nhigh-availability.type: zookeeper\n"), std::string::npos);
  std::size_t fences = 0;
  for (std::size_t at = markdown.find("\n```\n"); at != std::string::npos;
       at = markdown.find("\n```\n", at + 4)) {
    ++fences;
  }
  EXPECT_EQ(fences % 2, 0U) << "a fence is not closed";
}

TEST(Html, HoldsTheReportAndNothingThatANameCouldBreakOutWith) {
  const std::string name = "</script><img src=x onerror=alert(1)>";
  const std::string json = model::to_json(report_with_names(name, "map"));
  const std::string drawings = R"({"a": "</script><img src=x>", "@REPORT@": "@DRAWINGS@"})";
  const std::string html = to_html(json, drawings);
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  EXPECT_NE(html.find("Content-Security-Policy"), std::string::npos);
  EXPECT_EQ(html.find("unsafe-inline"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  const auto element = [&html](const std::string& id) {
    const std::string opening = fmt::format(R"(<script type="application/json" id="{}">)", id);
    const std::size_t begin = html.find(opening) + opening.size();
    return nlohmann::json::parse(html.substr(begin, html.find("</script>", begin) - begin));
  };
  EXPECT_EQ(element("report"), nlohmann::json::parse(json));
  EXPECT_EQ(element("drawings"), nlohmann::json::parse(drawings));
}

}  // namespace
}  // namespace auditor::report
