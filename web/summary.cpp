#include "web/summary.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include <nlohmann/json.hpp>

namespace auditor::web {

namespace {

using Json = nlohmann::json;

/// What the report says of one verdict, whichever form it has.
struct Judged {
  std::string_view job_id;  ///< empty for a cluster's
  model::Outcome outcome = model::Outcome::unknown;
  model::Severity severity = model::Severity::info;
  bool waived = false;
  std::string_view practice{};
};

constexpr std::string_view worst_first = "CHMLIUWPN-";

char letter_of(const Judged& judged) {
  constexpr std::string_view by_severity = "ILMHC";
  switch (judged.outcome) {
    case model::Outcome::fail:
      return judged.waived ? 'W' : by_severity.at(static_cast<std::size_t>(judged.severity));
    case model::Outcome::unknown:
      return 'U';
    case model::Outcome::pass:
      return 'P';
    case model::Outcome::not_applicable:
      break;
  }
  return 'N';
}

void worsen(char& cell, char letter) {
  if (worst_first.find(letter) < worst_first.find(cell)) {
    cell = letter;
  }
}

bool fails(char cell) {
  return worst_first.find(cell) < worst_first.find('U');
}

void fill_cells(ReportSummary& summary, const std::vector<Judged>& verdicts) {
  const auto practices = model::practices();
  const Cells nothing(practices.size(), '-');
  summary.cells = nothing;
  std::unordered_map<std::string_view, Cells*> jobs;
  for (ReportSummary::Job& job : summary.jobs) {
    job.cells = nothing;
    jobs.emplace(job.id, &job.cells);
  }
  for (const Judged& judged : verdicts) {
    summary.unknown += judged.outcome == model::Outcome::unknown ? 1U : 0U;
    const auto practice = std::ranges::find(practices, judged.practice, &model::Practice::id);
    if (practice == practices.end()) {
      continue;
    }
    const auto place = static_cast<std::size_t>(practice - practices.begin());
    const char letter = letter_of(judged);
    worsen(summary.cells.at(place), letter);
    if (const auto job = jobs.find(judged.job_id); job != jobs.end()) {
      worsen(job->second->at(place), letter);
    }
  }
  summary.jobs_concerned.assign(practices.size(), 0);
  for (std::size_t i = 0; i < practices.size(); ++i) {
    const bool any_fails = fails(summary.cells[i]);
    summary.jobs_concerned[i] = static_cast<std::size_t>(
        std::ranges::count_if(summary.jobs, [i, any_fails](const ReportSummary::Job& job) {
          return any_fails ? fails(job.cells[i]) : job.cells[i] == 'U';
        }));
  }
}

/// A job's points count in the mean of the jobs that have a score.
void add_losses(ReportSummary& summary, const model::AuditReport& report) {
  const auto scored = std::ranges::count_if(
      report.jobs, [](const model::JobSummary& job) { return job.score.value.has_value(); });
  for (const model::Loss& loss : report.losses) {
    summary.losses[loss.check] +=
        loss.job_name ? loss.points / static_cast<double>(std::max<std::ptrdiff_t>(scored, 1))
                      : loss.points;
  }
}

void count(ReportSummary& summary, const std::vector<Judged>& verdicts) {
  std::map<std::string_view, FindingCounts*> jobs;
  for (ReportSummary::Job& job : summary.jobs) {
    jobs.emplace(job.id, &job.findings);
  }
  for (const Judged& judged : verdicts) {
    if (judged.outcome != model::Outcome::fail) {
      continue;
    }
    FindingCounts one;
    one.open.at(static_cast<std::size_t>(judged.severity)) = judged.waived ? 0 : 1;
    one.waived = judged.waived ? 1 : 0;
    summary.findings += one;
    if (const auto job = jobs.find(judged.job_id); job != jobs.end()) {
      *job->second += one;
    }
  }
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>())
                                                     : std::nullopt;
}

model::Health health_of(std::string_view text) {
  using enum model::Health;
  for (const model::Health health : {green, amber, red}) {
    if (to_text(health) == text) {
      return health;
    }
  }
  return unknown;
}

model::Outcome outcome_of(std::string_view text) {
  using enum model::Outcome;
  for (const model::Outcome outcome : {pass, fail, not_applicable}) {
    if (to_text(outcome) == text) {
      return outcome;
    }
  }
  return unknown;
}

}  // namespace

FindingCounts& FindingCounts::operator+=(const FindingCounts& other) {
  for (std::size_t i = 0; i < open.size(); ++i) {
    open.at(i) += other.open.at(i);
  }
  waived += other.waived;
  return *this;
}

std::size_t FindingCounts::total() const {
  return std::accumulate(open.begin(), open.end(), std::size_t{0});
}

ReportSummary summarize(const model::AuditReport& report) {
  ReportSummary summary{.taken_at = report.taken_at,
                        .flink_version = report.flink_version,
                        .task_managers = report.task_managers,
                        .score = report.score,
                        .health = report.health,
                        .findings = {},
                        .jobs = {},
                        .cells = {},
                        .jobs_concerned = {},
                        .losses = {}};
  summary.jobs.reserve(report.jobs.size());
  for (const model::JobSummary& job : report.jobs) {
    summary.jobs.push_back(
        {job.id.value, job.name, std::string(to_text(job.state)), job.score, job.health, {}, {}});
  }
  std::vector<Judged> verdicts;
  verdicts.reserve(report.results.size());
  for (const model::Verdict& verdict : report.results) {
    verdicts.push_back({verdict.subject->job_id ? std::string_view(verdict.subject->job_id->value)
                                                : std::string_view(),
                        verdict.outcome, verdict.severity, verdict.waiver.has_value(),
                        verdict.practice});
  }
  count(summary, verdicts);
  fill_cells(summary, verdicts);
  add_losses(summary, report);
  return summary;
}

std::optional<ReportSummary> summarize(std::string_view report_json) {
  const Json document = Json::parse(report_json, nullptr, false);
  if (!document.is_object() || !document.value("cluster", Json()).is_object() ||
      !document.value("score", Json()).is_object()) {
    return std::nullopt;
  }
  ReportSummary summary;
  summary.taken_at = base::parse_rfc3339(text_of(document, "taken_at")).value_or(summary.taken_at);
  summary.flink_version = text_of(document["cluster"], "flink_version");
  if (const auto managers = number_of(document["cluster"], "task_managers")) {
    summary.task_managers = static_cast<std::size_t>(*managers);
  }
  summary.score.value = number_of(document["score"], "value");
  summary.score.coverage = number_of(document["score"], "coverage").value_or(0);
  if (const auto jobs = document.find("jobs"); jobs != document.end() && jobs->is_array()) {
    for (const Json& job : *jobs) {
      summary.jobs.push_back({text_of(job, "id"),
                              text_of(job, "name"),
                              text_of(job, "state"),
                              {},
                              health_of(text_of(job, "health")),
                              {},
                              {}});
      summary.jobs.back().score.value = number_of(job, "score");
    }
  }
  summary.health = health_of(text_of(document, "health"));
  std::vector<std::string> job_ids;
  std::vector<std::string> practices;
  std::vector<Judged> verdicts;
  if (const auto results = document.find("results");
      results != document.end() && results->is_array()) {
    job_ids.reserve(results->size());  // the views below point into both
    practices.reserve(results->size());
    for (const Json& result : *results) {
      const auto subject = result.find("subject");
      job_ids.push_back(subject != result.end() ? text_of(*subject, "job_id") : std::string());
      practices.push_back(text_of(result, "practice"));
      const auto waiver = result.find("waiver");
      verdicts.push_back(
          {job_ids.back(), outcome_of(text_of(result, "verdict")),
           model::parse_severity(text_of(result, "severity")).value_or(model::Severity::info),
           waiver != result.end() && !waiver->is_null(), practices.back()});
    }
  }
  count(summary, verdicts);
  fill_cells(summary, verdicts);
  return summary;
}

}  // namespace auditor::web
