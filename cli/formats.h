#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/baseline.h"
#include "model/report.h"

namespace auditor::cli {

/// What a renderer may be told besides the report.
struct Rendering {
  bool color = false;
  bool verbose = false;
  std::string sarif_path = {};                          ///< as `report::SarifOptions` has it
  const model::BaselineDifference* baseline = nullptr;  ///< nullptr: there is none
  std::string drawings = "{}";                          ///< as `report::drawings_json` has it
  std::string not_counted = {};  ///< which findings do not count for the exit code; empty: none
};

/// A format of `audit-now TARGET`; one row of a table.
struct ReportFormat {
  std::string_view name;  ///< of --format and -o
  std::string (*render)(const model::AuditReport& report, const Rendering& rendering);
};

/// The default first.
std::span<const ReportFormat> report_formats();

/// nullptr where there is none of that name.
const ReportFormat* find_format(std::string_view name);

/// Where a report goes.
struct Output {
  const ReportFormat* format = nullptr;
  std::string file;  ///< empty: stdout
};

/// "[FORMAT=]FILE" of each -o; a bare FILE takes the place of stdout, with `format`. Errors:
/// `usage` for what is neither, `file` where the folder is missing, told before the audit.
base::Result<std::vector<Output>> parse_outputs(const std::vector<std::string>& texts,
                                                const ReportFormat& format);

}  // namespace auditor::cli
