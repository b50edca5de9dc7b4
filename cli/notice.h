#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/report.h"

/// What `audit-now --notify` tells a receiver: a summary of one audit, not an alert that ends.
namespace auditor::cli {

/// Of an audit: score, and the findings, the worst first.
model::Message notice_of(const model::AuditReport& report, const std::string& receiver,
                         base::Timestamp now);

/// That nothing could be assessed, and why.
model::Message notice_of(const std::string& target, const base::Error& error,
                         const std::string& receiver, base::Timestamp now);

}  // namespace auditor::cli
