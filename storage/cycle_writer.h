#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "model/history.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

/// How a cycle's record becomes rows. What is said of a job that history does not know (it was
/// removed for its age) is left out: it would stand there as the cluster's own.
class CycleWriter {
 public:
  /// `database` must outlive it.
  static base::Result<CycleWriter> prepare(sqlite::Database& database);

  /// Within a transaction of the caller's. After an error, or where jobs were removed: `forget`.
  base::Result<void> write(const model::CycleRecord& record);

  /// Forgets the rows that it knows of.
  void forget() { job_rows_.clear(); }

 private:
  /// Where a row belongs: to a job, or to the cluster itself.
  struct Owner {
    std::optional<std::int64_t> job;
    bool unknown = false;  ///< a job that history does not know
  };

  CycleWriter() = default;
  base::Result<Owner> owner(const std::string& job);
  base::Result<std::int64_t> write_cluster(const model::CycleRecord& record);
  base::Result<void> write_jobs(const model::CycleRecord& record, std::int64_t cluster);
  base::Result<void> write_deployments(const model::CycleRecord& record);
  base::Result<void> write_events(const model::CycleRecord& record, std::int64_t cluster);
  base::Result<void> write_verdicts(const model::CycleRecord& record, std::int64_t cluster);
  base::Result<void> write_findings(const model::CycleRecord& record, std::int64_t cluster);
  base::Result<void> write_transitions(const model::CycleRecord& record);
  base::Result<void> write_checkpoints(const model::CycleRecord& record);
  base::Result<void> write_scores(const model::CycleRecord& record, std::int64_t cluster);
  base::Result<void> write_state_days(const model::CycleRecord& record);
  base::Result<void> write_job_hours(const model::CycleRecord& record);

  std::unordered_map<std::string, std::int64_t> job_rows_;
  sqlite::Statement cluster_, job_, find_job_, deployment_, start_, event_, close_verdict_,
      verdict_, finding_, transition_, checkpoint_, score_, state_day_, job_hours_, report_;
};

}  // namespace auditor::storage
