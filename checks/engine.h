#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "model/cluster_history.h"
#include "model/settings.h"
#include "model/snapshot.h"
#include "model/verdict.h"

namespace auditor::checks {

/// Every check of the house, in the order of checks/CMakeLists.txt (generated from it).
std::span<const Check* const> catalogue();

/// The check with the id; nullptr where there is none.
const Check* find_check(std::string_view id);

/// Why no check can judge a job.
struct Gate {
  model::Outcome outcome;  ///< unknown or not applicable
  std::string reason;
};

/// Whether a job can be judged at all. Documents of a job that does not run yet are sparse
/// (flink-facts C.3): whatever was configured, they show defaults.
std::optional<Gate> gate(const model::JobSnapshot& job, bool history_server);

/// What the enabled checks need or use: what a collection has to fetch.
model::Resource demand(std::span<const Check* const> checks, const model::Settings& settings);

/// Judges a snapshot by every enabled check of `checks`. Pure: the same arguments give the same
/// verdicts. A snapshot that failed is judged by the checks of reachability alone.
std::vector<model::Verdict> evaluate(const model::Snapshot& snapshot,
                                     std::span<const Check* const> checks,
                                     const model::Settings& settings,
                                     const model::ClusterHistory& history = {});

/// The settings of a check; the defaults where the configuration has none.
const model::CheckSettings& settings_of(const model::Settings& settings, std::string_view id);

}  // namespace auditor::checks
