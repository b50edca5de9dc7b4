#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/operator-uids/operator_graph.h"
#include "model/uid_table.h"

/// Which operators of a job have a UID. REST shows none, but a vertex' id is its head's, and one
/// that Flink made itself is a pure function of the job's shape: so it is proved by making it
/// again.
namespace auditor::checks {

enum class UidOrigin {
  automatic,               ///< proved: no UID; the id was made again
  has_uid,                 ///< proved: no shape gives this id, or a known UID does
  has_uid_or_follows_one,  ///< it, or a chained operator before it: no shape with none gives this
                           ///< id
  undetermined             ///< not every shape could be tried
};

std::string_view to_text(UidOrigin origin);

/// An input's part in an automatic id.
struct ProofInput {
  OperatorId id{};
  /// In `OperatorGraph::operators`; nullopt where several operators of a chain look the same.
  std::optional<std::size_t> op;
};

struct OperatorProof {
  UidOrigin origin = UidOrigin::undetermined;
  std::optional<OperatorId> id;    ///< every head's; others' where proved
  Position at{};                   ///< where it is automatic
  std::vector<ProofInput> inputs;  ///< the same, in the order of mixing
  /// Where its input is not known: another head behind the same operator, with which it was proved.
  /// If `swapped` is set, either has the one of the two positions, and the other the other.
  std::optional<std::size_t> sibling;
  std::optional<Position> swapped;
  std::string uid;  ///< where a known one gives the id
  /// The id of a chained operator if it has no UID of its own: its place is the only one left.
  std::optional<OperatorId> id_without_uid;
  std::string reason;  ///< a head's that is undetermined
};

/// What is known of one job's operators.
struct UidProofs {
  OperatorGraph graph;
  std::vector<OperatorProof> operators;  ///< as in `graph.operators`
  std::uint32_t positions = 0;           ///< tried for each id, from 0 on
  bool every_source_has_uid = false;
  bool any_automatic = false;

  [[nodiscard]] const OperatorProof& head(const ChainVertex& vertex) const {
    return operators[vertex.first];
  }
};

/// What the search may cost, in sums of hashes that are looked up: some 20 ms.
inline constexpr std::uint64_t most_uid_steps = 1'000'000;

/// Decides what can be decided, at a bounded cost. `words` are UIDs that the job may use; others
/// are guessed from the operators' names. The job must be a streaming job of the DataStream or
/// Table API: others have random ids.
UidProofs prove_uids(const model::JobDetails& job, const model::UidTable& words,
                     std::uint64_t steps = most_uid_steps);
/// The graph of the proofs points into the job.
UidProofs prove_uids(model::JobDetails&& job, const model::UidTable& words,
                     std::uint64_t steps = most_uid_steps) = delete;

/// "auto(position 2, 1 chained output, input cbc357cc…)"; for an operator that is automatic.
std::string formula(const UidProofs& proofs, std::size_t op);

}  // namespace auditor::checks
