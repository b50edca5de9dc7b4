#pragma once

#include <optional>
#include <string>

#include "cli/exit_code.h"
#include "model/baseline.h"
#include "model/report.h"

namespace auditor::cli {

/// What decides the exit code of an audit.
struct GatingRules {
  std::optional<model::Severity> fail_on;  ///< nullopt: no finding does
  bool live = false;                       ///< findings of health count too
  std::optional<double> min_score;
  double min_coverage_percent = 0;
};

/// Which findings at or above `fail_on` do not count though nobody waived them, and what counts
/// them: a sentence or two for people; empty where there are none.
/// @param baseline nullptr: there is none
std::string not_counted(const model::AuditReport& report, const GatingRules& rules,
                        const model::BaselineDifference* baseline);

/// Whether too little could be judged; says so on stderr.
bool too_little_judged(const model::AuditReport& report, const GatingRules& rules);

/// The exit code of an audit that judged enough; says on stderr where the score decides.
ExitCode gate(const model::AuditReport& report, const GatingRules& rules,
              const model::BaselineDifference* baseline);

}  // namespace auditor::cli
