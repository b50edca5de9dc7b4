#include "cli/gate_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "model/report_json.h"
#include "report/grouping.h"
#include "report/wrap.h"

namespace auditor::cli {

namespace {

using advice::GateRow;
using advice::GateVerdict;
using nlohmann::ordered_json;

constexpr std::size_t width = 80;

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return out;
}

std::string_view subject_of(const GateRow& row) {
  return row.subject.empty() ? std::string_view(row.topic) : std::string_view(row.subject);
}

void write_row(const GateRow& row, std::string& out) {
  const std::string state = row.state ? fmt::format(" ({})", base::format_bytes(*row.state)) : "";
  const std::string about = row.subject.empty() || row.topic == "state" ? "" : row.topic + " of ";
  out += report::wrap(fmt::format("{} {}{}{}", upper(to_text(row.verdict)), about,
                                  base::printable(subject_of(row)), state),
                      width, "", "  ");
  out += report::wrap(row.message, width, "  ", "  ");
  for (const model::Evidence& evidence : row.evidence) {
    out += report::wrap(fmt::format("{} = {}", evidence.label, report::show(evidence)), width,
                        "    ", "      ");
    if (const std::string source = report::source_of(evidence); !source.empty()) {
      out += report::wrap(source, width, "      from ", "           ");
    }
  }
  bool first = true;
  for (const std::string_view line : base::split(row.remedy, '\n')) {
    if (line.starts_with("    ")) {
      out += fmt::format("  {}\n", line);
    } else if (!line.empty()) {
      out += report::wrap(line, width, first ? "  Fix: " : "    ", "    ");
    }
    first = false;
  }
  out += '\n';
}

/// Rows that say the same of many vertices are told in one line.
void write_safe(const std::vector<const GateRow*>& rows, std::string& out) {
  if (rows.empty()) {
    return;
  }
  out += "SAFE\n";
  for (const GateRow* row : rows) {
    const std::string about =
        row->subject.empty() || row->topic == "state" ? "" : row->topic + " of ";
    out += report::wrap(
        fmt::format("{}{}: {}", about, base::shorten(base::printable(subject_of(*row)), 60),
                    row->message),
        width, "  ", "    ");
  }
  out += '\n';
}

}  // namespace

std::string gate_as_text(const GateHeading& heading, const advice::GateReport& report) {
  std::string out = fmt::format("{:<10}{}\n{:<10}{}\n", "Job", base::printable(heading.job),
                                "Running", base::printable(heading.running));
  out += fmt::format("{:<10}{}\n{:<10}a {}\n", "Candidate", base::printable(heading.candidate),
                     "From", to_text(heading.from));
  out += fmt::format("{:<10}{}\n\n", "Verdict", upper(to_text(report.verdict)));
  std::vector<const GateRow*> safe;
  for (const GateRow& row : report.rows) {
    if (row.verdict == GateVerdict::safe) {
      safe.push_back(&row);
    } else {
      write_row(row, out);
    }
  }
  write_safe(safe, out);
  if (report.starts_empty > 0) {
    out += report::wrap(fmt::format("{} of the candidate {} without state of the running job.",
                                    base::plural(report.starts_empty, "vertex", "vertices"),
                                    report.starts_empty == 1 ? "starts" : "start"),
                        width, "", "");
  }
  out += report::wrap(advice::gate_limits(), width, "", "");
  return out;
}

std::string gate_as_json(const GateHeading& heading, const advice::GateReport& report) {
  ordered_json rows = ordered_json::array();
  for (const GateRow& row : report.rows) {
    ordered_json evidence = ordered_json::array();
    for (const model::Evidence& each : row.evidence) {
      evidence.push_back(model::evidence_json(each));
    }
    rows.push_back({{"topic", row.topic},
                    {"subject", base::printable(row.subject)},
                    {"verdict", to_text(row.verdict)},
                    {"message", row.message},
                    {"state", row.state ? ordered_json(row.state->count) : ordered_json()},
                    {"evidence", std::move(evidence)},
                    {"remedy", row.remedy}});
  }
  const ordered_json document{{"schema", "flink-auditor/gate/1"},
                              {"job", base::printable(heading.job)},
                              {"running", base::printable(heading.running)},
                              {"candidate", base::printable(heading.candidate)},
                              {"from", to_text(heading.from)},
                              {"verdict", to_text(report.verdict)},
                              {"rows", std::move(rows)},
                              {"starts_empty", report.starts_empty}};
  return document.dump(2) + "\n";
}

}  // namespace auditor::cli
