#pragma once

#include <map>

#include "model/flow_history.h"
#include "model/ids.h"
#include "model/snapshot.h"

namespace auditor::audit {

/// Takes in what a look saw of the flow of its jobs, and forgets the jobs that it no longer saw.
/// The times of tasks keep a point every half a minute, for seven minutes, what waits at sources
/// one a minute, for twenty; they begin anew where tasks were started again.
void observe_flow(const model::Snapshot& snapshot,
                  std::map<model::JobId, model::FlowHistory>& flows);

/// Takes in what a look saw of the cluster's processes. Seven minutes of each are kept.
void observe_processes(const model::Snapshot& snapshot, model::ProcessHistory& processes);

}  // namespace auditor::audit
