#pragma once

#include <string_view>

namespace auditor::testing {

/// Reads `input` as a description and as a plan of a few vertices, and aborts where what comes of
/// it is not as promised: whatever a server sends.
void feed_plan(std::string_view input);

}  // namespace auditor::testing
