#pragma once

#include <string_view>

#include "base/result.h"
#include "model/report.h"

namespace auditor::model {

/// A report from its JSON (schema flink-auditor/report/1), as `to_json` wrote it: what it counts is
/// counted anew from its verdicts. Errors: `malformed`, where it is none.
base::Result<AuditReport> report_from_json(std::string_view text);

}  // namespace auditor::model
