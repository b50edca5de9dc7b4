#pragma once

#include <map>

#include "base/time.h"
#include "model/flow_history.h"
#include "model/ids.h"
#include "model/snapshot.h"

namespace auditor::audit {

/// Takes in what a look saw of the flow of its jobs, and forgets the jobs that it no longer saw.
/// The times of tasks keep a point every half a minute, for seven minutes, what waits at sources
/// one a minute, for twenty; they begin anew where tasks were started again.
void observe_flow(const model::Snapshot& snapshot,
                  std::map<model::JobId, model::FlowHistory>& flows);

/// The hours of an earlier run, or of the time before this process started, for one that is seen
/// for the first time at `now`. Where nobody watched for long, what is usual is learnt anew.
model::ActiveHours resumed(model::ActiveHours hours, base::Timestamp now);

/// Takes in what a look saw of the cluster's processes. Seven minutes of each are kept.
void observe_processes(const model::Snapshot& snapshot, model::ProcessHistory& processes);

}  // namespace auditor::audit
