#pragma once

#include <map>
#include <string>

#include "model/snapshot.h"

namespace auditor::advice {

/// What is set or built, by a label for people.
using Facts = std::map<std::string, std::string>;

/// A job's deployment: JobID, graph, ids, parallelism, max parallelism, checkpoint settings,
/// restart strategy; what was not seen is left out.
Facts facts_of(const model::JobSnapshot& job);

}  // namespace auditor::advice
