#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/task_manager_loss.h"

namespace auditor::model {

/// One failure, as `/jobs/:id/exceptions` tells it.
struct JobException {
  std::string name;          ///< Java class; what was thrown, not its cause
  std::string trace;         ///< `condensed` stack trace
  std::string title;         ///< of the deepest cause (`cause_of`)
  std::string fingerprint;   ///< of the deepest cause
  std::string task;          ///< "map -> sink (1/4) - execution #3"; empty: of the whole job
  std::string task_manager;  ///< since 1.17 its id, before "host:port"; empty: none
  std::optional<base::Timestamp> at;
  TaskManagerEnd end;  ///< what it tells of a TaskManager that went
  friend bool operator==(const JobException&, const JobException&) = default;
};

/// `exceptionHistory.entries[]`: a failure that made the job, or a region of it, restart.
struct RootException {
  JobException exception;
  std::vector<JobException>
      concurrent;  ///< that came while Flink handled it; the first of each cause
  std::size_t concurrent_count = 0;
  std::size_t index = 0;  ///< in `/exceptionHistory/entries`
  friend bool operator==(const RootException&, const RootException&) = default;
};

/// `/jobs/:id/exceptions` (JobExceptionsInfoWithHistory). Begins anew with each JobMaster.
struct JobExceptions {
  std::vector<RootException> history;       ///< newest first; the server keeps 16 unless configured
  std::optional<JobException> root;         ///< `root-exception`, up to 1.20: of the current graph
  std::vector<JobException> of_executions;  ///< `all-exceptions`, up to 1.20: of failed executions
  friend bool operator==(const JobExceptions&, const JobExceptions&) = default;
};

}  // namespace auditor::model
