#include "model/checkpoint_record.h"

#include <algorithm>

#include "base/text.h"
#include "model/critical_path.h"

namespace auditor::model {

namespace {

/// The largest phases over the vertices that were looked at in this very checkpoint.
void add_phases(CheckpointRecord& record, const SubtaskState& state) {
  for (const auto& vertex : state.vertices) {
    if (vertex.checkpoint_id == record.checkpoint_id) {
      record.start_delay = std::max(record.start_delay, vertex.longest_start_delay);
      record.alignment = std::max(record.alignment, vertex.longest_alignment);
      record.sync = std::max(record.sync, vertex.longest_sync);
      record.async = std::max(record.async, vertex.longest_async);
    }
  }
}

}  // namespace

CheckpointRecord record_of(const Checkpoint& checkpoint, const JobSnapshot& job) {
  CheckpointRecord record;
  record.flink_job_id = job.overview.id;
  record.checkpoint_id = checkpoint.id;
  record.status = checkpoint.status;
  record.is_savepoint = checkpoint.is_savepoint;
  record.triggered_at = *checkpoint.triggered_at;
  record.duration = checkpoint.duration;
  record.checkpointed_size = checkpoint.checkpointed_size;
  record.state_size = checkpoint.state_size;
  record.failure = base::shorten(base::printable(checkpoint.failure_message.text()), 300);
  if (job.subtask_state.known()) {
    add_phases(record, *job.subtask_state.value);
    if (job.details.known()) {
      record.critical_path =
          critical_path(*job.details.value, *job.subtask_state.value, checkpoint.id);
    }
  }
  return record;
}

}  // namespace auditor::model
