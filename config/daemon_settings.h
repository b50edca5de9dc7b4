#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/expand.h"
#include "model/check_info.h"
#include "model/settings.h"

namespace auditor::config {

/// Reads the configuration of `flink-auditd`, the files of its secrets included, and holds it to
/// the checks that exist. Relative paths in it are relative to its folder. Errors: `configuration`,
/// as "file:line:column: what", with no secret in it; `file` where it cannot be read.
base::Result<model::DaemonSettings> load_daemon(const std::string& path,
                                                std::span<const model::CheckInfo* const> checks);

/// The same from text; `name` stands in the errors. `now` tells which waivers have expired.
base::Result<model::DaemonSettings> parse_daemon(
    const std::string& name, const std::string& text,
    std::span<const model::CheckInfo* const> checks, const std::string& base_folder,
    std::optional<base::Timestamp> now = std::nullopt,
    const Environment& environment = environment_variable);

/// The settings ("web.listen") that differ but take effect only with a restart.
std::vector<std::string> needs_restart(const model::DaemonSettings& old,
                                       const model::DaemonSettings& fresh);

}  // namespace auditor::config
