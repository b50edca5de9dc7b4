#pragma once

namespace auditor::cli {

/// What scripts rely on (docs/design.md, "What users rely on").
enum class ExitCode {
  clean = 0,          ///< nothing that counts at or above --fail-on
  findings = 1,       ///< findings, or the score is below --min-score
  wrong_use = 2,      ///< a flag, a file, the configuration or the baseline is wrong
  not_assessed = 3,   ///< unreachable, not Flink, or coverage below --min-coverage
  internal_error = 4  ///< a bug of ours
};

}  // namespace auditor::cli
