#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "checks/waivers.h"
#include "model/settings.h"

namespace auditor::cli {

/// Adds the waivers of `--waivers FILE`: a file with `waivers:`, of its own or a whole
/// configuration, of which only the waivers are taken. One that is there already stays as it is.
/// Errors: `configuration` with line and column, `file`, `usage` where the file has no waivers.
base::Result<void> add_waivers(const std::string& file, model::Settings& settings);

/// Names on stderr the waivers for this cluster that expired before `now`, and where `all_judged`
/// those that lie over no finding. (An audit of some checks or jobs cannot tell.)
void name_idle_waivers(const model::Settings& settings, const std::string& cluster,
                       base::Timestamp now, const checks::WaiverMatches& matches, bool all_judged);

}  // namespace auditor::cli
