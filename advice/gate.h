#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/snapshot.h"
#include "model/uid_table.h"
#include "model/verdict.h"

/// Will a new version of a job find the state of the one that runs? What Flink decides in
/// Checkpoints.loadAndValidateCheckpoint and StateAssignmentOperation, foretold from what REST
/// shows of both.
namespace auditor::advice {

/// From the best to the worst.
enum class GateVerdict {
  safe,
  cannot_know,
  will_lose_state,  ///< the restore is refused; with allowNonRestoredState it drops state in
                    ///< silence
  will_fail         ///< the restore is refused, whatever is allowed
};
std::string_view to_text(GateVerdict verdict);

/// What the candidate starts from. Only a canonical savepoint may be read by another backend.
enum class RestoreFrom { canonical_savepoint, native_savepoint, checkpoint };
std::string_view to_text(RestoreFrom from);

/// One of the two versions of the job.
struct GateSide {
  const model::JobDetails* job = nullptr;
  std::string source;  ///< of `job`: a REST path or the file of a plan, for evidence
  /// A plan alone: it tells neither the max parallelism nor the backend.
  bool is_plan = false;
  const model::JobSnapshot* snapshot = nullptr;  ///< nullptr for a plan
  model::FlinkVersion version;                   ///< not known for a plan
};

/// What is to be supposed.
struct GateOptions {
  RestoreFrom from = RestoreFrom::canonical_savepoint;
  /// That operators inside a chain, whose ids no plan shows, kept their UID where their name and
  /// their head are the same.
  bool presume_same_names = false;
  /// What a plan does not tell. 0: the max parallelism is not set.
  std::optional<std::int64_t> max_parallelism;
  std::optional<std::string> state_backend;  ///< as Flink names it, or hashmap, rocksdb, forst
  const model::UidTable* words = nullptr;    ///< UIDs that the job may use
};

/// What was found of one vertex, or of the job.
struct GateRow {
  std::string topic;    ///< "state", "max-parallelism", "state-backend", "flink-version", "plan"
  std::string subject;  ///< the vertex, by its operators; empty for the job
  GateVerdict verdict = GateVerdict::safe;
  std::string message;
  std::optional<base::Bytes> state;       ///< of the vertex, in the checkpoint that was looked into
  std::vector<model::Evidence> evidence;  ///< of the candidate where the label says so
  std::string remedy;                     ///< lines that start with four spaces are code
};

struct GateReport {
  GateVerdict verdict = GateVerdict::safe;  ///< the worst
  std::vector<GateRow> rows;                ///< the worst first
  std::size_t starts_empty = 0;  ///< vertices of the candidate to which no state is known to go
};

/// Compares. Pure. `running.snapshot` must not be nullptr.
GateReport judge_gate(const GateSide& running, const GateSide& candidate,
                      const GateOptions& options);

/// The report on a candidate whose plan cannot be compared: `cannot_know`, for the reason.
GateReport unreadable_plan(std::string reason);

/// What a report cannot say, for whoever reads that it is safe.
std::string_view gate_limits();

}  // namespace auditor::advice
