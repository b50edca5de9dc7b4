#include "report/markdown.h"

#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "report/grouping.h"

namespace auditor::report {

namespace {

using model::AuditReport;
using model::Outcome;

/// Names come from outside: nothing in them may become markup, a link or a table cell's end.
std::string escaped(std::string_view text) {
  constexpr std::string_view special = "\\`*_[]<>|~&$";
  constexpr std::string_view special_at_start = "-+#";
  std::string out;
  for (const char c : base::printable(text)) {
    const bool at_start = out.empty() && special_at_start.find(c) != std::string_view::npos;
    if (at_start || special.find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

/// Inline code that holds whatever `text` holds.
std::string code(std::string_view text) {
  std::string clean = base::printable(text);
  for (std::size_t at = clean.find('|'); at != std::string::npos; at = clean.find('|', at + 2)) {
    clean.insert(at, "\\");
  }
  const std::string fence = clean.find('`') == std::string::npos ? "`" : "``";
  return fmt::format("{}{}{}{}{}", fence, fence.size() > 1 ? " " : "", clean,
                     fence.size() > 1 ? " " : "", fence);
}

/// Lines that start with four spaces become fenced blocks, the others paragraphs.
std::string remediation(std::string_view text) {
  std::string out;
  bool in_code = false;
  for (const std::string_view line : base::split(text, '\n')) {
    const bool is_code = line.starts_with("    ");
    if (is_code != in_code) {
      out += is_code ? "\n```\n" : "```\n\n";
      in_code = is_code;
    }
    out += is_code ? base::printable(line.substr(4)) : escaped(line);
    out += '\n';
  }
  return in_code ? out + "```\n" : out;
}

void write_finding(std::string& out, const FindingGroup& group, const AuditReport& report) {
  const model::Verdict& first = group.first();
  out += fmt::format("\n### {}{}: `{}` · {}{}\n\n", to_text(first.severity),
                     first.confidence == model::Confidence::likely ? " (likely)" : "", first.check,
                     escaped(where(group, report)),
                     group.points >= 0.05 ? fmt::format(" · −{:.1f} points", group.points) : "");
  const std::string job =
      first.subject.job_name ? "**" + escaped(*first.subject.job_name) + "**: " : "";
  out += fmt::format("{}{}.\n\n", job, escaped(first.message));
  if (!first.evidence.empty()) {
    out += "| evidence | value | expected | from |\n| --- | --- | --- | --- |\n";
    for (const model::Evidence& evidence : first.evidence) {
      const std::string source = source_of(evidence);
      out += fmt::format("| {} | {} | {} | {} |\n", escaped(evidence.label), code(show(evidence)),
                         escaped(evidence.expected), source.empty() ? "" : code(source));
    }
    out += '\n';
  }
  if (group.verdicts.size() > 1) {
    out += fmt::format("<details><summary>The same on {} more</summary>\n\n",
                       group.verdicts.size() - 1);
    for (std::size_t i = 1; i < group.verdicts.size(); ++i) {
      out += fmt::format("- {}\n", escaped(name_of(group.verdicts[i]->subject)));
    }
    out += "\n</details>\n\n";
  }
  out += "**Fix**: " + remediation(first.remediation);
}

}  // namespace

std::string to_markdown(const AuditReport& report) {
  std::string out = fmt::format("# Flink audit of {}\n\n{}, taken {}.\n\n", code(report.target),
                                escaped(facts_line(report)), for_people(report.taken_at));
  if (report.history_server) {
    out +=
        "This is a HistoryServer: past jobs are judged by what it archived; checks of the cluster "
        "do not apply.\n\n";
  }
  out += report.score.value ? fmt::format("**Score {:.0f} of 100, grade {}**", *report.score.value,
                                          grade_of(report.score))
                            : std::string("**Score n/a** (too little could be judged)");
  out += fmt::format(", coverage {:.0f} %.\n\n", std::floor(report.score.coverage * 100));
  out +=
      "| practice | verdict | findings | unknown | points lost |\n| --- | --- | ---: | ---: | ---: "
      "|\n";
  for (const model::PracticeSummary& row : report.practices) {
    out += fmt::format("| {} | {} | {} | {} | {:.1f} |\n", row.practice.title, word(row.verdict),
                       row.findings, row.unknown, row.lost);
  }
  const std::vector<FindingGroup> groups = finding_groups(report);
  out += groups.empty() ? "\n## No findings\n" : "\n## Findings, the worst first\n";
  for (const FindingGroup& group : groups) {
    write_finding(out, group, report);
  }
  const std::vector<UnknownGroup> unknown = unknown_groups(report);
  if (!unknown.empty()) {
    out += "\n## Unknown\n\nCould not be judged, and does not count as healthy.\n\n";
    for (const UnknownGroup& group : unknown) {
      out += fmt::format("- {} ({}): {}\n", base::join(group.checks, ", "),
                         base::plural(group.verdicts, "verdict"), escaped(group.reason));
    }
  }
  out += fmt::format("\n{} failed, {} passed, {} unknown, {} not applicable. {}\n",
                     count(report, Outcome::fail), count(report, Outcome::pass),
                     count(report, Outcome::unknown), count(report, Outcome::not_applicable),
                     cost_line(report));
  return out;
}

}  // namespace auditor::report
