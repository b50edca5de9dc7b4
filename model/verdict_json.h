#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/verdict.h"

namespace auditor::model {

/// A verdict as `results` of the report has it, on one line, with what the report leaves out (the
/// ordinal of the vertex): how history keeps the evidence of a finding.
std::string to_json(const Verdict& verdict);

/// The way back. Errors: `malformed`, where it is none.
base::Result<Verdict> verdict_from_json(std::string_view text);

}  // namespace auditor::model
