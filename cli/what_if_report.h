#pragma once

#include <string>

#include "advice/what_if.h"

namespace auditor::cli {

/// For a terminal of 80 columns. `all`: every parallelism, not only those that pay.
std::string what_if_as_text(const std::string& job, const advice::WhatIf& result, bool all);

}  // namespace auditor::cli
