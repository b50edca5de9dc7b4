#pragma once

#include <span>
#include <string>

#include "model/baseline.h"

namespace auditor::advice {

/// Compares findings by check and subject, never by JobID: jobs by name, vertices by name and
/// ordinal. Where several jobs share a name, as many findings are known as the baseline has for
/// that name.
///
/// Not fixed is what the audit could not judge, or did not look at: `job_globs` are the names that
/// it was narrowed to; empty: every job.
model::BaselineDifference compare_with_baseline(const model::AuditReport& report,
                                                const model::AuditReport& baseline,
                                                std::span<const std::string> job_globs);

}  // namespace auditor::advice
