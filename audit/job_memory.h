#pragma once

#include <memory>
#include <optional>

#include "base/time.h"
#include "model/history.h"
#include "model/job_history.h"
#include "model/snapshot.h"

namespace auditor::audit {

/// What is kept of one job for the checks that judge by its past; bounded whatever it does.
class JobMemory {
 public:
  JobMemory() : history_(std::make_shared<model::JobHistory>()) {}

  /// For the checks; changes under their hands with the next look.
  [[nodiscard]] std::shared_ptr<const model::JobHistory> history() const { return history_; }

  void note_stay(base::Timestamp since, bool ran_long) { history_->stay = {since, ran_long}; }

  /// The job was started anew: in another deployment, or by another JobManager.
  void begin_run();
  void note_deployment(const model::Deployment& deployment);
  /// More is known of the present deployment.
  void complete_deployment(const model::Deployment& deployment);
  void note_failover(base::Timestamp at);
  /// Forgets fail-overs and a redeployment that are older than a day.
  void forget_before(base::Timestamp day_ago);

  /// A checkpoint that was not seen before, or has ended since. The day that it ends, if it does.
  std::optional<model::StateDay> note_checkpoint(const model::CheckpointRecord& checkpoint);
  /// The subtasks of a checkpoint, where they were looked at for the first time.
  void note_vertices(const model::JobSnapshot& seen);
  /// Whether all subtasks run.
  void note_tasks(const model::JobSnapshot& seen);

  /// A day that the store remembers, older than all others.
  void restore_day(const model::StateDay& day);

 private:
  std::shared_ptr<model::JobHistory> history_;
  std::optional<bool> all_tasks_ran_;              // at the latest look
  std::optional<std::uint64_t> vertices_read_as_;  // the revision of `subtask_state`
};

}  // namespace auditor::audit
