#pragma once

#include <string>

#include "advice/gate.h"

namespace auditor::cli {

/// What a gate's report says beside its rows.
struct GateHeading {
  std::string job;        ///< name of the running job
  std::string running;    ///< target, and the release where it is known
  std::string candidate;  ///< likewise
  advice::RestoreFrom from = advice::RestoreFrom::canonical_savepoint;
};

/// For a terminal of 80 columns.
std::string gate_as_text(const GateHeading& heading, const advice::GateReport& report);

/// Schema flink-auditor/gate/1; sizes in bytes.
std::string gate_as_json(const GateHeading& heading, const advice::GateReport& report);

}  // namespace auditor::cli
