#pragma once

#include <string>

#include "model/baseline.h"
#include "model/report.h"

namespace auditor::report {

struct SarifOptions {
  /// Where code scanning shows the results: a file of the repository. Empty: `flink/CLUSTER`, which
  /// is none.
  std::string path;
  const model::BaselineDifference* baseline = nullptr;  ///< nullptr: there is none
};

/// The report as SARIF 2.1.0: a result for each fail, a rule for each check that was judged, a
/// notification for each reason of unknown verdicts. The same report gives the same bytes.
std::string to_sarif(const model::AuditReport& report, const SarifOptions& options);

}  // namespace auditor::report
