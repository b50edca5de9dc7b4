#pragma once

#include <span>
#include <string_view>

namespace auditor::base {

/// A file that was built into the program.
struct EmbeddedFile {
  std::string_view name;
  std::string_view content;
};

}  // namespace auditor::base
