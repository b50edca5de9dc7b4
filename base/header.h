#pragma once

#include <string_view>

#include "base/result.h"

namespace auditor::base {

/// No control characters but tabs, so that it can stand in one line of an HTTP request.
bool is_one_line(std::string_view text);

/// Whether `line` can be sent as an HTTP header: "Name: value" on one line, and not one that the
/// client itself writes. The errors (`usage`) may tell the name, never the value.
Result<void> check_header(std::string_view line);

}  // namespace auditor::base
