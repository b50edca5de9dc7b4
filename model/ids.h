#pragma once

#include "base/strong_id.h"

namespace auditor::model {

using JobId = base::StrongId<struct JobIdTag>;  ///< 32 hex digits in all that Flink sends
using JobVertexId = base::StrongId<struct JobVertexIdTag>;  ///< the OperatorID of the chain's head
using TaskManagerId = base::StrongId<struct TaskManagerIdTag>;  ///< Flink's ResourceID

}  // namespace auditor::model
