#pragma once

#include <string>

#include "model/report.h"

namespace auditor::report {

/// The report as GitHub-flavoured Markdown, for pull requests and tickets.
std::string to_markdown(const model::AuditReport& report);

}  // namespace auditor::report
