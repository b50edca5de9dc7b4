#include <gtest/gtest.h>

#include "tests/unit/web/world.h"
#include "web/process_metrics.h"

namespace auditor::web {
namespace {

using testing::WebWorld;

bool has_line(const std::string& text, std::string_view line) {
  return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos;
}

TEST(ProcessUsage, IsKnownOnLinux) {
  const ProcessUsage usage = process_usage();
  EXPECT_GT(usage.resident_bytes, 1'000'000U);
  EXPECT_GT(usage.virtual_bytes, usage.resident_bytes);
  EXPECT_GE(usage.cpu_seconds, 0.0);
  EXPECT_GE(usage.open_descriptors, 3U);
  EXPECT_GE(usage.threads, 1U);
  EXPECT_GT(usage.started_at_seconds, 1.6e9);
}

TEST(Metrics, ComeFromTheBoard) {
  WebWorld world;
  const Response response = world.ask("GET", "/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  const std::string& text = response.body;
  for (const std::string_view line : {
           R"(flink_auditor_cluster_score{cluster="prod"} 71.25)",
           R"(flink_auditor_cluster_coverage_ratio{cluster="prod"} 0.5)",
           R"(flink_auditor_findings{cluster="prod",severity="high"} 1)",
           R"(flink_auditor_findings{cluster="prod",severity="critical"} 0)",
           R"(flink_auditor_waived_findings{cluster="prod"} 1)",
           R"(flink_auditor_job_score{cluster="prod",job="orders \"1\""} 60)",
           R"(flink_auditor_job_score{cluster="prod",job="sql",job_id="bb"} 80)",
           R"(flink_auditor_job_coverage_ratio{cluster="prod",job="sql",job_id="cc"} 0)",
           R"(flink_auditor_job_findings{cluster="prod",job="orders \"1\"",severity="medium"} 1)",
           R"(flink_auditor_cluster_up{cluster="prod"} 1)",
           R"(flink_auditor_cluster_up{cluster="down"} 0)",
           R"(flink_auditor_requests_total{cluster="prod"} 32)",
           R"(flink_auditor_last_success_timestamp_seconds{cluster="prod"} 1790000000)",
           R"(flink_auditor_cluster_poll_duration_seconds_count{cluster="prod"} 4)",
           R"(flink_auditor_poll_duration_seconds_bucket{le="0.05"} 3)",
           R"(flink_auditor_poll_duration_seconds_bucket{le="+Inf"} 4)",
           R"(flink_auditor_poll_duration_seconds_sum 12.5)",
           R"(flink_auditor_config_last_reload_successful 1)",
       }) {
    EXPECT_TRUE(has_line(text, line)) << line;
  }
  EXPECT_EQ(text.find("flink_auditor_cluster_score{cluster=\"down\"}"), std::string::npos);
  EXPECT_EQ(text.find("job_score{cluster=\"prod\",job=\"sql\",job_id=\"cc\"}"), std::string::npos);
  EXPECT_EQ(text.find("team"), std::string::npos);  // labels of the configuration stay out
}

TEST(Metrics, ForgetWhatIsGone) {
  WebWorld world;
  auto report = testing::report_of_tests();
  std::erase_if(report.jobs, [](const model::JobSummary& job) { return job.id.value == "bb"; });
  world.board.put_audit("prod", {.report = std::make_shared<model::AuditReport>(report)});
  std::string text = world.ask("GET", "/metrics").body;
  EXPECT_EQ(text.find("job_id"), std::string::npos);  // the name is one job's again
  world.board.remove("prod");
  text = world.ask("GET", "/metrics").body;
  EXPECT_EQ(text.find("prod"), std::string::npos);
  // A counter over the fleet does not fall.
  EXPECT_TRUE(has_line(text, "flink_auditor_poll_duration_seconds_count 4"));
}

}  // namespace
}  // namespace auditor::web
