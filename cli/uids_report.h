#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "checks/operator-uids/uid_remedy.h"
#include "model/snapshot.h"

namespace auditor::cli {

/// The operators of one job.
struct JobUids {
  const model::JobSnapshot* job = nullptr;
  std::string note;  ///< why there are no operators, or who else sets their ids
  checks::UidProofs proofs;
  checks::UidRemedy remedy;

  /// In the latest checkpoint that was looked into.
  [[nodiscard]] std::optional<base::Bytes> state_of(const checks::ChainVertex& vertex) const;
};

/// Looks at every job of the snapshot.
std::vector<JobUids> list_uids(const model::Snapshot& snapshot, const model::UidTable& words);

/// A tree of operators for each job, and the code that gives them UIDs; 80 columns.
std::string uids_as_text(const std::vector<JobUids>& jobs, const model::FlinkVersion& version);

/// Schema flink-auditor/uids/1.
std::string uids_as_json(const std::vector<JobUids>& jobs);

}  // namespace auditor::cli
