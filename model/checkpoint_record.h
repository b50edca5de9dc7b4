#pragma once

#include "model/history.h"
#include "model/snapshot.h"

namespace auditor::model {

/// What is kept of a checkpoint, which must have its time: with its phases and its critical path
/// where the job's look has the subtasks of that very one. `job` (the record's) is left empty.
CheckpointRecord record_of(const Checkpoint& checkpoint, const JobSnapshot& job);

}  // namespace auditor::model
