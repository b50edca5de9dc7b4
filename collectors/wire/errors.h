#pragma once

#include <string>
#include <string_view>

namespace auditor::collectors::wire {

/// The first line of the first text in Flink's `{"errors": […]}` (ErrorResponseBody) that is not
/// the bare "Internal server error."; empty where the body is something else.
std::string first_error(std::string_view body);

}  // namespace auditor::collectors::wire
