#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace auditor::base {

/// True if `data` starts as a gzip file does.
bool is_gzip(std::string_view data);

/// The content of a gzip file. Errors: `malformed` where it is damaged or cut short, `too_large`
/// where the content would exceed `limit`.
Result<std::string> gunzip(std::string_view data, Bytes limit);

/// `data` as a gzip file without name and time, so that the same input gives the same bytes.
/// `level` is zlib's, from 1 (fast) to 9 (small).
Result<std::string> gzip(std::string_view data, int level = 9);

}  // namespace auditor::base
