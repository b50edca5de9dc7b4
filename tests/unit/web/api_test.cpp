#include <gtest/gtest.h>

#include "checks/engine.h"
#include "tests/unit/web/world.h"

/// Findings, jobs, timelines, checks, waivers, probes.
namespace auditor::web {
namespace {

using testing::noon;
using testing::WebWorld;
using testing::with_credentials;

constexpr std::string_view id = "0123456789abcdef0123456789abcdef";

Headers with_token(Headers headers = {}) {
  headers.emplace_back("authorization", "Bearer " + std::string(testing::token));
  return headers;
}

model::Finding finding_of_tests() {
  model::Finding finding;
  finding.id = id;
  finding.cluster = "prod";
  finding.job = "j1";
  finding.verdict = testing::report_of_tests().results[1];
  finding.verdict.edit().evidence.push_back({.label = "max parallelism",
                                             .value = std::int64_t{-1},
                                             .unit = "",
                                             .expected = "set",
                                             .source = model::EvidenceSource{"/jobs/aa", "/x"},
                                             .observed_at = noon});
  finding.state = model::FindingState::firing;
  finding.first_seen = noon;
  finding.pending_since = noon;
  finding.firing_since = noon;
  finding.last_failed = noon;
  return finding;
}

model::JobRecord job_of_tests() {
  model::JobRecord job;
  job.id = "j1";
  job.cluster = "prod";
  job.key = job.name = "orders \"1\"";
  job.flink_job_id = model::JobId("aa");
  job.state = model::JobState::running;
  job.type = model::JobType::streaming;
  job.first_seen = job.last_seen = noon;
  return job;
}

TEST(Findings, AreListed) {
  WebWorld world;
  world.rows.findings.push_back(finding_of_tests());
  world.rows.next = "c 1";
  const Response response = world.ask("GET", "/api/v1/findings?cluster=prod");
  EXPECT_EQ(response.header("link"), "</api/v1/findings?cluster=prod&cursor=c%201>; rel=\"next\"");
  const auto document = nlohmann::json::parse(response.body);
  EXPECT_EQ(document["next"], "c 1");
  const auto& row = document["findings"][0];
  EXPECT_EQ(row["id"], id);
  EXPECT_EQ(row["state"], "firing");
  EXPECT_EQ(row["check"], "max-parallelism-unset");
  EXPECT_EQ(row["severity"], "medium");
  EXPECT_EQ(row["subject"]["job_name"], "orders \"1\"");
  EXPECT_EQ(row["firing_since"], base::format_rfc3339(noon));
  EXPECT_TRUE(row["resolved_at"].is_null());
  EXPECT_TRUE(row["waiver"].is_null());
  EXPECT_EQ(row["evidence"][0]["value"], -1);
  EXPECT_FALSE(row.contains("verdict"));
}

TEST(Findings, PassTheFilterOn) {
  WebWorld world;
  world.get(
      "/api/v1/findings?cluster=a&cluster=b&job=j&check=c&practice=p&severity=high&severity="
      "critical&state=firing&waived=false&since=2026-11-01T00:00:00Z&until=2026-11-02T00:00:00.5"
      "00Z&limit=7&cursor=x");
  const storage::FindingFilter& asked = world.rows.asked_findings;
  EXPECT_EQ(asked.clusters, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(asked.jobs, std::vector<std::string>{"j"});
  EXPECT_EQ(asked.checks, std::vector<std::string>{"c"});
  EXPECT_EQ(asked.practices, std::vector<std::string>{"p"});
  EXPECT_EQ(asked.severities,
            (std::vector<model::Severity>{model::Severity::high, model::Severity::critical}));
  EXPECT_EQ(asked.states, std::vector<model::FindingState>{model::FindingState::firing});
  EXPECT_EQ(asked.waived, false);
  EXPECT_EQ(asked.since, base::parse_rfc3339("2026-11-01T00:00:00Z"));
  EXPECT_EQ(asked.until, base::parse_rfc3339("2026-11-02T00:00:00.500Z"));
  EXPECT_EQ(asked.limit, 7);
  EXPECT_EQ(asked.cursor, "x");
}

TEST(Findings, RefuseWrongParametersByName) {
  WebWorld world;
  const auto detail = [&world](std::string_view query) {
    return world.get("/api/v1/findings?" + std::string(query), 400)["detail"].get<std::string>();
  };
  EXPECT_EQ(detail("severity=bad"),
            "parameter \"severity\": \"bad\" must be info, low, medium, high or critical");
  EXPECT_EQ(detail("state=open"),
            "parameter \"state\": \"open\" must be pending, firing or resolved");
  EXPECT_EQ(detail("waived=yes"), "parameter \"waived\": \"yes\" must be true or false");
  EXPECT_EQ(detail("since=yesterday"),
            "parameter \"since\": \"yesterday\" must be a time in UTC, such as "
            "2026-11-26T12:00:00Z");
  EXPECT_EQ(detail("limit=1001"), "parameter \"limit\": \"1001\" must be a number from 1 to 1000");
  EXPECT_EQ(detail("limit=-1"), "parameter \"limit\": \"-1\" must be a number from 1 to 1000");
  EXPECT_EQ(detail("cluster="),
            "parameter \"cluster\": \"\" must be a value; leave the parameter out for all");
  EXPECT_EQ(detail("cursor=wrong"), "no page gave this cursor");
}

TEST(Findings, SayThatTheDatabaseFails) {
  WebWorld world;
  world.rows.failure = base::fail(base::ErrorKind::file, "disk I/O error");
  const Response response = world.ask("GET", "/api/v1/findings");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("retry-after"), "5");
  EXPECT_NE(response.body.find("disk I/O error"), std::string::npos);
  world.rows.failure = {};
  world.get("/api/v1/findings");
}

TEST(Finding, HasItsHistory) {
  WebWorld world;
  world.rows.findings.push_back(finding_of_tests());
  world.rows.transitions.push_back({.id = 1,
                                    .finding = std::string(id),
                                    .from = model::FindingState::pending,
                                    .to = model::FindingState::firing,
                                    .at = noon,
                                    .severity = model::Severity::medium,
                                    .reason = ""});
  const auto document = world.get("/api/v1/findings/" + std::string(id));
  EXPECT_EQ(document["id"], id);
  EXPECT_EQ(document["history"][0]["from"], "pending");
  EXPECT_EQ(document["history"][0]["to"], "firing");
  world.get("/api/v1/findings/nothing", 404);
}

TEST(Jobs, AreListed) {
  WebWorld world;
  world.rows.jobs.push_back(job_of_tests());
  const auto document = world.get("/api/v1/jobs?cluster=prod&live=true&name=ord*&limit=3");
  EXPECT_EQ(document["jobs"][0]["id"], "j1");
  EXPECT_EQ(document["jobs"][0]["state"], "RUNNING");
  EXPECT_EQ(document["jobs"][0]["flink_job_type"], "STREAMING");
  EXPECT_TRUE(document["next"].is_null());
  EXPECT_EQ(world.rows.asked_jobs.clusters, std::vector<std::string>{"prod"});
  EXPECT_EQ(world.rows.asked_jobs.live, true);
  EXPECT_EQ(world.rows.asked_jobs.name, "ord*");
  EXPECT_EQ(world.rows.asked_jobs.limit, 3);
}

TEST(Job, TellsHowItIsJudged) {
  WebWorld world;
  world.rows.jobs.push_back(job_of_tests());
  EXPECT_EQ(world.get("/api/v1/jobs/j1")["judged"]["score"]["value"], 60);
  world.rows.jobs[0].flink_job_id = model::JobId("zz");
  EXPECT_TRUE(world.get("/api/v1/jobs/j1")["judged"].is_null());
  world.get("/api/v1/jobs/j2", 404);
}

TEST(Timeline, HasAllThatHappened) {
  WebWorld world;
  world.rows.jobs.push_back(job_of_tests());
  storage::Timeline& timeline = world.rows.timeline;
  timeline.deployments.emplace_back().changed = {"parallelism"};
  timeline.deployments.back().parallelism = 4;
  timeline.events.push_back({.kind = model::EventKind::job_restarted,
                             .at = noon,
                             .job = "j1",
                             .from = "",
                             .to = "",
                             .detail = "2 restarts"});
  timeline.verdicts.emplace_back().outcome = model::Outcome::fail;
  timeline.transitions.emplace_back();
  model::CheckpointRecord checkpoint;
  checkpoint.checkpoint_id = 7;
  checkpoint.status = model::CheckpointStatus::completed;
  checkpoint.triggered_at = noon;
  checkpoint.duration = std::chrono::milliseconds(100);
  checkpoint.start_delay = std::chrono::milliseconds(10);
  checkpoint.alignment = std::chrono::milliseconds(20);
  checkpoint.sync = std::chrono::milliseconds(30);
  checkpoint.async = std::chrono::milliseconds(40);
  checkpoint.state_size = base::Bytes{1'000};
  timeline.checkpoints.push_back(checkpoint);
  timeline.checkpoint_hours.emplace_back().completed = 60;
  timeline.scores.push_back({.job = "j1", .at = noon, .value = 60.004, .coverage = 1});

  const auto document = world.get("/api/v1/jobs/j1/timeline?since=2026-01-01T00:00:00Z&limit=9");
  EXPECT_EQ(document["job"]["name"], "orders \"1\"");
  EXPECT_EQ(document["deployments"][0]["changed"][0], "parallelism");
  EXPECT_EQ(document["events"][0]["kind"], "job_restarted");
  EXPECT_EQ(document["verdicts"][0]["verdict"], "fail");
  EXPECT_EQ(document["transitions"].size(), 1);
  const auto& row = document["checkpoints"][0];
  EXPECT_EQ(row["id"], 7);
  EXPECT_EQ(row["status"], "COMPLETED");
  EXPECT_EQ(row["start_delay_ms"], 10);
  EXPECT_EQ(row["alignment_ms"], 20);
  EXPECT_EQ(row["sync_ms"], 30);
  EXPECT_EQ(row["async_ms"], 40);
  EXPECT_EQ(row["state_bytes"], 1'000);
  EXPECT_TRUE(row["checkpointed_bytes"].is_null());
  EXPECT_EQ(document["checkpoint_hours"][0]["completed"], 60);
  EXPECT_EQ(document["scores"][0]["value"], 60);
  EXPECT_EQ(world.rows.asked_timeline.limit, 9);
  EXPECT_EQ(world.rows.asked_timeline.since, base::parse_rfc3339("2026-01-01T00:00:00Z"));
  world.get("/api/v1/jobs/j2/timeline", 404);

  EXPECT_EQ(world.get("/api/v1/clusters/prod/timeline")["events"].size(), 1);
  EXPECT_EQ(world.get("/api/v1/clusters/down/timeline")["events"].size(), 0);
  world.get("/api/v1/clusters/nowhere/timeline", 404);
}

TEST(Checkpoints, TellWhatTheyWaitedFor) {
  WebWorld world;
  world.rows.jobs.push_back(job_of_tests());
  for (int i = 0; i < 3; ++i) {
    model::CheckpointRecord& checkpoint = world.rows.timeline.checkpoints.emplace_back();
    checkpoint.checkpoint_id = i;
    checkpoint.status = model::CheckpointStatus::completed;
    checkpoint.triggered_at = noon;
    checkpoint.critical_path =
        model::CriticalPath{"window", "tm-1", "", {2, std::chrono::seconds(4), {}, {}, {}, {}}};
    checkpoint.critical_path->times.async = std::chrono::seconds(3);
  }
  world.rows.timeline.checkpoints[1].is_savepoint = true;
  world.rows.timeline.checkpoints[2].critical_path.reset();
  const auto document = world.get("/api/v1/jobs/j1/checkpoints?limit=3");
  EXPECT_EQ(document["summary"]["checkpoints"], 1) << "savepoints do not count";
  EXPECT_EQ(document["summary"]["phase"], "asynchronous part");
  EXPECT_EQ(document["summary"]["share"], 0.75);
  const auto& path = document["checkpoints"][0]["critical_path"];
  EXPECT_EQ(path["vertex_name"], "window");
  EXPECT_EQ(path["subtask"], 2);
  EXPECT_EQ(path["longest_phase"], "asynchronous part");
  EXPECT_EQ(path["async_ms"], 3'000);
  EXPECT_TRUE(path["host"].is_null());
  EXPECT_TRUE(document["checkpoints"][2]["critical_path"].is_null());
  EXPECT_EQ(world.rows.asked_timeline.limit, 3);
  world.get("/api/v1/jobs/j2/checkpoints", 404);
}

TEST(Exceptions, OneCauseOnSeveralJobsAndClustersIsOneEntry) {
  WebWorld world;
  const auto cause = [](const std::string& job, const std::string& fingerprint, std::size_t times,
                        base::Timestamp last) {
    return model::FailureCause{model::JobId(job),
                               "job " + job,
                               fingerprint,
                               "java.lang." + fingerprint,
                               "map (1/4)",
                               "trace",
                               times,
                               last,
                               last};
  };
  model::AuditReport prod = testing::report_of_tests();
  prod.failure_causes = {cause("aa", "f1", 90, noon),
                         cause("bb", "f1", 7, noon + std::chrono::minutes(2)),
                         cause("bb", "f2", 1, noon + std::chrono::minutes(1))};
  model::AuditReport other = testing::report_of_tests();
  other.failure_causes = {cause("cc", "f1", 1, noon - std::chrono::minutes(9))};
  world.board.put_audit("prod", {.report = std::make_shared<model::AuditReport>(prod)});
  world.board.put_audit("down", {.report = std::make_shared<model::AuditReport>(other)});
  const auto document = world.get("/api/v1/exceptions");
  ASSERT_EQ(document["causes"], 2);
  const auto& first = document["exceptions"][0];
  EXPECT_EQ(first["fingerprint"], "f1");
  EXPECT_EQ(first["occurrences"], 98);
  EXPECT_EQ(first["first_at"], base::format_rfc3339(noon - std::chrono::minutes(9)));
  EXPECT_EQ(first["last_at"], base::format_rfc3339(noon + std::chrono::minutes(2)));
  ASSERT_EQ(first["jobs"].size(), 3);
  EXPECT_EQ(first["jobs"][0]["task"], "map (1/4)");
  EXPECT_EQ(world.get("/api/v1/exceptions?limit=1")["exceptions"].size(), 1);
  EXPECT_EQ(world.get("/api/v1/exceptions?cluster=down")["exceptions"][0]["occurrences"], 1);
  world.get("/api/v1/exceptions?cluster=nowhere", 404);
  world.get("/api/v1/exceptions?limit=0", 400);
}

TEST(Checks, AreTheCatalogueAsConfigured) {
  WebWorld world;
  auto settings = std::make_shared<model::Settings>();
  settings->checks["restart-attempts-few"].enabled = false;
  settings->checks["restart-attempts-few"].severity = model::Severity::info;
  settings->checks["restart-attempts-few"].pending_for = std::chrono::minutes(5);
  world.board.put_settings(settings);
  EXPECT_EQ(world.get("/api/v1/checks")["checks"].size(), checks::catalogue().size());
  const auto off = world.get("/api/v1/checks?enabled=false");
  ASSERT_EQ(off["checks"].size(), 1);
  EXPECT_EQ(off["checks"][0]["id"], "restart-attempts-few");
  EXPECT_EQ(off["checks"][0]["severity"], "info");
  EXPECT_EQ(off["checks"][0]["for_ms"], 300'000);
  EXPECT_EQ(world.get("/api/v1/checks?practice=upgrade")["checks"][0]["practice"], "upgrade");
}

TEST(Check, HasItsPage) {
  WebWorld world;
  const auto document = world.get("/api/v1/checks/max-parallelism-unset");
  EXPECT_TRUE(document["page"].get<std::string>().starts_with("# "));
  EXPECT_EQ(document["scope"], "job");
  EXPECT_EQ(world.get("/api/v1/checks/max-paralelism-unset", 404)["detail"],
            "there is no check \"max-paralelism-unset\"; did you mean \"max-parallelism-unset\"?");
  world.get("/api/v1/checks/openapi.json", 404);
}

TEST(Waivers, TellWhatTheyDo) {
  WebWorld world;
  WaiverStatus active{.waiver = {}, .expired = false, .matches = 2};
  active.waiver.id = "a";
  WaiverStatus unused{.waiver = {}, .expired = false, .matches = 0};
  unused.waiver.id = "b";
  WaiverStatus expired{.waiver = {}, .expired = true, .matches = 0};
  expired.waiver.id = "c";
  expired.waiver.until = noon;
  world.board.put_waivers({active, unused, expired});
  const auto all = world.get("/api/v1/waivers");
  EXPECT_EQ(all["waivers"][0]["status"], "active");
  EXPECT_EQ(all["waivers"][0]["matches"], 2);
  EXPECT_EQ(all["waivers"][1]["status"], "unused");
  EXPECT_EQ(all["waivers"][2]["status"], "expired");
  EXPECT_EQ(world.get("/api/v1/waivers?status=expired")["waivers"].size(), 1);
  world.get("/api/v1/waivers?status=old", 400);
}

class WaiverRequest : public ::testing::Test {
 protected:
  Response post(std::string body, std::string type = "application/json") {
    return world.ask("POST", "/api/v1/waivers", with_token({{"content-type", std::move(type)}}),
                     std::move(body));
  }
  std::string refusal(std::string body) {
    const Response response = post(std::move(body));
    EXPECT_EQ(response.status, 400);
    return nlohmann::json::parse(response.body)["detail"];
  }
  WebWorld world{with_credentials()};
};

TEST_F(WaiverRequest, IsKept) {
  const Response response = post(
      R"({"check": "restart-*", "cluster": "prod", "reason": " known ", "owner": "me",
          "until": "2026-12-31T00:00:00Z"})",
      "application/json; charset=utf-8");
  EXPECT_EQ(response.status, 201);
  const auto document = nlohmann::json::parse(response.body);
  EXPECT_EQ(document["id"], "w1");
  EXPECT_EQ(document["job"], "*");
  EXPECT_EQ(document["reason"], "known");
  EXPECT_EQ(document["source"], "api");
  EXPECT_EQ(document["created_at"], base::format_rfc3339(noon));
  EXPECT_EQ(world.commands.calls, std::vector<std::string>{"waive restart-*"});
}

TEST_F(WaiverRequest, IsRefusedWithAReason) {
  EXPECT_EQ(refusal(""), "the body must be a JSON object");
  EXPECT_EQ(refusal("[]"), "the body must be a JSON object");
  EXPECT_EQ(refusal(std::string(60'000, '[')), "the body must be a JSON object");
  EXPECT_EQ(refusal("{}"), "\"check\" is missing");
  EXPECT_EQ(refusal(R"({"check": 1})"), "\"check\" must be a text");
  EXPECT_EQ(refusal(R"({"check": "x", "reason": " "})"), "\"reason\" must have 1 to 1000 bytes");
  EXPECT_EQ(refusal(R"({"check": "x", "reason": "r"})"), "\"owner\" is missing");
  EXPECT_EQ(refusal(R"({"check": "x", "reason": "r", "owner": "\f\u0000"})"),
            "\"owner\" must have 1 to 1000 bytes");
  EXPECT_EQ(refusal(R"({"check": "x", "reason": "r", "owner": "o", "untill": null})"),
            "unknown member \"untill\"; there are check, cluster, job, reason, owner and until");
  EXPECT_EQ(refusal(R"({"check": "x", "reason": "r", "owner": "o", "until": "soon"})"),
            "\"until\" must be a time in UTC, such as 2026-12-31T00:00:00Z, or null");
  EXPECT_EQ(refusal(R"({"check": "*", "reason": "r", "owner": "o",
                        "until": "2020-01-01T00:00:00Z"})"),
            "\"until\" is over already");
  EXPECT_EQ(refusal(R"({"check": "x", "reason": "r", "owner": "o"})"),
            "\"check\": no check is named \"x\"; /api/v1/checks lists them");
  EXPECT_EQ(post("{}", "text/plain").status, 415);
  EXPECT_TRUE(world.commands.calls.empty());
}

TEST_F(WaiverRequest, NeedsTheToken) {
  EXPECT_EQ(world.ask("POST", "/api/v1/waivers").status, 401);
  EXPECT_EQ(world.ask("DELETE", "/api/v1/waivers/w1").status, 401);
  EXPECT_TRUE(world.commands.calls.empty());
}

TEST_F(WaiverRequest, SaysThatTheStoreFails) {
  world.commands.failure = base::fail(base::ErrorKind::file, "disk full");
  EXPECT_EQ(post(R"({"check": "*", "reason": "r", "owner": "o"})").status, 503);
}

TEST_F(WaiverRequest, Removes) {
  EXPECT_EQ(world.ask("DELETE", "/api/v1/waivers/w1", with_token()).status, 204);
  EXPECT_EQ(world.ask("DELETE", "/api/v1/waivers/w2", with_token()).status, 404);
  WaiverStatus configured;
  configured.waiver.id = "w1";
  world.board.put_waivers({configured});
  EXPECT_EQ(world.ask("DELETE", "/api/v1/waivers/w1", with_token()).status, 409);
  EXPECT_EQ(world.commands.calls, (std::vector<std::string>{"unwaive w1", "unwaive w2"}));
}

TEST(Audit, IsAskedFor) {
  WebWorld world(with_credentials());
  const Response response = world.ask("POST", "/api/v1/clusters/prod/audit", with_token());
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.header("location"), "/api/v1/clusters/prod/report");
  EXPECT_EQ(world.commands.calls, std::vector<std::string>{"audit prod"});
  EXPECT_EQ(world.ask("POST", "/api/v1/clusters/nowhere/audit", with_token()).status, 404);
  EXPECT_EQ(world.ask("POST", "/api/v1/clusters/prod/audit").status, 401);
}

TEST(Reload, SaysWhatIsWrong) {
  WebWorld world(with_credentials());
  EXPECT_EQ(world.ask("POST", "/-/reload", with_token()).status, 200);
  world.commands.failure = base::fail(base::ErrorKind::configuration, "a.yaml:1:1: bad");
  const Response response = world.ask("POST", "/-/reload", with_token());
  EXPECT_EQ(response.status, 422);
  EXPECT_NE(response.body.find("the old configuration keeps running: a.yaml:1:1: bad"),
            std::string::npos);
}

TEST(Probes, TellHealthyAndReady) {
  WebWorld world;
  EXPECT_EQ(world.ask("GET", "/-/healthy").status, 200);
  EXPECT_EQ(world.ask("GET", "/-/ready").body, "ready\n");
  world.board.change_daemon(
      [](DaemonStatus& daemon) { daemon.not_ready = {"storage: disk full", "no first look"}; });
  EXPECT_EQ(world.get("/-/ready", 503)["detail"], "storage: disk full; no first look");
  EXPECT_EQ(world.ask("GET", "/-/healthy").status, 200);
}

TEST(Status, IsTheProgramsOwn) {
  WebWorld world;
  world.board.change_daemon([](DaemonStatus& daemon) {
    daemon.queue = 3;
    daemon.store_error = "disk full";
    daemon.discovery_errors["a.json"] = "not JSON";
  });
  const auto document = world.get("/api/v1/status");
  EXPECT_EQ(document["ready"], true);
  EXPECT_EQ(document["pipeline"]["queue"], 3);
  EXPECT_EQ(document["storage"]["error"], "disk full");
  EXPECT_EQ(document["discovery_errors"]["a.json"], "not JSON");
}

TEST(Routes, TellWhatTheyAllow) {
  WebWorld world(with_credentials());
  const auto allow = [&world](std::string_view method, std::string_view path) {
    const Response response = world.ask(method, path, with_token());
    EXPECT_EQ(response.status, 405) << method << path;
    return std::string(response.header("allow").value_or(""));
  };
  EXPECT_EQ(allow("POST", "/metrics"), "GET, HEAD");
  EXPECT_EQ(allow("PUT", "/api/v1/waivers"), "GET, HEAD, POST");
  EXPECT_EQ(allow("GET", "/-/reload"), "POST");
  EXPECT_EQ(allow("OPTIONS", "/"), "GET, HEAD");
  EXPECT_EQ(world.ask("POST", "/nowhere", with_token()).status, 404);
  EXPECT_EQ(world.get("/nowhere", 404)["type"], "about:blank");
}

}  // namespace
}  // namespace auditor::web
