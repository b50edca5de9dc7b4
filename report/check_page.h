#pragma once

#include <string>
#include <string_view>

namespace auditor::report {

/// A check's page (docs/checks) as it is built in; empty where there is none.
std::string_view check_page(std::string_view check);

/// The first paragraph of a page's section on one line; empty where the page has no such section.
std::string first_paragraph(std::string_view page, std::string_view heading);

}  // namespace auditor::report
