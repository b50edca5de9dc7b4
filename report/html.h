#pragma once

#include <string>
#include <string_view>

namespace auditor::report {

/// The page in one file that opens without a server, with the report in it: `report_json` is what
/// `model::to_json` gives.
std::string to_html(std::string_view report_json);

}  // namespace auditor::report
