#include "model/report_reader.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/verdict_json.h"

namespace auditor::model {

namespace {

using Json = nlohmann::ordered_json;

Json member(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : Json();
}

std::string text_of(const Json& object, const char* key) {
  const Json value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<std::int64_t> count_of(const Json& object, const char* key) {
  const Json value = member(object, key);
  return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

JobType job_type_of(const std::string& text) {
  if (text == "STREAMING") {
    return JobType::streaming;
  }
  return text == "BATCH" ? JobType::batch : JobType::unknown;
}

Health health_of(const std::string& text) {
  for (const Health health : {Health::green, Health::amber, Health::red}) {
    if (to_text(health) == text) {
      return health;
    }
  }
  return Health::unknown;
}

/// As much of the look as the report tells.
Snapshot snapshot_of(const Json& document) {
  Snapshot snapshot;
  const Json cluster = member(document, "cluster");
  snapshot.target = text_of(cluster, "url");
  snapshot.taken_at =
      base::parse_rfc3339(text_of(document, "taken_at")).value_or(base::Timestamp{});
  for (const Json& row : member(document, "jobs")) {
    JobSnapshot& job = snapshot.jobs.emplace_back();
    job.overview.id = JobId(text_of(row, "id"));
    job.overview.name = text_of(row, "name");
    job.overview.state = parse_job_state(text_of(row, "state"));
  }
  const Json requests = member(document, "requests");
  snapshot.requests.count = static_cast<std::size_t>(count_of(requests, "count").value_or(0));
  snapshot.requests.received = {count_of(requests, "bytes").value_or(0)};
  snapshot.requests.duration =
      std::chrono::milliseconds(count_of(requests, "duration_ms").value_or(0));
  return snapshot;
}

base::Result<std::vector<Verdict>> verdicts_of(const Json& document) {
  std::vector<Verdict> verdicts;
  for (const Json& row : member(document, "results")) {
    auto verdict = verdict_from_json(row.dump());
    if (!verdict) {
      return tl::unexpected(verdict.error());
    }
    verdicts.push_back(std::move(*verdict));
  }
  return verdicts;
}

void complete(AuditReport& report, const Json& document) {
  const Json cluster = member(document, "cluster");
  report.name = text_of(cluster, "name");
  report.flink_version = text_of(cluster, "flink_version");
  report.health = health_of(text_of(document, "health"));
  if (const auto task_managers = count_of(cluster, "task_managers")) {
    report.task_managers = static_cast<std::size_t>(*task_managers);
  }
  for (const Json& row : member(document, "jobs")) {
    const auto summary = std::ranges::find(report.jobs, JobId(text_of(row, "id")), &JobSummary::id);
    if (summary != report.jobs.end()) {
      summary->type = job_type_of(text_of(row, "flink_job_type"));
      summary->parallelism = count_of(row, "parallelism");
      summary->health = health_of(text_of(row, "health"));
    }
  }
}

}  // namespace

base::Result<AuditReport> report_from_json(std::string_view text) {
  const Json document = Json::parse(text, nullptr, false);
  const auto has = [&document](const char* member, Json::value_t type) {
    return document.contains(member) && document[member].type() == type;
  };
  if (text_of(document, "schema") != "flink-auditor/report/1" ||
      !has("cluster", Json::value_t::object) || !has("results", Json::value_t::array)) {
    return base::fail(base::ErrorKind::malformed, "not a report of flink-auditor");
  }
  auto verdicts = verdicts_of(document);
  if (!verdicts) {
    return tl::unexpected(verdicts.error());
  }
  AuditReport report = make_report(snapshot_of(document), std::move(*verdicts));
  complete(report, document);
  return report;
}

}  // namespace auditor::model
