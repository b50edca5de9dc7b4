#include "advice/operator_match.h"

#include "checks/operator-uids/operator_ids.h"

namespace auditor::advice {

using checks::Operator;
using checks::OperatorProof;
using checks::UidOrigin;

OperatorMatch::OperatorMatch(const checks::UidProofs& running, const checks::UidProofs& candidate,
                             const model::UidTable& words)
    : running_(running), candidate_(candidate), words_(words) {
  for (std::size_t op = 0; op < candidate.operators.size(); ++op) {
    by_name_.emplace(candidate.graph.operators[op].name, op);
    if (const auto& id = candidate.operators[op].id) {
      known_.emplace(*id, op);
    } else {
      ++hidden_;
    }
  }
}

bool OperatorMatch::follows_the_same_head(std::size_t op, std::size_t other) const {
  const checks::OperatorGraph& before = running_.graph;
  const checks::OperatorGraph& after = candidate_.graph;
  return before.vertices[before.operators[op].vertex].id ==
         after.vertices[after.operators[other].vertex].id;
}

bool OperatorMatch::may_keep_its_id(std::size_t op, std::size_t other) const {
  const auto& before = running_.operators[op].id_without_uid;
  const auto& after = candidate_.operators[other].id_without_uid;
  return !before || !after || *before == *after;
}

OperatorFate OperatorMatch::fate(std::size_t op) const {
  using Kind = OperatorFate::Kind;
  const Operator& of = running_.graph.operators[op];
  const OperatorProof& proof = running_.operators[op];
  OperatorFate fate{.op = op, .kind = Kind::not_shown, .other = {}, .other_id = {}, .vertex = 0};
  if (proof.id) {
    if (const auto found = known_.find(*proof.id); found != known_.end()) {
      const Operator& other = candidate_.graph.operators[found->second];
      fate.vertex = other.vertex;
      fate.other = other.name;
      // A UID says that it is the same operator, whatever its name; a position does not.
      const bool renamed = proof.origin == UidOrigin::automatic && other.name != of.name;
      fate.kind = renamed ? Kind::to_another : Kind::mapped;
      return fate;
    }
    if (words_.find(checks::id_of_uid(base::to_hex(*proof.id))) != nullptr) {
      fate.kind = Kind::by_uid_hash;
      return fate;
    }
  }
  const auto [begin, end] = by_name_.equal_range(of.name);
  bool hidden_namesake = false;
  for (auto at = begin; at != end; ++at) {
    const OperatorProof& other = candidate_.operators[at->second];
    fate.other = of.name;
    if (other.id) {
      fate.other_id = base::to_hex(*other.id);
      fate.vertex = candidate_.graph.operators[at->second].vertex;
      continue;
    }
    hidden_namesake = true;
    if (!proof.id && follows_the_same_head(op, at->second) && may_keep_its_id(op, at->second)) {
      fate.kind = Kind::presumed;
      return fate;
    }
  }
  if (proof.id && !hidden_namesake) {
    fate.kind = hidden_ == 0 ? Kind::gone : Kind::gone_unless_hidden;
  }
  return fate;
}

}  // namespace auditor::advice
