#pragma once

#include <map>

#include "model/flow_history.h"
#include "model/ids.h"
#include "model/snapshot.h"

namespace auditor::audit {

/// Takes in what a look saw of the flow of its jobs, and forgets the jobs that it no longer saw.
/// Each series keeps a point every half a minute, for seven minutes; it begins anew where tasks
/// were started again.
void observe_flow(const model::Snapshot& snapshot,
                  std::map<model::JobId, model::FlowHistory>& flows);

}  // namespace auditor::audit
