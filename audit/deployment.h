#pragma once

#include <string>
#include <vector>

#include "model/configuration.h"
#include "model/history.h"
#include "model/snapshot.h"

namespace auditor::audit {

/// A hash over the configuration's entries, without those that change with each start (addresses,
/// ports, temporary folders, Flink's internal keys).
std::string hash_of(const model::Configuration& configuration);

/// The version of a job that a look saw. What the look did not tell is taken from `before`, as is
/// the configuration where its hash is empty.
model::Deployment deployment_of(const model::JobSnapshot& job, const model::Snapshot& snapshot,
                                const std::string& configuration_hash,
                                const model::Deployment* before);

/// Adds what a later look tells of the deployment's vertices, state backend and storage. Whether
/// that is new. Of sizes, those of the first checkpoint stay until one is twice as large.
bool complete(model::Deployment& deployment, const model::JobSnapshot& job);

/// What differs: "JobID", "plan", "parallelism", "Flink version", "configuration".
std::vector<std::string> differences(const model::Deployment& before,
                                     const model::Deployment& after);

/// A hash over the sorted JobVertexIDs: the plan, whatever its order.
std::string plan_hash_of(const model::JobDetails& job);

}  // namespace auditor::audit
