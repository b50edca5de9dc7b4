#include "report/markdown.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/grouping.h"
#include "report/since_baseline.h"

namespace auditor::report {

namespace {

using model::AuditReport;

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
  std::string clean;
  for (const char c : base::printable(text)) {
    if (c == '|') {
      clean += '\\';
    }
    clean += c;
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

/// Bytes that a part of the text may still take.
class Budget {
 public:
  explicit Budget(std::size_t longest) : left_(longest) {}

  /// Whether the piece fits; takes its place if it does.
  bool take(std::string_view piece) {
    const bool fits = piece.size() <= left_;
    left_ -= fits ? piece.size() : 0;
    return fits;
  }

 private:
  std::size_t left_;
};

/// The items that fit, one on a line, and how many do not.
std::string list_of(const std::vector<std::string>& items, Budget budget) {
  std::string out;
  std::size_t left_out = 0;
  for (const std::string& item : items) {
    const std::string line = fmt::format("- {}\n", item);
    if (budget.take(line)) {
      out += line;
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) {
    out += fmt::format("- … and {} more\n", left_out);
  }
  return out;
}

std::string finding(const FindingGroup& group, const AuditReport& report, bool with_others) {
  const model::Verdict& first = group.first();
  std::string out =
      fmt::format("\n### {}{}: `{}` · {}{}\n\n", to_text(first.severity),
                  first.confidence == model::Confidence::likely ? " (likely)" : "", first.check,
                  escaped(where(group, report)),
                  group.points >= 0.05 ? fmt::format(" · −{:.1f} points", group.points) : "");
  const std::string job =
      first.subject->job_name ? fmt::format("**{}**: ", escaped(*first.subject->job_name)) : "";
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
  if (group.verdicts.size() > 1 && !with_others) {
    out += fmt::format("The same on {} more.\n\n", group.verdicts.size() - 1);
  } else if (group.verdicts.size() > 1) {
    out += fmt::format("<details><summary>The same on {} more</summary>\n\n",
                       group.verdicts.size() - 1);
    for (std::size_t i = 1; i < group.verdicts.size(); ++i) {
      out += fmt::format("- {}\n", escaped(name_of(*group.verdicts[i]->subject)));
    }
    out += "\n</details>\n\n";
  }
  out += fmt::format("**Fix**: {}", remediation(first.remediation));
  return out;
}

std::string findings(const AuditReport& report, Budget budget) {
  const std::vector<FindingGroup> groups = finding_groups(report);
  std::string out = groups.empty() ? "\n## No findings\n" : "\n## Findings, the worst first\n";
  std::map<model::Severity, std::size_t, std::greater<>> left_out;
  for (const FindingGroup& group : groups) {
    std::string piece = finding(group, report, true);
    bool fits = budget.take(piece);
    if (!fits) {
      piece = finding(group, report, false);
      fits = budget.take(piece);
    }
    if (fits) {
      out += piece;
    } else {
      left_out[group.first().severity] += group.verdicts.size();
    }
  }
  if (left_out.empty()) {
    return out;
  }
  std::vector<std::string> counts;
  counts.reserve(left_out.size());
  std::size_t all = 0;
  for (const auto& [severity, count] : left_out) {
    counts.push_back(fmt::format("{} {}", count, to_text(severity)));
    all += count;
  }
  out += fmt::format(
      "\n**Left out**: {} ({}), for a comment on GitHub may not be longer. The whole report: "
      "`-o html=FILE` or `-o json=FILE`.\n",
      base::plural(all, "finding"), base::join(counts, ", "));
  return out;
}

std::string head(const AuditReport& report) {
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
  return out;
}

std::string since_baseline(const AuditReport& report, const model::BaselineDifference& since,
                           Budget budget) {
  const auto rows = [](std::string_view lead, const std::vector<const model::Verdict*>& verdicts) {
    std::vector<std::string> lines;
    lines.reserve(verdicts.size());
    for (const model::Verdict* verdict : verdicts) {
      lines.push_back(fmt::format("{}: {}", lead, escaped(brief(*verdict))));
    }
    return lines;
  };
  std::vector<std::string> lines = rows("**new**", new_findings(report, since));
  std::ranges::move(rows("fixed", since.fixed), std::back_inserter(lines));
  return fmt::format("\n## Since the baseline of {}\n\n{}.\n\n{}", for_people(since.taken_at),
                     counts_since(report, since), list_of(lines, budget));
}

std::string unknown(const AuditReport& report, Budget budget) {
  std::vector<std::string> lines;
  for (const UnknownGroup& group : unknown_groups(report)) {
    lines.push_back(fmt::format("{} ({}): {}", base::join(group.checks, ", "),
                                base::plural(group.verdicts, "verdict"), escaped(group.reason)));
  }
  return lines.empty() ? std::string()
                       : fmt::format(
                             "\n## Unknown\n\nCould not be judged, and does not count as "
                             "healthy.\n\n{}",
                             list_of(lines, budget));
}

std::string waived(const AuditReport& report, Budget budget) {
  std::vector<std::string> lines;
  for (const WaivedGroup& group : waived_groups(report)) {
    lines.push_back(escaped(told(group)));
  }
  return lines.empty() ? std::string()
                       : fmt::format(
                             "\n## Waived\n\nAccepted by their owners, and cost "
                             "nothing.\n\n{}",
                             list_of(lines, budget));
}

}  // namespace

std::string to_markdown(const AuditReport& report, const MarkdownOptions& options) {
  // What a part may take of the whole; findings take what is left.
  const Budget eighth(options.longest / 8);
  constexpr std::size_t for_what_is_left_out = 512;
  std::string begin = head(report);
  if (options.baseline != nullptr) {
    begin += since_baseline(report, *options.baseline, eighth);
  }
  std::string end = unknown(report, eighth);
  end += waived(report, eighth);
  end += fmt::format("\n{} {}\n", counts_line(report), cost_line(report));
  if (!options.note.empty()) {
    end += fmt::format("\n{}\n", escaped(options.note));
  }
  const std::size_t taken = begin.size() + end.size() + for_what_is_left_out;
  const std::string middle =
      findings(report, Budget(options.longest > taken ? options.longest - taken : 0));
  return fmt::format("{}{}{}", begin, middle, end);
}

}  // namespace auditor::report
