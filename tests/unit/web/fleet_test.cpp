#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/gzip.h"
#include "tests/unit/support/flow.h"
#include "tests/unit/web/world.h"
#include "web/handlers.h"

namespace auditor::web {
namespace {

using testing::noon;
using testing::WebWorld;

/// The letter of a practice in a document of the fleet.
char cell(const nlohmann::json& fleet, const nlohmann::json& row, std::string_view practice) {
  for (std::size_t i = 0; i < fleet["practices"].size(); ++i) {
    if (fleet["practices"][i]["id"] == practice) {
      return row["cells"].get<std::string>().at(i);
    }
  }
  ADD_FAILURE() << "no practice " << practice;
  return '?';
}

TEST(Fleet, HasTheWorstVerdictOfEachPractice) {
  WebWorld world;
  const auto fleet = world.get("/api/v1/fleet");
  ASSERT_EQ(fleet["clusters"].size(), 2);
  const auto& down = fleet["clusters"][0];
  EXPECT_EQ(down["state"], "down");
  EXPECT_EQ(down["error"], "connection refused");
  EXPECT_EQ(down["cells"], "");
  EXPECT_TRUE(down["jobs"].empty());
  const auto& prod = fleet["clusters"][1];
  EXPECT_EQ(cell(fleet, prod, "high-availability"), 'H');
  EXPECT_EQ(cell(fleet, prod, "max-parallelism"), 'M');
  EXPECT_EQ(cell(fleet, prod, "upgrade"), 'U');
  EXPECT_EQ(cell(fleet, prod, "recovery"), 'W') << "a fail that somebody waived is no fail";
  EXPECT_EQ(cell(fleet, prod, "liveness"), '-');
  EXPECT_EQ(prod["unknown"], 1);
  EXPECT_EQ(prod["score"]["grade"], "C");
}

TEST(Fleet, TellsJobsApart) {
  WebWorld world;
  const auto fleet = world.get("/api/v1/fleet");
  const auto& prod = fleet["clusters"][1];
  ASSERT_EQ(prod["jobs"].size(), 3);
  EXPECT_EQ(prod["jobs"][0]["name"], "orders \"1\"");
  EXPECT_TRUE(prod["jobs"][0]["flink_job_id"].is_null());
  EXPECT_EQ(prod["jobs"][1]["flink_job_id"], "bb") << "two jobs are named sql";
  EXPECT_EQ(cell(fleet, prod["jobs"][0], "max-parallelism"), 'M');
  EXPECT_EQ(cell(fleet, prod["jobs"][0], "high-availability"), '-') << "judged on the cluster";
  const auto& practices = fleet["practices"];
  for (std::size_t i = 0; i < practices.size(); ++i) {
    const bool of_a_job = practices[i]["id"] == "max-parallelism";
    EXPECT_EQ(prod["jobs_concerned"][i], of_a_job ? 1 : 0) << practices[i]["id"];
  }
}

TEST(Fleet, SaysWhatCostsMost) {
  WebWorld world;
  auto report = testing::report_of_tests();
  report.losses = {{"high-availability-off", "high-availability", std::nullopt, 10},
                   {"max-parallelism-unset", "max-parallelism", "orders \"1\"", 5},
                   {"max-parallelism-unset", "max-parallelism", "sql", 3}};
  world.board.put_audit("prod", {.report = std::make_shared<model::AuditReport>(report)});
  const auto losses = world.get("/api/v1/fleet")["losses"];
  ASSERT_EQ(losses.size(), 2);
  EXPECT_EQ(losses[0]["check"], "high-availability-off");
  EXPECT_EQ(losses[0]["points"], 10.0);
  EXPECT_EQ(losses[1]["points"], 4.0) << "the mean over the two jobs that have a score";
}

TEST(Fleet, IsTheSameFromAStoredReport) {
  WebWorld world;
  const auto before = world.get("/api/v1/fleet")["clusters"][1];
  auto entry = *world.board.cluster("prod");
  entry.stored_report = std::make_shared<const std::string>(
      *base::gzip(model::to_json(testing::report_of_tests()), 1));
  entry.report = nullptr;
  world.board.put(entry);
  EXPECT_EQ(world.get("/api/v1/fleet")["clusters"][1], before);
}

/// 1 000 clusters of eight jobs, whose names and verdicts differ as much as verdicts can.
TEST(Fleet, OfAThousandClustersIsSmall) {
  WebWorld world;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same in each run
  const auto practices = model::practices();
  for (int i = 0; i < 1'000; ++i) {
    model::AuditReport report = testing::report_of_tests();
    report.jobs.clear();
    std::vector<model::Verdict> results;
    for (int j = 0; j < 8; ++j) {
      model::JobSummary job;
      job.id = model::JobId(fmt::format("{:016x}{:016x}", i * 8 + j, random()));
      job.name = fmt::format("team-{}-pipeline-{}", random() % 100, j);
      job.state = model::JobState::running;
      job.score.value = static_cast<double>(random() % 100);
      for (const model::Practice& practice : practices) {
        model::Verdict verdict;
        verdict.check = "a-check";
        verdict.practice = practice.id;
        verdict.outcome = random() % 3 == 0 ? model::Outcome::fail : model::Outcome::pass;
        verdict.severity = static_cast<model::Severity>(random() % 5);
        verdict.subject.edit().job_id = job.id;
        results.push_back(verdict);
      }
      report.jobs.push_back(std::move(job));
    }
    report.results = std::move(results);
    ClusterStatus status{.name = fmt::format("cluster-{}", i), .up = true};
    status.last_attempt = status.last_success = noon + std::chrono::milliseconds(random() % 60'000);
    world.board.put(
        {.status = status, .report = std::make_shared<model::AuditReport>(std::move(report))});
  }
  const Response response = world.ask("GET", "/api/v1/fleet", {{"accept-encoding", "gzip"}});
  ASSERT_EQ(response.header("content-encoding"), "gzip");
  EXPECT_LE(response.body.size(), 200 * 1024);
}

TEST(Changes, TellWhatHappenedWhere) {
  WebWorld world;
  model::Transition fired;
  fired.finding = "f1";
  fired.to = model::FindingState::firing;
  fired.at = noon;
  world.rows.changes.findings.push_back(
      {fired, "prod", "j1", "orders", "restart-loop", "it loops"});
  world.rows.changes.events.push_back(
      {{model::EventKind::cluster_unreachable, noon, "", "", "", "refused"}, "down", ""});
  world.rows.changes.hours.push_back({noon, 1, 2, 3});
  const auto changes = world.get("/api/v1/changes?since=2026-09-21T00:00:00Z&limit=9");
  EXPECT_EQ(world.rows.asked_timeline.limit, 9);
  EXPECT_TRUE(world.rows.asked_timeline.since);
  const auto& transition = changes["transitions"][0];
  EXPECT_EQ(transition["finding"], "f1");
  EXPECT_EQ(transition["job_name"], "orders");
  EXPECT_EQ(transition["message"], "it loops");
  EXPECT_EQ(changes["events"][0]["kind"], "cluster_unreachable");
  EXPECT_TRUE(changes["events"][0]["job"].is_null());
  EXPECT_EQ(changes["hours"][0]["fired_lower"], 2);
}

TEST(Changes, NameTheirSubjects) {
  WebWorld world;
  world.rows.changed = {{.cluster = "down", .itself = true, .jobs = {}},
                        {.cluster = "prod", .itself = false, .jobs = {"orders", "sql"}}};
  const auto changed = world.get("/api/v1/changes/subjects?until=2026-09-21T00:00:00Z")["clusters"];
  EXPECT_TRUE(world.rows.asked_timeline.until);
  EXPECT_FALSE(world.rows.asked_timeline.since);
  ASSERT_EQ(changed.size(), 2);
  EXPECT_EQ(
      changed[0],
      nlohmann::json({{"cluster", "down"}, {"itself", true}, {"jobs", nlohmann::json::array()}}));
  EXPECT_EQ(changed[1]["jobs"][1], "sql");
  world.get("/api/v1/changes/subjects?since=yesterday", 400);
}

TEST(Fleet, TellsItsScoreByTheHour) {
  WebWorld world;
  world.rows.fleet_scores = {{noon, 71.238, 3}, {noon + std::chrono::hours(2), std::nullopt, 0}};
  const auto hours = world.get("/api/v1/fleet/scores?since=2026-09-21T00:00:00Z")["hours"];
  EXPECT_TRUE(world.rows.asked_timeline.since);
  ASSERT_EQ(hours.size(), 2);
  EXPECT_EQ(hours[0]["value"], 71.24);
  EXPECT_EQ(hours[0]["clusters"], 3);
  EXPECT_TRUE(hours[1]["value"].is_null());
  world.get("/api/v1/fleet/scores?limit=1", 400);
}

TEST(JobGraph, IsEmptyBeforeALookAndTellsTheShapeAfterIt) {
  WebWorld world;
  model::JobRecord job;
  job.id = "j1";
  job.cluster = "prod";
  job.flink_job_id = model::JobId("aa");
  world.rows.jobs.push_back(job);
  EXPECT_TRUE(world.get("/api/v1/jobs/j1/graph")["vertices"].empty());
  EXPECT_EQ(world.ask("GET", "/api/v1/jobs/j2/graph").status, 404);

  model::JobSnapshot seen;
  seen.overview.id = model::JobId("aa");
  model::JobDetails details;
  model::JobVertex source;
  source.id = model::JobVertexId("v1");
  source.name = "Source: in";
  source.parallelism = 2;
  source.max_parallelism = 128;
  source.tasks.running = 2;
  details.vertices.push_back(source);
  details.vertices.emplace_back().id = model::JobVertexId("v2");
  details.plan.emplace_back().id = model::JobVertexId("v2");
  details.plan.back().inputs.push_back({model::JobVertexId("v1"), "HASH", "pipelined"});
  seen.details.value = details;
  seen.details.observed_at = noon;
  model::CheckpointDetails states;
  states.vertices[source.id].state_size = base::Bytes{42};
  seen.checkpoint_details.value = states;
  model::CheckpointConfiguration configuration;
  configuration.interval = model::CheckpointConfiguration::never;
  configuration.timeout = std::chrono::minutes(10);
  seen.checkpoint_configuration.value = configuration;
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->jobs.push_back(seen);
  auto look = std::make_shared<LatestLook>();
  look->snapshot = snapshot;
  look->flows.push_back(testing::first_measured(snapshot->jobs.front(), 0.126, 0.5));
  world.board.put_audit("prod", {.report = world.board.cluster("prod")->report, .look = look});

  const auto graph = world.get("/api/v1/jobs/j1/graph");
  EXPECT_EQ(graph["observed_at"], base::format_rfc3339(noon));
  ASSERT_EQ(graph["vertices"].size(), 2);
  EXPECT_EQ(graph["vertices"][0]["name"], "Source: in");
  EXPECT_EQ(graph["vertices"][0]["state_bytes"], 42);
  EXPECT_EQ(graph["vertices"][0]["busy_percent"], 13);
  EXPECT_EQ(graph["vertices"][0]["backpressured_percent"], 50);
  EXPECT_TRUE(graph["vertices"][1]["busy_percent"].is_null()) << "not measured";
  EXPECT_TRUE(graph["vertices"][1]["state_bytes"].is_null());
  EXPECT_EQ(graph["edges"][0]["from"], "v1");
  EXPECT_EQ(graph["edges"][0]["ship_strategy"], "HASH");
  EXPECT_TRUE(graph["checkpointing"]["interval_ms"].is_null()) << "never is off";
  EXPECT_EQ(graph["checkpointing"]["timeout_ms"], 600'000);
}

TEST(Page, AllowsItselfNothingButItsOwn) {
  WebWorld world;
  const Response page = world.ask("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const std::string policy(page.header("content-security-policy").value_or(""));
  EXPECT_NE(policy.find("script-src 'self';"), std::string::npos) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  EXPECT_EQ(page.header("cache-control"), "no-cache");
  EXPECT_EQ(page.body.find("<script>"), std::string::npos) << "no script in the page itself";
}

TEST(Page, NamesFilesThatNeverChange) {
  WebWorld world;
  const std::string page = world.ask("GET", "/").body;
  for (const std::string_view kind : {".js", ".css"}) {
    const std::size_t end = page.find(std::string(kind) + "\"");
    ASSERT_NE(end, std::string::npos) << kind;
    const std::size_t begin = page.rfind('"', end) + 1;
    const std::string path = page.substr(begin, end + kind.size() - begin);
    const Response file = world.ask("GET", path, {{"accept-encoding", "gzip"}});
    EXPECT_EQ(file.status, 200) << path;
    EXPECT_EQ(file.header("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(file.header("content-encoding"), "gzip");
    const std::string etag(file.header("etag").value_or(""));
    EXPECT_EQ(world.ask("GET", path, {{"if-none-match", etag}}).status, 304);
  }
  const Response old = world.ask("GET", "/assets/page-0000000000000000.js");
  EXPECT_EQ(old.status, 404);
  EXPECT_EQ(old.header("cache-control"), "no-store");
}

TEST(Page, IsSmall) {
  const auto manifest = nlohmann::json::parse(embedded("manifest.json", "")->body);
  std::size_t bytes = 0;
  for (const auto& asset : manifest["assets"]) {
    bytes += asset["gzip_bytes"].get<std::size_t>();
  }
  EXPECT_GT(bytes, 10'000);
  EXPECT_LE(bytes, 120 * 1024);
}

TEST(Page, IsOpenWhereReadingIsNot) {
  model::WebSettings settings = testing::with_credentials();
  settings.protect_reads = true;
  WebWorld world(settings);
  EXPECT_EQ(world.ask("GET", "/").status, 200) << "it asks for the token";
  EXPECT_EQ(world.ask("GET", "/assets/none.js").status, 404);
  EXPECT_EQ(world.ask("GET", "/api/v1/fleet").status, 401);
  EXPECT_EQ(world.ask("POST", "/").status, 401);
}

TEST(ReportPage, IsAFileToKeep) {
  WebWorld world;
  const Response response = world.ask("GET", "/api/v1/clusters/prod/report.html");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-disposition"), "attachment; filename=\"report.html\"");
  EXPECT_NE(response.body.find("flink-auditor/report/1"), std::string::npos);
  EXPECT_EQ(world.ask("GET", "/api/v1/clusters/none/report.html").status, 404);
  EXPECT_EQ(world.ask("GET", "/api/v1/clusters/down/report.html").status, 503);
}

}  // namespace
}  // namespace auditor::web
