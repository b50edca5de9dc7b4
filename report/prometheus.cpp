#include "report/prometheus.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>

#include "base/exposition.h"
#include "base/text.h"
#include "version.h"

namespace auditor::report {

namespace {

using base::Exposition;
using enum base::Exposition::Type;
using model::Outcome;
using model::Severity;
using model::Verdict;

constexpr std::array severities{Severity::info, Severity::low, Severity::medium, Severity::high,
                                Severity::critical};
using BySeverity = std::map<Severity, std::uint64_t>;

bool is_open(const Verdict& verdict) {
  return verdict.outcome == Outcome::fail && !verdict.waiver;
}

void write_cluster(Exposition& out, const model::AuditReport& report) {
  const std::string_view cluster = report.name;
  out.family("flink_auditor_cluster_score", gauge,
             "Score of the cluster's set-up, 0 to 100; absent while too little could be judged.");
  if (report.score.value) {
    out.sample(*report.score.value, {{"cluster", cluster}});
  }
  out.family("flink_auditor_cluster_coverage_ratio", gauge,
             "Share of the checks that could be judged.");
  out.sample(report.score.coverage, {{"cluster", cluster}});
  BySeverity open;
  std::uint64_t waived = 0;
  std::map<Outcome, std::uint64_t> verdicts;
  for (const Verdict& verdict : report.results) {
    ++verdicts[verdict.outcome];
    open[verdict.severity] += is_open(verdict) ? 1U : 0U;
    waived += verdict.waiver ? 1U : 0U;
  }
  out.family("flink_auditor_findings", gauge,
             "Checks that fail on the cluster and its jobs, without waived ones.");
  for (const Severity severity : severities) {
    out.sample(open[severity], {{"cluster", cluster}, {"severity", to_text(severity)}});
  }
  out.family("flink_auditor_waived_findings", gauge, "Checks that fail and are waived.");
  out.sample(waived, {{"cluster", cluster}});
  out.family("flink_auditor_verdicts", gauge,
             "Verdicts of the audit, by outcome; waived fails are among the fails.");
  for (const Outcome outcome :
       {Outcome::pass, Outcome::fail, Outcome::unknown, Outcome::not_applicable}) {
    out.sample(verdicts[outcome], {{"cluster", cluster}, {"outcome", to_text(outcome)}});
  }
}

void write_checks(Exposition& out, const model::AuditReport& report) {
  // Jobs that share a name as the label shows it count together: two equal series are an error.
  std::map<std::tuple<std::string, std::string, Severity>, std::uint64_t> counts;
  for (const Verdict& verdict : report.results) {
    if (is_open(verdict)) {
      ++counts[{verdict.check, base::printable(verdict.subject->job_name.value_or("")),
                verdict.severity}];
    }
  }
  out.family("flink_auditor_check_findings", gauge,
             "Where the check fails, without waived ones; job is empty for the cluster's own.");
  for (const auto& [key, count] : counts) {
    const auto& [check, job, severity] = key;
    out.sample(count, {{"cluster", report.name},
                       {"job", job},
                       {"check", check},
                       {"severity", to_text(severity)}});
  }
}

/// Calls `write` for each job with whether others bear its name, as the daemon's /metrics does.
template <class Write>
void per_job(const model::AuditReport& report, Write write) {
  std::map<std::string, std::set<model::JobId>> names;
  for (const model::JobSummary& job : report.jobs) {
    names[base::printable(job.name)].insert(job.id);
  }
  std::set<model::JobId> written;
  for (const model::JobSummary& job : report.jobs) {
    if (written.insert(job.id).second) {
      write(job, names[base::printable(job.name)].size() > 1);
    }
  }
}

void write_jobs(Exposition& out, const model::AuditReport& report) {
  const std::string_view cluster = report.name;
  out.family("flink_auditor_job_score", gauge,
             "Score of the job's set-up, 0 to 100; absent while too little could be judged.");
  per_job(report, [&](const model::JobSummary& job, bool shared) {
    if (job.score.value && shared) {
      out.sample(*job.score.value,
                 {{"cluster", cluster}, {"job", job.name}, {"job_id", job.id.value}});
    } else if (job.score.value) {
      out.sample(*job.score.value, {{"cluster", cluster}, {"job", job.name}});
    }
  });
  out.family("flink_auditor_job_coverage_ratio", gauge,
             "Share of the job's checks that could be judged.");
  per_job(report, [&](const model::JobSummary& job, bool shared) {
    if (shared) {
      out.sample(job.score.coverage,
                 {{"cluster", cluster}, {"job", job.name}, {"job_id", job.id.value}});
    } else {
      out.sample(job.score.coverage, {{"cluster", cluster}, {"job", job.name}});
    }
  });
  std::map<model::JobId, BySeverity> findings;
  for (const Verdict& verdict : report.results) {
    if (is_open(verdict) && verdict.subject->job_id) {
      ++findings[*verdict.subject->job_id][verdict.severity];
    }
  }
  out.family("flink_auditor_job_findings", gauge,
             "Checks that fail on the job, without waived ones.");
  per_job(report, [&](const model::JobSummary& job, bool shared) {
    for (const Severity severity : severities) {
      const std::uint64_t count = findings[job.id][severity];
      const std::string_view text = to_text(severity);
      if (shared) {
        out.sample(count, {{"cluster", cluster},
                           {"job", job.name},
                           {"job_id", job.id.value},
                           {"severity", text}});
      } else {
        out.sample(count, {{"cluster", cluster}, {"job", job.name}, {"severity", text}});
      }
    }
  });
}

void write_cost(Exposition& out, const model::AuditReport& report) {
  const std::string_view cluster = report.name;
  const auto one = [&](std::string_view name, std::string_view help, auto value) {
    out.family(name, gauge, help);
    out.sample(value, {{"cluster", cluster}});
  };
  using Seconds = std::chrono::duration<double>;
  one("flink_auditor_audit_timestamp_seconds", "When the cluster was looked at.",
      Seconds(report.taken_at.time_since_epoch()).count());
  one("flink_auditor_audit_requests", "Requests that the audit sent to the cluster.",
      std::uint64_t{report.requests.count});
  one("flink_auditor_audit_received_bytes", "Bytes of answers that the audit took.",
      static_cast<std::uint64_t>(report.requests.received.count));
  one("flink_auditor_audit_duration_seconds", "How long the requests took.",
      Seconds(report.requests.duration).count());
  // With the cluster, unlike the daemon's build_info: two files of one folder may not share a
  // series.
  out.family("flink_auditor_audit_info", gauge, "1, with the releases as labels.");
  out.sample(1.0,
             {{"cluster", cluster}, {"version", version}, {"flink_version", report.flink_version}});
}

}  // namespace

std::string to_prometheus(const model::AuditReport& report) {
  Exposition out;
  write_cluster(out, report);
  write_checks(out, report);
  write_jobs(out, report);
  write_cost(out, report);
  return out.take();
}

}  // namespace auditor::report
