#pragma once

#include <cstddef>
#include <string>

#include "model/baseline.h"
#include "model/report.h"

namespace auditor::report {

struct TextOptions {
  std::size_t width = 80;
  bool color = false;
  bool verbose = false;  ///< every subject of a finding with its own evidence, not only the first
  const model::BaselineDifference* baseline = nullptr;  ///< nullptr: there is none
  std::string note = {};                                ///< a last line; empty: none
};

/// The report for a terminal or a log: verdict and score first, then findings, worst first, then
/// what is unknown.
std::string to_text(const model::AuditReport& report, const TextOptions& options);

}  // namespace auditor::report
