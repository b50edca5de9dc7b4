#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "advice/fix.h"

/// Which settings answer which check's findings.
namespace auditor::advice {

/// What a rule may look at.
struct FixContext {
  const model::Snapshot* snapshot;
  const model::Configuration* configuration;  ///< nullptr where it is not known
  const model::Verdict* verdict;
  const model::JobSnapshot* job;  ///< nullptr for a finding of the cluster
  model::FlinkVersion version;
  model::Platform platform = model::Platform::standalone;
};

struct FixRule {
  std::string_view check;
  std::vector<Setting> (*settings)(const FixContext& context);  ///< none: not this finding
  std::string_view otherwise = "the job's own code decides";    ///< why it may give none
};

std::span<const FixRule> fix_rules();

/// A check whose findings no setting mends, or none that could be named without knowing the job.
struct NotBySetting {
  std::string_view check;
  std::string_view why;
};

std::span<const NotBySetting> not_by_setting();

}  // namespace auditor::advice
