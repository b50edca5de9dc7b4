#include "model/report_json.h"

#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "model/report.h"
#include "version.h"

namespace auditor::model {

namespace {

using Json = nlohmann::ordered_json;

/// An object, field after field. Braces would make an array of each pair, and look for its key
/// among those before it: a report has thousands.
class Fields {
 public:
  explicit Fields(std::size_t count) { fields_.reserve(count); }

  Fields& add(const char* key, Json value) {
    fields_.emplace_back(key, std::move(value));
    return *this;
  }
  [[nodiscard]] Json::object_t take() { return std::move(fields_); }

 private:
  Json::object_t fields_;
};

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class Tag>
Json id_or_null(const std::optional<base::StrongId<Tag>>& id) {
  return id ? Json(id->value) : Json(nullptr);
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const EvidenceValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

/// Two decimals are enough to compare; more would be noise in a diff.
Json rounded(double value) {
  return std::round(value * 100) / 100;
}

Json to_json(const EvidenceSource& source) {
  return Fields(2).add("path", source.path).add("pointer", source.pointer).take();
}

Json time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json(base::format_rfc3339(*time)) : Json(nullptr);
}

Json to_json(const Evidence& evidence) {
  return Fields(6)
      .add("label", evidence.label)
      .add("value", to_json(evidence.value))
      .add("unit", text_or_null(evidence.unit))
      .add("expected", text_or_null(evidence.expected))
      .add("source", evidence.source ? to_json(*evidence.source) : Json(nullptr))
      .add("observed_at", time_or_null(evidence.observed_at))
      .take();
}

Json to_json(const Subject& subject) {
  return Fields(9)  // `verdict_json.h` adds one
      .add("kind", to_text(subject.kind))
      .add("job_id", id_or_null(subject.job_id))
      .add("job_name", or_null(subject.job_name))
      .add("vertex_id", id_or_null(subject.vertex_id))
      .add("vertex_name", or_null(subject.vertex_name))
      .add("operator_name", nullptr)
      .add("operator_id", nullptr)
      .add("task_manager_id", nullptr)
      .take();
}

Json to_json(const base::Rare<WaiverNote>& waiver) {
  return waiver ? Json{{"id", waiver->id},
                       {"reason", waiver->reason},
                       {"owner", waiver->owner},
                       {"until", time_or_null(waiver->until)}}
                : Json(nullptr);
}

Json to_json(const Verdict& verdict) {
  Json::array_t evidence;
  evidence.reserve(verdict.evidence.size());
  for (const Evidence& item : verdict.evidence) {
    evidence.push_back(to_json(item));
  }
  return Fields(12)
      .add("check", verdict.check)
      .add("practice", verdict.practice)
      .add("verdict", to_text(verdict.outcome))
      .add("severity", to_text(verdict.severity))
      .add("confidence", to_text(verdict.confidence))
      .add("subject", to_json(*verdict.subject))
      .add("message", text_or_null(verdict.message))
      .add("reason", text_or_null(verdict.reason))
      .add("evidence", std::move(evidence))
      .add("remediation", text_or_null(verdict.remediation))
      .add("fingerprint", verdict.fingerprint.text())
      .add("waiver", to_json(verdict.waiver))
      .take();
}

Json grade(const Score& score) {
  return score.value ? Json(grade_of(score)) : Json(nullptr);
}

Json value(const Score& score) {
  return score.value ? rounded(*score.value) : Json(nullptr);
}

std::string_view to_text(JobType type) {
  switch (type) {
    case JobType::streaming:
      return "STREAMING";
    case JobType::batch:
      return "BATCH";
    case JobType::unknown:
      break;
  }
  return {};
}

}  // namespace

std::string to_json(const AuditReport& report) {
  Json document{{"schema", "flink-auditor/report/1"},
                {"tool", {{"name", "flink-auditor"}, {"version", version}}},
                {"taken_at", base::format_rfc3339(report.taken_at)},
                {"cluster",
                 {{"name", report.name},
                  {"url", report.target},
                  {"flink_version", text_or_null(report.flink_version)},
                  {"jobs", report.jobs.size()},
                  {"task_managers", or_null(report.task_managers)}}},
                {"score",
                 {{"value", value(report.score)},
                  {"grade", grade(report.score)},
                  {"coverage", rounded(report.score.coverage)}}},
                {"health", to_text(report.health)}};
  Json practice_rows = Json::array();
  for (const PracticeSummary& summary : report.practices) {
    practice_rows.push_back(
        {{"id", summary.practice.id},
         {"title", summary.practice.title},
         {"kind", summary.practice.kind == PracticeKind::posture ? "posture" : "health"},
         {"verdict", to_text(summary.verdict)},
         {"findings", summary.findings},
         {"waived", summary.waived},
         {"unknown", summary.unknown}});
  }
  document["practices"] = std::move(practice_rows);
  Json jobs = Json::array();
  for (const JobSummary& job : report.jobs) {
    jobs.push_back({{"id", job.id.value},
                    {"name", job.name},
                    {"state", to_text(job.state)},
                    {"score", value(job.score)},
                    {"grade", grade(job.score)},
                    {"health", to_text(job.health)},
                    {"flink_job_type", text_or_null(std::string(to_text(job.type)))},
                    {"parallelism", or_null(job.parallelism)}});
  }
  document["jobs"] = std::move(jobs);
  Json::array_t results;
  results.reserve(report.results.size());
  for (const Verdict& verdict : report.results) {
    results.push_back(to_json(verdict));
  }
  document["results"] = std::move(results);
  Json causes = Json::array();
  for (const FailureCause& cause : report.failure_causes) {
    causes.push_back({{"job_id", cause.job.value},
                      {"job_name", cause.job_name},
                      {"fingerprint", cause.fingerprint},
                      {"title", cause.title},
                      {"task", text_or_null(cause.task)},
                      {"occurrences", cause.occurrences},
                      {"first_at", time_or_null(cause.first_at)},
                      {"last_at", time_or_null(cause.last_at)},
                      {"stack_trace", cause.trace}});
  }
  document["failure_causes"] = std::move(causes);
  document["requests"] = {{"count", report.requests.count},
                          {"bytes", report.requests.received.count},
                          {"duration_ms", report.requests.duration.count()}};
  // Names come from outside: what is not UTF-8 is replaced, not refused.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

nlohmann::ordered_json evidence_json(const Evidence& evidence) {
  return to_json(evidence);
}

nlohmann::ordered_json verdict_json(const Verdict& verdict) {
  return to_json(verdict);
}

}  // namespace auditor::model
