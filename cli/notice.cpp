#include "cli/notice.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/grouping.h"

namespace auditor::cli {

namespace {

constexpr std::size_t most_findings = 10;

model::Message message_to(const std::string& receiver, base::Timestamp now) {
  model::Message message;
  message.kind = model::Message::Kind::digest;
  message.receiver = receiver;
  message.group_key = "audit-now";
  message.at = now;
  return message;
}

}  // namespace

model::Message notice_of(const model::AuditReport& report, const std::string& receiver,
                         base::Timestamp now) {
  model::Message message = message_to(receiver, now);
  const auto groups = report::finding_groups(report);
  message.title = fmt::format(
      "Flink audit of {}: {}, {}", base::printable(report.name),
      report.score.value
          ? fmt::format("score {:.0f} ({})", *report.score.value, grade_of(report.score))
          : std::string("no score"),
      base::plural(groups.size(), "kind of finding", "kinds of findings"));
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(groups.size(), most_findings); ++i) {
    lines.push_back(fmt::format("- {}: {}, {}", to_text(groups[i].first().severity),
                                groups[i].first().check, report::where(groups[i], report)));
  }
  if (groups.size() > most_findings) {
    lines.push_back(fmt::format("- and {} more", groups.size() - most_findings));
  }
  if (const std::size_t unknown = report::count(report, model::Outcome::unknown); unknown > 0) {
    lines.push_back(fmt::format("{} could not be judged.", base::plural(unknown, "check")));
  }
  message.text = base::join(lines, "\n");
  return message;
}

model::Message notice_of(const std::string& target, const base::Error& error,
                         const std::string& receiver, base::Timestamp now) {
  model::Message message = message_to(receiver, now);
  message.title =
      fmt::format("Flink audit of {}: nothing could be assessed", base::printable(target));
  message.text = base::printable(error.message);
  return message;
}

}  // namespace auditor::cli
