#include "cli/diff_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "report/grouping.h"
#include "report/wrap.h"

namespace auditor::cli {

namespace {

using advice::ChangedFact;
using advice::ChangedFinding;
using advice::ChangedJob;
using advice::FindingChange;
using nlohmann::ordered_json;

constexpr std::size_t width = 80;

std::string score_of(const model::AuditReport& report) {
  return report.score.value
             ? fmt::format(", score {:.0f} ({})", *report.score.value, grade_of(report.score))
             : "";
}

std::string heading(std::string_view which, const model::AuditReport& report) {
  const std::string flink =
      report.flink_version.empty() ? "" : fmt::format(", Flink {}", report.flink_version);
  return report::wrap(fmt::format("{}, {}{}{}", base::printable(report.target),
                                  report::for_people(report.taken_at), flink, score_of(report)),
                      width, fmt::format("{:<8}", which), "        ");
}

/// "high operator-uid-missing, job orders, vertex window", with the severity before where it is
/// another.
std::string title_of(const ChangedFinding& finding) {
  const model::Verdict& shown = finding.shown();
  std::string severity(to_text(shown.severity));
  if (finding.change == FindingChange::worse || finding.change == FindingChange::better) {
    severity = fmt::format("{} -> {}", to_text(finding.before->severity), severity);
  } else if (finding.change != FindingChange::appeared && finding.before != nullptr) {
    severity = to_text(finding.before->severity);
  }
  const std::string subject = report::name_of(*shown.subject);
  return fmt::format("{} {}{}", severity, shown.check,
                     subject.empty() ? "" : fmt::format(", {}", base::printable(subject)));
}

void write_findings(const advice::Comparison& comparison, std::string& out) {
  std::optional<FindingChange> last;
  for (const ChangedFinding& finding : comparison.findings) {
    if (last != finding.change) {
      const auto count =
          std::ranges::count(comparison.findings, finding.change, &ChangedFinding::change);
      std::string word(to_text(finding.change));
      std::ranges::transform(word, word.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      });
      out += fmt::format("\n{} ({})\n", word, count);
      last = finding.change;
    }
    out += report::wrap(title_of(finding), width, "  ", "    ");
    const model::Verdict& shown = finding.shown();
    const bool told = finding.change == FindingChange::appeared ||
                      finding.change == FindingChange::worse ||
                      finding.change == FindingChange::better;
    if (told) {
      out += report::wrap(shown.message, width, "    ", "    ");
    } else if (finding.change == FindingChange::no_longer_known) {
      out += report::wrap(shown.reason, width, "    ", "    ");
    }
  }
}

/// `none`: what an absent value means there.
void write_fact(const ChangedFact& fact, std::string_view none, std::string& out) {
  const auto or_none = [none](const std::string& text) {
    return text.empty() ? std::string(none) : base::printable(text);
  };
  out += report::wrap(
      fmt::format("{}: {} -> {}", fact.what, or_none(fact.before), or_none(fact.after)), width,
      "    ", "      ");
}

void write_deployments(const advice::Comparison& comparison, std::string& out) {
  if (!comparison.cluster.empty()) {
    out += "\nCLUSTER\n";
    for (const ChangedFact& fact : comparison.cluster) {
      write_fact(fact, "not set", out);
    }
  }
  for (const ChangedJob& job : comparison.jobs) {
    out += report::wrap(fmt::format("JOB {}: {}", base::printable(job.name), to_text(job.kind)),
                        width, "\n", "  ");
    for (const ChangedFact& fact : job.facts) {
      write_fact(fact, "not shown", out);
    }
  }
}

ordered_json facts_json(const std::vector<ChangedFact>& facts) {
  ordered_json rows = ordered_json::array();
  const auto or_null = [](const std::string& text) {
    return text.empty() ? ordered_json() : ordered_json(base::printable(text));
  };
  for (const ChangedFact& fact : facts) {
    rows.push_back({{"what", base::printable(fact.what)},
                    {"before", or_null(fact.before)},
                    {"after", or_null(fact.after)}});
  }
  return rows;
}

ordered_json side_json(const model::AuditReport& report) {
  return {{"target", base::printable(report.target)},
          {"taken_at", base::format_rfc3339(report.taken_at)},
          {"flink_version",
           report.flink_version.empty() ? ordered_json() : ordered_json(report.flink_version)},
          {"score", report.score.value ? ordered_json(*report.score.value) : ordered_json()}};
}

ordered_json word_of(const model::Verdict* verdict) {
  if (verdict == nullptr) {
    return nullptr;
  }
  return {{"verdict", to_text(verdict->outcome)},
          {"severity", to_text(verdict->severity)},
          {"message", verdict->message.empty() ? verdict->reason : verdict->message}};
}

}  // namespace

std::string diff_as_text(const Diff& diff) {
  std::string out = heading("Before", *diff.before) + heading("After", *diff.after);
  const advice::Comparison& comparison = *diff.comparison;
  write_findings(comparison, out);
  write_deployments(comparison, out);
  const bool nothing =
      comparison.findings.empty() && comparison.cluster.empty() && comparison.jobs.empty();
  out += fmt::format("\n{}{} in both.\n", nothing ? "Nothing changed; " : "",
                     base::plural(comparison.still_failing, "finding"));
  if (!comparison.deployments_known) {
    out += report::wrap(
        "Deployments are compared where both sides are clusters or recordings: a report and the "
        "history hold verdicts.",
        width, "", "");
  }
  return out;
}

std::string diff_as_json(const Diff& diff) {
  const advice::Comparison& comparison = *diff.comparison;
  ordered_json findings = ordered_json::array();
  for (const ChangedFinding& finding : comparison.findings) {
    const model::Verdict& shown = finding.shown();
    const auto or_null = [](const std::optional<std::string>& text) {
      return text ? ordered_json(base::printable(*text)) : ordered_json();
    };
    findings.push_back({{"change", to_text(finding.change)},
                        {"check", shown.check},
                        {"fingerprint", shown.fingerprint.text()},
                        {"job_name", or_null(shown.subject->job_name)},
                        {"vertex_name", or_null(shown.subject->vertex_name)},
                        {"before", word_of(finding.before)},
                        {"after", word_of(finding.after)}});
  }
  ordered_json jobs = ordered_json::array();
  for (const ChangedJob& job : comparison.jobs) {
    jobs.push_back({{"name", base::printable(job.name)},
                    {"change", to_text(job.kind)},
                    {"facts", facts_json(job.facts)}});
  }
  const ordered_json document{{"schema", "flink-auditor/diff/1"},
                              {"before", side_json(*diff.before)},
                              {"after", side_json(*diff.after)},
                              {"findings", std::move(findings)},
                              {"still_failing", comparison.still_failing},
                              {"deployments_known", comparison.deployments_known},
                              {"cluster", facts_json(comparison.cluster)},
                              {"jobs", std::move(jobs)}};
  return document.dump(2) + "\n";
}

}  // namespace auditor::cli
