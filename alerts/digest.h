#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/alert.h"
#include "model/alerting_settings.h"
#include "model/report.h"

namespace auditor::alerts {

/// The latest audits, one of each cluster.
using Reports = std::vector<std::shared_ptr<const model::AuditReport>>;

/// What the posture of a fleet is: its score, what most jobs lack, and the clusters that are worst.
/// Health is not in it: that is told as alerts, when it happens.
model::Message digest_of(const Reports& reports, const std::string& receiver, base::Timestamp now);

/// When the next digest is due after `after`; nullopt where nobody wants one.
std::optional<base::Timestamp> next_digest(const model::DigestSettings& settings,
                                           base::Timestamp after);

}  // namespace auditor::alerts
