#pragma once

#include <string>

#include "advice/upgrade.h"

namespace auditor::cli {

/// The plan for a person: what to do before, with and after the upgrade, each with its evidence; 80
/// columns. `target`: what was looked at, for the commands that it names.
std::string upgrade_as_text(const advice::UpgradePlan& plan, const std::string& target);

}  // namespace auditor::cli
