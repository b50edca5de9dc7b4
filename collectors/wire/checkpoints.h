#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/flink.h"
#include "model/part.h"

namespace auditor::collectors::wire {

/// `/jobs/:id/checkpoints/config`.
base::Result<model::CheckpointConfiguration> decode_checkpoint_configuration(std::string_view body);

/// `/jobs/:id/checkpoints`; always there. Of checkpoints that had ended in an `earlier` answer for
/// the same run of the job, if any, the rows are taken from there: Flink does not change them any
/// more. The whole is shared where nothing was added.
base::Result<model::Shared<model::CheckpointStatistics>> decode_checkpoints(
    std::string_view body, const model::Shared<model::CheckpointStatistics>& earlier = {});

/// `/jobs/:id/checkpoints/details/:cid`.
base::Result<model::CheckpointDetails> decode_checkpoint_details(std::string_view body);

/// `/jobs/:id/checkpoints/details/:cid/subtasks/:vid`: the fullest subtask; id and path are left to
/// the caller.
base::Result<model::SubtaskState::Vertex> decode_subtask_state(std::string_view body);

/// The same path: the subtasks that have not acknowledged, by their index.
base::Result<std::vector<std::size_t>> decode_waiting_subtasks(std::string_view body);

}  // namespace auditor::collectors::wire
