#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/murmur3.h"
#include "model/flink.h"

/// How Flink gives operators their ids (StreamGraphHasherV2, the same from 1.13 to 2.3; flink-facts
/// D). A vertex' id is the id of its chain's head.
namespace auditor::checks {

using OperatorId = base::Hash128;

/// Reads 32 lower-case hex digits, the form that Flink prints; nullopt for all else.
std::optional<OperatorId> parse_operator_id(std::string_view text);

/// The id that `.uid(uid)` gives.
OperatorId id_of_uid(std::string_view uid);

/// Where an operator without a UID stands: how many ids were given before its own, and how many
/// operators are chained to it.
struct Position {
  std::uint32_t position = 0;
  std::size_t chained_outputs = 0;
};

/// The id of an operator without a UID: its position, into which the ids of its inputs are mixed in
/// edge order. Nothing else goes in, no name and no parallelism.
OperatorId automatic_id(const Position& at, std::span<const OperatorId> inputs = {});

/// "auto(position 0, 1 chained output)".
std::string to_text(const Position& at);

/// Whether the operator at the head of a vertex has a UID.
enum class Origin {
  automatic,     ///< proved: the id is the automatic one of a position
  explicit_uid,  ///< proved: it is the automatic id of no position
  undecided
};

struct HeadOrigin {
  Origin origin = Origin::undecided;
  Position at{};       ///< of an automatic id
  std::string reason;  ///< why it is undecided
};

/// Decides the source vertices of one DataStream or SQL job (a DataSet job's ids are random): an
/// automatic id of theirs depends on nothing but their position, and a job has only so many.
class SourceIds {
 public:
  explicit SourceIds(const model::JobDetails& job);

  /// Whether the plan shows the vertex without inputs.
  [[nodiscard]] bool is_source(const model::JobVertex& vertex) const;

  [[nodiscard]] HeadOrigin origin(const model::JobVertex& vertex) const;

  /// How many positions are tried, from 0 on.
  [[nodiscard]] std::uint32_t positions() const { return positions_; }

 private:
  struct Node {
    const model::PlanNode* plan = nullptr;
    bool repeated = false;
  };
  [[nodiscard]] std::optional<Position> find(const OperatorId& id,
                                             std::size_t chained_outputs) const;

  std::map<model::JobVertexId, Node> nodes_;
  std::vector<std::pair<OperatorId, Position>> usual_;  ///< of few chained outputs, by id
  std::uint32_t positions_ = 0;
  bool too_large_ = false;
};

}  // namespace auditor::checks
