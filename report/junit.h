#pragma once

#include <string>

#include "model/baseline.h"
#include "model/report.h"

namespace auditor::report {

/// The report as JUnit XML: a suite for each practice, a case for each check on each subject. A
/// fail is a failure; what is unknown, waived or in the baseline is skipped, with the reason. What
/// does not apply is left out: it is a third of all verdicts, and a skipped case asks to be looked
/// at. Names hold no JobID, so that a later run's cases are the same.
/// @param baseline nullptr: there is none
std::string to_junit(const model::AuditReport& report, const model::BaselineDifference* baseline);

}  // namespace auditor::report
