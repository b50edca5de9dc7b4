#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/operator-uids/position_search.h"
#include "checks/operator-uids/uid_guesses.h"
#include "checks/operator-uids/uid_proof.h"

namespace auditor::checks {

/// Chained operators that are tried on one way without that an id of theirs is known.
inline constexpr std::size_t longest_way = 7;

/// The chained operators between one whose id is known and another, with the position of each.
struct Way {
  std::size_t from = 0;
  std::vector<std::size_t> operators;
  std::vector<std::uint32_t> positions;
};

/// That a chained operator has no UID.
OperatorProof automatic_proof(const Position& at, const OperatorId& id, const ProofInput& input);

/// What is known of a job while its UIDs are proved, and what follows from each thing that is
/// found.
class UidKnowledge {
 public:
  explicit UidKnowledge(const model::JobDetails& job);

  [[nodiscard]] const OperatorGraph& graph() const { return proofs_.graph; }
  [[nodiscard]] const ChainVertex& vertex(std::size_t v) const { return graph().vertices[v]; }
  [[nodiscard]] PositionSearch& search() { return search_; }
  [[nodiscard]] UidProofs& proofs() { return proofs_; }
  [[nodiscard]] const UidProofs& proofs() const { return proofs_; }

  /// UIDs that operators may have; nullptr as long as nothing was guessed.
  [[nodiscard]] const UidGuesses* guesses() const { return guesses_ ? &*guesses_ : nullptr; }
  void guess(const model::UidTable& words) { guesses_.emplace(graph(), words); }

  // Of an operator.
  [[nodiscard]] bool known(std::size_t op) const { return proofs_.operators[op].id.has_value(); }
  [[nodiscard]] IdBits id(std::size_t op) const { return bits_of(*proofs_.operators[op].id); }
  [[nodiscard]] std::size_t outputs(std::size_t op) const {
    return graph().operators[op].outputs.size();
  }
  /// Of one that is automatic, where it can be told.
  [[nodiscard]] std::optional<std::uint32_t> position(std::size_t op) const;

  // Of a vertex.
  [[nodiscard]] OperatorProof& head(std::size_t v) { return proofs_.operators[vertex(v).first]; }
  [[nodiscard]] const OperatorProof& head(std::size_t v) const {
    return proofs_.operators[vertex(v).first];
  }
  [[nodiscard]] std::size_t outputs_of_head(std::size_t v) const {
    return outputs(vertex(v).first);
  }
  [[nodiscard]] bool readable(std::size_t v) const { return vertex(v).obstacle.empty(); }
  [[nodiscard]] bool decided(std::size_t v) const {
    return head(v).origin != UidOrigin::undetermined;
  }
  /// Not decided, and nothing in the plan forbids it.
  [[nodiscard]] bool decidable(std::size_t v) const;
  [[nodiscard]] bool all_decided() const;
  [[nodiscard]] bool all_automatic() const;
  /// Whether the ids of all operators that an edge out of the vertex may start at are known.
  [[nodiscard]] bool closed(std::size_t v) const;
  /// Its only operator without a known id, where no known id could be that operator's.
  [[nodiscard]] std::optional<std::size_t> only_unknown(std::size_t v) const;
  /// Known ids of chained operators of which nobody can tell whose they are.
  [[nodiscard]] const std::vector<OperatorId>& nameless(std::size_t v) const {
    return nameless_[v];
  }
  /// Whether one of its operators is known to have the id.
  [[nodiscard]] bool is_known_in(std::size_t v, const OperatorId& id) const;
  /// The vertices that it is an input of.
  [[nodiscard]] const std::vector<std::size_t>& followers(std::size_t v) const {
    return followers_[v];
  }
  /// The position of the vertex' head, whatever number of chained outputs the plan may hide.
  std::optional<Position> position_of(std::size_t v, const IdBits& term);

  /// The chained operators without a known id that lead to `op`, the nearest known one first;
  /// nullopt where they are more than `longest`.
  [[nodiscard]] std::optional<Way> way_to(std::size_t op, std::size_t longest = longest_way) const;
  /// How many operators are chained to each on the way.
  [[nodiscard]] std::vector<std::size_t> outputs_on(const Way& way) const;

  // What was found. Each gives the operator that it is about, where that can be told.
  std::optional<std::size_t> take_way(const Way& way);
  std::optional<std::size_t> take_uid(std::size_t v, const std::string& uid);
  void take_nameless(std::size_t v, const OperatorId& found);
  void take_hidden(std::size_t op, OperatorProof proof);
  void take_automatic(std::size_t v, const Position& at, std::vector<ProofInput> inputs);
  /// Two heads with the same unknown input; either has the one position, and the other the other.
  void take_siblings(std::size_t one, const Position& at, std::size_t other,
                     const Position& other_at);
  /// `uid` where it is known, else nullptr.
  void take_has_uid(std::size_t v, const std::string* uid);

  /// Whether anything was found since the last call.
  bool take_progress();
  /// No shape of what is before the vertex is left to try; until something is found there.
  void set_exhausted(std::size_t v, bool exhausted) { exhausted_[v] = exhausted; }
  [[nodiscard]] bool exhausted(std::size_t v) const { return exhausted_[v]; }

 private:
  [[nodiscard]] std::vector<std::vector<std::size_t>> branches_like(
      const Way& way, const std::vector<OperatorId>& ids) const;
  void learnt_of(std::size_t v);

  UidProofs proofs_;
  PositionSearch search_;
  std::optional<UidGuesses> guesses_;
  std::vector<std::vector<std::size_t>> followers_;
  std::vector<std::vector<OperatorId>> nameless_;
  std::vector<bool> exhausted_;
  bool progress_ = false;
};

}  // namespace auditor::checks
