#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/verdict_list.h"
#include "model/waiver.h"

namespace auditor::checks {

/// How many fails each waiver lies over, by `Waiver::id`.
using WaiverMatches = std::map<std::string, std::size_t>;

/// Lays the waivers that have not expired at `now` over the fails of one cluster; the first that
/// fits counts.
WaiverMatches apply_waivers(std::span<const model::Waiver> waivers, std::string_view cluster,
                            base::Timestamp now, model::VerdictList& verdicts);

}  // namespace auditor::checks
