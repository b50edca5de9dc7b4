#pragma once

#include <span>

#include "config/table.h"
#include "model/check_info.h"
#include "model/settings.h"

namespace auditor::config {

/// `checks`: a section for each check, by its id.
Table<model::Settings> checks_table(std::span<const model::CheckInfo* const> checks);

/// One of `waivers`.
Table<model::Waiver> waiver_table(std::span<const model::CheckInfo* const> checks);

}  // namespace auditor::config
