#pragma once

#include <string>

#include "base/result.h"
#include "cli/options.h"
#include "model/snapshot.h"

/// One job of a cluster or recording, for commands that are about one.
namespace auditor::cli {

/// The job of `snapshot` whose name is `name`, or matches it as a glob; where `name` is empty, the
/// only one. Errors: `usage`, with the names that there are.
base::Result<const model::JobSnapshot*> one_job(const model::Snapshot& snapshot,
                                                const std::string& name, const std::string& target);

}  // namespace auditor::cli
