#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/report.h"

namespace auditor::model {

/// What a finding is beside an earlier report that its owner accepted.
enum class SinceBaseline {
  added,  ///< not there, or waived there and no longer
  worse,  ///< there, with a lower severity
  known   ///< there
};

/// An audit beside its baseline. The verdicts are the two reports', which must outlive it.
struct BaselineDifference {
  Timestamp taken_at{};                                        ///< of the baseline
  std::unordered_map<const Verdict*, SinceBaseline> findings;  ///< every fail of the audit
  std::vector<const Verdict*> fixed;  ///< of the baseline: fails that the audit has no more

  /// What is not in the baseline is added.
  [[nodiscard]] SinceBaseline of(const Verdict& verdict) const {
    const auto found = findings.find(&verdict);
    return found == findings.end() ? SinceBaseline::added : found->second;
  }
};

}  // namespace auditor::model
