#include "cli/gating.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::cli {

namespace {

/// Whether it would fail the audit if nothing were left out.
bool is_severe(const model::Verdict& verdict, const GatingRules& rules) {
  return verdict.outcome == model::Outcome::fail && !verdict.waiver && rules.fail_on &&
         verdict.severity >= *rules.fail_on;
}

/// How a job does at the moment says nothing of the change that a pipeline is about to make.
bool is_health(const model::Verdict& verdict) {
  const model::Practice* const practice = model::find_practice(verdict.practice);
  return practice != nullptr && practice->kind == model::PracticeKind::health;
}

bool is_known(const model::Verdict& verdict, const model::BaselineDifference* baseline) {
  return baseline != nullptr && baseline->of(verdict) == model::SinceBaseline::known;
}

/// "1 critical, 2 high".
std::string by_severity(const std::array<std::size_t, 5>& counts) {
  std::vector<std::string> parts;
  for (std::size_t i = counts.size(); i-- > 0;) {
    if (counts.at(i) > 0) {
      parts.push_back(fmt::format("{} {}", counts.at(i), to_text(static_cast<model::Severity>(i))));
    }
  }
  return base::join(parts, ", ");
}

}  // namespace

std::string not_counted(const model::AuditReport& report, const GatingRules& rules,
                        const model::BaselineDifference* baseline) {
  std::array<std::size_t, 5> health{};  // in the order of Severity
  std::size_t known = 0;
  for (const model::Verdict& verdict : report.results) {
    if (!is_severe(verdict, rules)) {
      continue;
    }
    if (is_health(verdict) && !rules.live) {
      ++health.at(static_cast<std::size_t>(verdict.severity));
    } else if (is_known(verdict, baseline)) {
      ++known;
    }
  }
  std::vector<std::string> parts;
  if (const std::string counts = by_severity(health); !counts.empty()) {
    parts.push_back(fmt::format("health ({}; --live counts it)", counts));
  }
  if (known > 0) {
    parts.push_back(fmt::format("what the baseline has ({})", base::plural(known, "finding")));
  }
  return parts.empty() ? std::string()
                       : fmt::format("Not counted for the exit code: {}.", base::join(parts, ", "));
}

bool too_little_judged(const model::AuditReport& report, const GatingRules& rules) {
  if (report.score.coverage * 100 >= rules.min_coverage_percent) {
    return false;
  }
  fmt::print(stderr, "audit-now: coverage {:.0f} % is below --min-coverage {:.0f} %\n",
             report.score.coverage * 100, rules.min_coverage_percent);
  return true;
}

ExitCode gate(const model::AuditReport& report, const GatingRules& rules,
              const model::BaselineDifference* baseline) {
  if (rules.min_score && report.score.value.value_or(0) < *rules.min_score) {
    fmt::print(stderr, "audit-now: the score {} is below --min-score {:.0f}\n",
               report.score.value ? fmt::format("{:.0f}", *report.score.value) : "n/a",
               *rules.min_score);
    return ExitCode::findings;
  }
  const bool found = std::ranges::any_of(report.results, [&](const model::Verdict& verdict) {
    return is_severe(verdict, rules) && (rules.live || !is_health(verdict)) &&
           !is_known(verdict, baseline);
  });
  return found ? ExitCode::findings : ExitCode::clean;
}

}  // namespace auditor::cli
