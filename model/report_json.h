#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/verdict.h"

namespace auditor::model {

/// A verdict as `results` of the report has it.
nlohmann::ordered_json verdict_json(const Verdict& verdict);

/// One piece of evidence, as it stands there.
nlohmann::ordered_json evidence_json(const Evidence& evidence);

}  // namespace auditor::model
