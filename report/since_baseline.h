#pragma once

#include <string>
#include <vector>

#include "model/baseline.h"
#include "model/report.h"

/// What text and Markdown say of an audit beside its baseline.
namespace auditor::report {

/// "2 new, 1 worse, 100 known, 3 fixed", without what there is none of but for the new ones; waived
/// findings do not count.
std::string counts_since(const model::AuditReport& report, const model::BaselineDifference& since);

/// Findings that are new or worse, and not waived, the worst first.
std::vector<const model::Verdict*> new_findings(const model::AuditReport& report,
                                                const model::BaselineDifference& since);

/// "high operator-uid-missing, orders: map": a finding on one line.
std::string brief(const model::Verdict& verdict);

}  // namespace auditor::report
