#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "checks/check.h"
#include "model/settings.h"
#include "model/snapshot.h"
#include "model/verdict.h"

namespace auditor::checks {

/// Every check of the house, in the order of checks/CMakeLists.txt (generated from it).
std::span<const Check* const> catalogue();

/// What each of them is, in the same order, for whoever needs no function of theirs.
std::span<const model::CheckInfo* const> descriptions();

/// The check with the id; nullptr where there is none.
const Check* find_check(std::string_view id);

/// Why no check can judge a job.
struct Gate {
  model::Outcome outcome;  ///< unknown or not applicable
  base::Wording reason;
};

/// Whether a job can be judged at all. Documents of a job that does not run yet are sparse
/// (flink-facts C.3): whatever was configured, they show defaults.
std::optional<Gate> gate(const model::JobSnapshot& job, bool history_server);

/// The same of a check that looks at jobs in whatever state.
std::optional<Gate> gate_of_any_state(const model::JobSnapshot& job, bool history_server);

/// Why a need is not met; nullopt where all are there. `job` is nullptr for a check of the cluster.
std::optional<std::string> unmet(model::Resource needs, const model::Snapshot& snapshot,
                                 const model::JobSnapshot* job);

/// What the enabled checks need or use: what a collection has to fetch.
model::Resource demand(std::span<const Check* const> checks, const model::Settings& settings);

/// The settings of a check; the defaults where the configuration has none.
const model::CheckSettings& settings_of(const model::Settings& settings, std::string_view id);

}  // namespace auditor::checks
