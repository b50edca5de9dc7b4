#pragma once

#include <string>

#include "model/report.h"

namespace auditor::report {

/// The report in Prometheus' text format, for node_exporter's textfile collector. Families that the
/// daemon's /metrics has too have the same name and labels.
std::string to_prometheus(const model::AuditReport& report);

}  // namespace auditor::report
