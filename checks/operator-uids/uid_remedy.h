#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/operator-uids/uid_proof.h"
#include "model/flink_version.h"

namespace auditor::checks {

/// How one operator gets a UID and keeps its state.
struct UidAssignment {
  enum class Way {
    uid_and_hash,   ///< `.uid(…).setUidHash(…)`
    uid_only,       ///< `.uid(…)`: it holds no state
    sink_hashes,    ///< a sink of the new API: CustomSinkOperatorUidHashes
    keep_automatic  ///< a source: see `UidRemedy`
  };
  std::size_t op = 0;  ///< in `OperatorGraph::operators`
  Way way = Way::uid_and_hash;
  std::string uid;  ///< a suggestion, unique in the job
  std::optional<OperatorId> hash;
  /// The hash is right only if neither the operator nor one that it is chained to has a UID:
  /// nothing that Flink shows depends on it.
  bool presumed = false;
};

/// The code that gives UIDs to a running job without losing its state, for all operators at once: a
/// UID on one operator changes the automatic ids of those after it.
///
/// Sources keep their automatic id. It depends on nothing that UIDs change, and `setUidHash` would
/// bring back the readers of a source but not its split enumerator, which then reads all splits
/// anew (seen on 1.20.5 and 2.3.0: CheckpointCoordinator.restoreStateToCoordinators looks the state
/// up by the generated id only).
struct UidRemedy {
  std::vector<UidAssignment> assignments;  ///< in the plan's order; empty where there are blockers
  std::vector<std::string> blockers;       ///< operators that could lose state, and why
};

/// Whether the vertex holds state; nullopt where it is not known.
using HoldsState = std::function<std::optional<bool>(const model::JobVertexId& vertex)>;

UidRemedy plan_remedy(const UidProofs& proofs, const HoldsState& holds_state,
                      const model::FlinkVersion& version);

/// What to do before and with the code, and after it.
std::string_view remedy_way();
std::string remedy_afterwards(const UidRemedy& remedy, const model::FlinkVersion& version);

/// The lines of Java for the operators of one vertex, each indented by four spaces and ended; empty
/// where there is nothing to write.
std::string remedy_code(const UidProofs& proofs, const UidRemedy& remedy,
                        const ChainVertex& vertex);

}  // namespace auditor::checks
