#include "tests/unit/web/world.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "web/intake.h"

namespace auditor::testing {

namespace {

model::Verdict fail(std::string check, std::string practice, model::Severity severity) {
  model::Verdict verdict;
  verdict.check = std::move(check);
  verdict.practice = std::move(practice);
  verdict.outcome = model::Outcome::fail;
  verdict.severity = severity;
  verdict.message = "it fails";
  verdict.remediation = "mend it";
  verdict.fingerprint = model::Fingerprint::from_text("00112233445566778899aabbccddeeff");
  return verdict;
}

model::Verdict of_job(model::Verdict verdict, const std::string& id, const std::string& name) {
  verdict.subject.edit().kind = model::SubjectKind::job;
  verdict.subject.edit().job_id = model::JobId(id);
  verdict.subject.edit().job_name = name;
  return verdict;
}

model::JobSummary job(const std::string& id, const std::string& name, std::optional<double> score) {
  model::JobSummary summary;
  summary.id = model::JobId(id);
  summary.name = name;
  summary.state = model::JobState::running;
  summary.score.value = score;
  summary.score.coverage = score ? 1 : 0;
  return summary;
}

}  // namespace

base::Result<storage::Page<model::Finding>> MemoryReader::findings(
    const storage::FindingFilter& filter) {
  rows_->asked_findings = filter;
  if (!rows_->failure) {
    return tl::unexpected(rows_->failure.error());
  }
  if (filter.cursor == "wrong") {
    return base::fail(base::ErrorKind::usage, "no page gave this cursor");
  }
  return storage::Page<model::Finding>{rows_->findings, rows_->next};
}

base::Result<std::optional<storage::FindingHistory>> MemoryReader::finding(const std::string& id) {
  for (const model::Finding& finding : rows_->findings) {
    if (finding.id == id) {
      return storage::FindingHistory{finding, rows_->transitions};
    }
  }
  return std::nullopt;
}

base::Result<storage::Page<model::JobRecord>> MemoryReader::jobs(const storage::JobFilter& filter) {
  rows_->asked_jobs = filter;
  return storage::Page<model::JobRecord>{rows_->jobs, rows_->next};
}

base::Result<std::optional<model::JobRecord>> MemoryReader::job(const std::string& id) {
  for (const model::JobRecord& job : rows_->jobs) {
    if (job.id == id) {
      return job;
    }
  }
  return std::nullopt;
}

base::Result<storage::Timeline> MemoryReader::timeline(const std::string& /*job*/,
                                                       const storage::TimelineQuery& query) {
  rows_->asked_timeline = query;
  return rows_->timeline;
}

base::Result<storage::Timeline> MemoryReader::cluster_timeline(
    const std::string& cluster, const storage::TimelineQuery& query) {
  rows_->asked_timeline = query;
  return cluster == "prod" ? rows_->timeline : storage::Timeline{};
}

base::Result<storage::Changes> MemoryReader::changes(const storage::TimelineQuery& query) {
  rows_->asked_timeline = query;
  return rows_->changes;
}

base::Result<std::vector<storage::ChangedCluster>> MemoryReader::changed(
    const storage::TimelineQuery& query) {
  rows_->asked_timeline = query;
  return rows_->changed;
}

base::Result<std::vector<storage::FleetScore>> MemoryReader::fleet_scores(
    const storage::TimelineQuery& query) {
  rows_->asked_timeline = query;
  return rows_->fleet_scores;
}

base::Result<storage::Page<model::Notification>> MemoryReader::notifications(
    const storage::NotificationFilter& filter) {
  rows_->asked_notifications = filter;
  if (filter.cursor == "wrong") {
    return base::fail(base::ErrorKind::usage, "no page gave this cursor");
  }
  storage::Page<model::Notification> page{rows_->notifications, rows_->next};
  for (model::Notification& notification : page.items) {
    notification.message.clear();
  }
  return page;
}

base::Result<std::optional<model::Notification>> MemoryReader::notification(const std::string& id) {
  for (const model::Notification& notification : rows_->notifications) {
    if (notification.id == id) {
      return notification;
    }
  }
  return std::nullopt;
}

base::Result<void> MemoryCommands::reload() {
  calls.emplace_back("reload");
  return failure;
}

base::Result<void> MemoryCommands::audit_now(const std::string& cluster) {
  calls.push_back("audit " + cluster);
  return failure;
}

base::Result<model::Waiver> MemoryCommands::add_waiver(model::Waiver waiver) {
  calls.push_back("waive " + waiver.check);
  waiver.id = "w1";
  return failure ? base::Result<model::Waiver>(waiver) : tl::unexpected(failure.error());
}

base::Result<bool> MemoryCommands::remove_waiver(const std::string& id) {
  calls.push_back("unwaive " + id);
  return failure ? base::Result<bool>(id == "w1") : tl::unexpected(failure.error());
}

base::Result<model::Silence> MemoryCommands::add_silence(model::Silence added) {
  calls.emplace_back("silence");
  added.id = "s1";
  silence = added;
  return failure ? base::Result<model::Silence>(added) : tl::unexpected(failure.error());
}

base::Result<bool> MemoryCommands::end_silence(const std::string& id) {
  calls.push_back("end " + id);
  return failure ? base::Result<bool>(id == "s1") : tl::unexpected(failure.error());
}

base::Result<bool> MemoryCommands::retry_notification(const std::string& id) {
  calls.push_back("retry " + id);
  return failure ? base::Result<bool>(id == "dead") : tl::unexpected(failure.error());
}

base::Result<std::size_t> MemoryCommands::send_digest() {
  calls.emplace_back("digest");
  return failure ? base::Result<std::size_t>(digests) : tl::unexpected(failure.error());
}

model::WebSettings with_credentials() {
  model::WebSettings settings;
  settings.bearer_token = token;
  settings.basic_user = "me";
  settings.basic_password = "secret";
  return settings;
}

model::AuditReport report_of_tests() {
  using enum model::Severity;
  model::AuditReport report;
  report.taken_at = noon;
  report.name = "prod";
  report.target = "http://prod:8081";
  report.flink_version = "1.20.0";
  report.task_managers = 3;
  report.score = {.value = 71.25, .coverage = 0.5, .assessed = 10, .unknown = 10};
  report.health = model::Health::amber;
  report.jobs.push_back(job("aa", "orders \"1\"", 60));
  report.jobs.push_back(job("bb", "sql", 80));
  report.jobs.push_back(job("cc", "sql", std::nullopt));
  std::vector<model::Verdict> results;
  results.push_back(fail("high-availability-off", "high-availability", high));
  results.push_back(
      of_job(fail("max-parallelism-unset", "max-parallelism", medium), "aa", "orders \"1\""));
  results.push_back(of_job(fail("restart-attempts-few", "recovery", low), "bb", "sql"));
  results.back().waiver = model::WaiverNote{"w1", "r", "o", std::nullopt};
  model::Verdict unknown;
  unknown.check = "flink-version-unsupported";
  unknown.practice = "upgrade";
  unknown.reason = "/config did not answer";
  results.push_back(unknown);
  report.results = std::move(results);
  return report;
}

WebWorld::WebWorld(model::WebSettings settings)
    : app(
          settings, board, commands,
          [this]() -> base::Result<std::unique_ptr<storage::Reader>> {
            return std::make_unique<MemoryReader>(rows);
          },
          [] { return noon; }) {
  web::ClusterStatus up{.name = "prod",
                        .url = "http://prod:8081",
                        .labels = {{"team", "a"}},
                        .interval = std::chrono::seconds(30),
                        .up = true,
                        .error = "",
                        .last_attempt = noon,
                        .last_success = noon,
                        .looks = 4,
                        .requests = 32,
                        .received_bytes = 4'000};
  up.durations[3] = 3;
  up.durations.back() = 1;
  up.duration_sum_seconds = 12.5;
  board.put({.status = up, .report = std::make_shared<model::AuditReport>(report_of_tests())});
  board.put_status({.name = "down",
                    .url = "http://down:8081",
                    .error = "connection refused",
                    .last_attempt = noon,
                    .failing_since = noon});
  board.change_daemon([](web::DaemonStatus& daemon) {
    daemon.started_at = noon;
    daemon.ready = true;
  });
}

web::Response WebWorld::ask(std::string_view method, std::string_view target, web::Headers headers,
                            std::string body) {
  web::Request request;
  request.method = method;
  request.host = "localhost:8484";
  request.headers = std::move(headers);
  request.body = std::move(body);
  const auto parsed = web::parse_target(target, request);
  EXPECT_TRUE(parsed) << target;
  return app.respond(request);
}

nlohmann::json WebWorld::get(std::string_view target, int status) {
  const web::Response response = ask("GET", target);
  EXPECT_EQ(response.status, status) << target << "\n" << response.body;
  auto document = nlohmann::json::parse(response.body, nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << response.body;
  return document;
}

}  // namespace auditor::testing
