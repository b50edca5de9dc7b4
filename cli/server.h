#pragma once

#include <string>

#include "base/result.h"
#include "cli/options.h"
#include "model/report.h"

namespace auditor::cli {

/// The latest audit that a `flink-auditd` at `server` has of a cluster, by its name there;
/// `cluster` may be empty where it watches one alone. Errors: `usage` for an unknown cluster, with
/// the known ones; what reaching the server came to.
base::Result<model::AuditReport> read_from_server(const std::string& server,
                                                  const std::string& cluster,
                                                  const AccessOptions& options);

/// What failed on a cluster at a moment, as the server's history has it: a report with nothing but
/// findings. Where a finding came and went several times, its transitions tell. Errors: as above.
base::Result<model::AuditReport> read_past_from_server(const std::string& server,
                                                       const std::string& cluster,
                                                       base::Timestamp at,
                                                       const AccessOptions& options);

}  // namespace auditor::cli
