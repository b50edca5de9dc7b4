#pragma once

#include <string>
#include <string_view>

namespace auditor::report {

/// The page in one file that opens without a server, with the report in it: `report_json` is what
/// `model::to_json` gives, `drawings` what `drawings_json` gives ("{}": nothing is drawn of jobs).
std::string to_html(std::string_view report_json, std::string_view drawings = "{}");

}  // namespace auditor::report
