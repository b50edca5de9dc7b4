#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace auditor::base {

/// The whole file. Errors name the path: `file` where it cannot be read, `too_large` where it
/// exceeds `limit`.
Result<std::string> read_file(const std::string& path, Bytes limit);

/// Writes the file in one step: a reader sees the old content or the new, never a part.
Result<void> write_file(const std::string& path, std::string_view content);

}  // namespace auditor::base
