#include "report/text.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "base/text.h"
#include "report/grouping.h"
#include "report/since_baseline.h"
#include "report/wrap.h"
#include "version.h"

namespace auditor::report {

namespace {

using model::AuditReport;
using model::Outcome;
using model::Severity;

enum class Style { plain, bold, dim, red, bright_red, yellow, blue, green };

class Writer {
 public:
  explicit Writer(const TextOptions& options) : options_(&options) {}

  [[nodiscard]] std::string styled(Style style, std::string_view text) const {
    if (!options_->color || style == Style::plain) {
      return std::string(text);
    }
    return fmt::format("\033[{}m{}\033[0m", code(style), text);
  }

  void line(std::string_view text = {}) { out_.append(text).append("\n"); }

  void paragraph(std::string_view text, std::string_view first_indent, std::string_view indent) {
    out_ += wrap(text, options_->width, first_indent, indent);
  }

  /// Text on the left, more at the right edge where both fit; otherwise below.
  void spread(const std::string& left, Style style, const std::string& right) {
    const std::size_t used = base::display_width(left) + base::display_width(right);
    if (used + 2 <= options_->width) {
      line(styled(style, left) + std::string(options_->width - used, ' ') + right);
    } else {
      line(styled(style, left));
      paragraph(right, "  ", "  ");
    }
  }

  void heading(std::string_view text) {
    line();
    line(styled(Style::bold, text));
  }

  std::string finish() { return std::move(out_); }

 private:
  static std::string_view code(Style style) {
    switch (style) {
      case Style::bold:
        return "1";
      case Style::dim:
        return "2";
      case Style::red:
        return "31";
      case Style::bright_red:
        return "1;31";
      case Style::yellow:
        return "33";
      case Style::blue:
        return "34";
      case Style::green:
        return "32";
      case Style::plain:
        break;
    }
    return "0";
  }

  const TextOptions* options_;
  std::string out_;
};

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return Style::bright_red;
    case Severity::high:
      return Style::red;
    case Severity::medium:
      return Style::yellow;
    case Severity::low:
      return Style::blue;
    case Severity::info:
      break;
  }
  return Style::plain;
}

Style style_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::fail:
      return Style::red;
    case Outcome::pass:
      return Style::green;
    case Outcome::unknown:
      return Style::yellow;
    case Outcome::not_applicable:
      break;
  }
  return Style::dim;
}

std::string score_text(const model::Score& score) {
  if (!score.value) {
    return "n/a (too little could be judged)";
  }
  return fmt::format("{:.0f} of 100, grade {}", *score.value, grade_of(score));
}

std::string points(double value) {
  return value < 0.05 ? "-" : fmt::format("{:.1f}", value);
}

void write_head(Writer& out, const AuditReport& report) {
  out.line(out.styled(Style::bold, fmt::format("Flink Auditor {}", version)));
  out.paragraph(base::printable(report.target), "Cluster   ", "          ");
  out.paragraph(facts_line(report), "          ", "          ");
  if (report.history_server) {
    out.paragraph(
        "This is a HistoryServer: it shows past jobs. They are judged by what it archived; "
        "checks of the cluster do not apply.",
        "          ", "          ");
  }
  out.line(fmt::format("Taken     {}", for_people(report.taken_at)));
  out.line(fmt::format("Score     {}, coverage {:.0f} %", score_text(report.score),
                       std::floor(report.score.coverage * 100)));
  const auto worst = std::ranges::find_if(
      report.jobs, [](const model::JobSummary& job) { return job.score.value.has_value(); });
  if (report.jobs.size() > 1 && worst != report.jobs.end()) {
    out.paragraph(fmt::format("{}: {}", base::shorten(base::printable(worst->name), 48),
                              score_text(worst->score)),
                  "Worst job ", "          ");
  }
}

void write_practices(Writer& out, const AuditReport& report) {
  out.line();
  out.line(out.styled(Style::dim, fmt::format("{:<39}{:<8}{:>9}{:>9}{:>13}", "PRACTICE", "VERDICT",
                                              "FINDINGS", "UNKNOWN", "POINTS LOST")));
  for (const model::PracticeSummary& row : report.practices) {
    const std::string verdict = fmt::format("{:<8}", word(row.verdict));
    out.line(fmt::format("{:<39}{}{:>9}{:>9}{:>13}", row.practice.title,
                         out.styled(style_of(row.verdict), verdict),
                         row.findings == 0 ? "-" : std::to_string(row.findings),
                         row.unknown == 0 ? "-" : std::to_string(row.unknown), points(row.lost)));
  }
}

void write_evidence(Writer& out, const model::Verdict& verdict) {
  for (const model::Evidence& evidence : verdict.evidence) {
    std::string text = fmt::format("{} = {}", base::printable(evidence.label), show(evidence));
    if (!evidence.expected.empty()) {
      text += fmt::format(" (expected: {})", evidence.expected);
    }
    out.paragraph(text, "    ", "      ");
    if (const std::string source = source_of(evidence); !source.empty()) {
      out.paragraph(source, "      from ", "           ");
    }
  }
}

void write_others(Writer& out, const FindingGroup& group, bool verbose) {
  if (group.verdicts.size() == 1) {
    return;
  }
  if (verbose) {
    for (std::size_t i = 1; i < group.verdicts.size(); ++i) {
      const model::Verdict& verdict = *group.verdicts[i];
      out.paragraph(fmt::format("{}: {}", name_of(*verdict.subject), verdict.message),
                    "  Also: ", "    ");
      write_evidence(out, verdict);
    }
    return;
  }
  constexpr std::size_t most = 8;
  std::vector<std::string> names;
  for (std::size_t i = 1; i < group.verdicts.size() && names.size() < most; ++i) {
    names.push_back(base::shorten(name_of(*group.verdicts[i]->subject), 60));
  }
  const std::size_t rest = group.verdicts.size() - 1 - names.size();
  out.paragraph(fmt::format("{}{}", base::join(names, "; "),
                            rest > 0 ? fmt::format("; and {} more (-v shows all)", rest) : ""),
                "  Also: ", "    ");
}

/// Prose is wrapped; code keeps its lines, so that it can be copied.
void write_remediation(Writer& out, std::string_view remediation) {
  std::string_view lead = "  Fix: ";
  for (const std::string_view line : base::split(remediation, '\n')) {
    if (!line.starts_with("    ")) {
      out.paragraph(line, lead, "    ");
    } else {
      if (lead != "    ") {
        out.line("  Fix:");
      }
      out.line("  " + base::printable(line));
    }
    lead = "    ";
  }
}

std::string capitalized(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

void write_findings(Writer& out, const AuditReport& report, bool verbose) {
  const std::vector<FindingGroup> groups = finding_groups(report);
  if (groups.empty()) {
    out.heading("No findings");
    return;
  }
  out.heading("FINDINGS, the worst first");
  for (const FindingGroup& group : groups) {
    const model::Verdict& first = group.first();
    out.line();
    std::string severity(to_text(first.severity));
    for (char& c : severity) {
      c = static_cast<char>(c - 'a' + 'A');
    }
    std::string right = where(group, report);
    if (group.points >= 0.05) {
      right += fmt::format(", -{:.1f} points", group.points);
    }
    out.spread(fmt::format("{} {}{}", severity, first.check,
                           first.confidence == model::Confidence::likely ? " (likely)" : ""),
               style_of(first.severity), right);
    // A message names its vertex itself; the job's name is the one thing that it leaves to us.
    out.paragraph(first.subject->job_name
                      ? base::shorten(base::printable(*first.subject->job_name), 60) + ": " +
                            first.message.text() + "."
                      : capitalized(first.message.text()) + ".",
                  "  ", "  ");
    write_evidence(out, first);
    write_others(out, group, verbose);
    write_remediation(out, first.remediation);
    out.line("  More: audit-now explain " + first.check.text());
  }
}

void write_unknown(Writer& out, const AuditReport& report) {
  const std::vector<UnknownGroup> groups = unknown_groups(report);
  if (groups.empty()) {
    return;
  }
  out.heading("UNKNOWN: could not be judged, and does not count as healthy");
  for (const UnknownGroup& group : groups) {
    constexpr std::size_t most = 4;
    std::vector<std::string> names(
        group.checks.begin(),
        group.checks.begin() + static_cast<std::ptrdiff_t>(std::min(most, group.checks.size())));
    std::string checks = base::join(names, ", ");
    if (group.checks.size() > most) {
      checks += fmt::format(" and {} more checks", group.checks.size() - most);
    }
    const std::string place =
        group.jobs == 0 ? std::string("the cluster") : base::plural(group.jobs, "job");
    out.paragraph(
        fmt::format("{} on {} ({}): {}", checks, place, base::plural(group.verdicts, "verdict"),
                    base::printable(group.reason)),
        "  ", "    ");
  }
}

void write_waived(Writer& out, const AuditReport& report) {
  const std::vector<WaivedGroup> groups = waived_groups(report);
  if (groups.empty()) {
    return;
  }
  out.heading("WAIVED: accepted by their owners, and cost nothing");
  for (const WaivedGroup& group : groups) {
    out.paragraph(told(group), "  ", "    ");
  }
}

void write_brief(Writer& out, std::string_view lead, std::span<const model::Verdict* const> all,
                 bool verbose) {
  constexpr std::size_t most = 20;
  const std::size_t shown = verbose ? all.size() : std::min(most, all.size());
  for (const model::Verdict* verdict : all.first(shown)) {
    out.paragraph(brief(*verdict), lead, "    ");
  }
  if (shown < all.size()) {
    out.line(fmt::format("{}and {} more (-v shows all)", lead, all.size() - shown));
  }
}

void write_since_baseline(Writer& out, const AuditReport& report, const TextOptions& options) {
  if (options.baseline == nullptr) {
    return;
  }
  out.heading(fmt::format("SINCE THE BASELINE of {}", for_people(options.baseline->taken_at)));
  out.paragraph(fmt::format("{}.", counts_since(report, *options.baseline)), "  ", "  ");
  write_brief(out, "  New: ", new_findings(report, *options.baseline), options.verbose);
  write_brief(out, "  Fixed: ", options.baseline->fixed, options.verbose);
}

}  // namespace

std::string to_text(const AuditReport& report, const TextOptions& options) {
  Writer out(options);
  write_head(out, report);
  write_practices(out, report);
  write_since_baseline(out, report, options);
  write_findings(out, report, options.verbose);
  write_unknown(out, report);
  write_waived(out, report);
  out.line();
  out.line(counts_line(report));
  if (!options.note.empty()) {
    out.paragraph(options.note, "", "");
  }
  out.line(cost_line(report));
  return out.finish();
}

}  // namespace auditor::report
