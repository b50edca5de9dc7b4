#pragma once

#include <span>

#include "config/table.h"
#include "model/check_info.h"
#include "model/settings.h"

namespace auditor::config {

/// The settings table: every setting of `flink-auditd`, in the order in which they are read and
/// documented.
Table<model::DaemonSettings> daemon_table(std::span<const model::CheckInfo* const> checks);

}  // namespace auditor::config
