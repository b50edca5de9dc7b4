#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "model/report.h"

namespace auditor::cli {

/// The report of `--baseline FILE`; nullopt where there is no such file yet. Errors: `file` where
/// it cannot be read, or a first run could not write it; `usage` where it is no report.
base::Result<std::optional<model::AuditReport>> read_baseline(const std::string& file);

/// Makes the report the baseline, and says so on stderr. Errors: `file`.
base::Result<void> write_baseline(const std::string& file, const model::AuditReport& report);

}  // namespace auditor::cli
