#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace auditor::report {

/// `text` in lines of at most `width` columns, each after `indent`, the first after `first_indent`,
/// each with a newline. Words longer than a line are broken, behind a slash where there is one.
std::string wrap(std::string_view text, std::size_t width, std::string_view first_indent,
                 std::string_view indent);

}  // namespace auditor::report
