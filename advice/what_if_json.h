#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "advice/what_if.h"

namespace auditor::advice {

/// Schema flink-auditor/what-if/1: what the command line and the API give. `all`: every
/// parallelism, not only those that are even, pay, or are now.
nlohmann::ordered_json what_if_json(const std::string& job, const WhatIf& result, bool all);

}  // namespace auditor::advice
