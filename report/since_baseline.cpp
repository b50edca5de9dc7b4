#include "report/since_baseline.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "report/grouping.h"

namespace auditor::report {

namespace {

bool is_open(const model::Verdict& verdict) {
  return verdict.outcome == model::Outcome::fail && !verdict.waiver;
}

}  // namespace

std::string counts_since(const model::AuditReport& report, const model::BaselineDifference& since) {
  std::array<std::size_t, 3> counts{};  // in the order of SinceBaseline
  for (const model::Verdict& verdict : report.results) {
    if (is_open(verdict)) {
      ++counts.at(static_cast<std::size_t>(since.of(verdict)));
    }
  }
  std::string text = fmt::format("{} new", counts[0]);
  if (counts[1] > 0) {
    text += fmt::format(", {} worse", counts[1]);
  }
  return fmt::format("{}, {} known, {} fixed", text, counts[2], since.fixed.size());
}

std::vector<const model::Verdict*> new_findings(const model::AuditReport& report,
                                                const model::BaselineDifference& since) {
  std::vector<const model::Verdict*> found;
  for (const model::Verdict& verdict : report.results) {
    if (is_open(verdict) && since.of(verdict) != model::SinceBaseline::known) {
      found.push_back(&verdict);
    }
  }
  return found;
}

std::string brief(const model::Verdict& verdict) {
  return fmt::format("{} {}, {}", to_text(verdict.severity), verdict.check,
                     base::shorten(name_of(*verdict.subject), 100));
}

}  // namespace auditor::report
