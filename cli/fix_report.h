#pragma once

#include <span>
#include <string>
#include <vector>

#include "advice/fix.h"

namespace auditor::cli {

/// A patch to print, and what is said about it on stderr.
struct FixReport {
  std::string text;
  std::vector<std::string> incomplete;  ///< keys whose value the user must fill in
};

/// The settings of `mends` in the form of `kind`, with comments: which findings each answers, what
/// it costs, and at the end what no setting mends. 80 columns but for keys and values.
FixReport fix_as_text(const model::Snapshot& snapshot, std::span<const advice::Mend> mends,
                      advice::PatchKind kind);

}  // namespace auditor::cli
