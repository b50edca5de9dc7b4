#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/settings.h"
#include "model/snapshot.h"
#include "model/verdict.h"

/// Fixtures of checks: the answers of tests/checks/base.json, changed. CONTRIBUTING.md tells the
/// format.
namespace auditor::testing {

/// The recording that a fixture describes.
nlohmann::json recording_of(const nlohmann::json& fixture);

/// A look at a recording's document, with every check's demand.
model::Snapshot look(const nlohmann::json& recording);

/// All verdicts of one check on the fixture.
std::vector<model::Verdict> judge(const std::string& check, const nlohmann::json& fixture);

}  // namespace auditor::testing
