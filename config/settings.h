#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "model/check_info.h"
#include "model/settings.h"

namespace auditor::config {

/// Reads what `audit-now --config` takes: the checks and waivers of a configuration. The rest of a
/// daemon's file is held to the rules as far as this machine can (its secrets may be elsewhere) and
/// left alone. Errors: `configuration` with file, line, column and, for an unknown name, the
/// nearest known one; `file` where it cannot be read.
base::Result<model::Settings> load(const std::string& path,
                                   std::span<const model::CheckInfo* const> checks);

/// The same from text; `name` stands in the errors.
base::Result<model::Settings> parse(const std::string& name, const std::string& text,
                                    std::span<const model::CheckInfo* const> checks);

}  // namespace auditor::config
