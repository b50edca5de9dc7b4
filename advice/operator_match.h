#pragma once

#include <map>
#include <string>
#include <vector>

#include "checks/operator-uids/uid_proof.h"
#include "model/uid_table.h"

namespace auditor::advice {

/// Where the state of one operator goes when a savepoint is restored into another graph.
struct OperatorFate {
  enum class Kind {
    mapped,             ///< an operator of the candidate is proved to have its id
    by_uid_hash,        ///< the words that were given hold its id: setUidHash brings it there
    to_another,         ///< its automatic id is that of an operator of another name
    presumed,           ///< its id is not known; one of the same name follows the same head
    not_shown,          ///< its id, or that of the operators it might be, is not known
    gone,               ///< no operator has its id
    gone_unless_hidden  ///< none that is known has it, and none of those not known has its name
  };
  std::size_t op = 0;  ///< in the graph of the running job
  Kind kind = Kind::not_shown;
  std::string other;     ///< the name of the operator that it is about, where there is one
  std::string other_id;  ///< of that operator, in hex, where known
  /// In the candidate's `OperatorGraph::vertices`; of `mapped`, `to_another`, and of `other_id`.
  std::size_t vertex = 0;
};

/// Finds the operators of a running job in a candidate, by their ids.
class OperatorMatch {
 public:
  OperatorMatch(const checks::UidProofs& running, const checks::UidProofs& candidate,
                const model::UidTable& words);

  [[nodiscard]] OperatorFate fate(std::size_t op) const;

 private:
  [[nodiscard]] bool follows_the_same_head(std::size_t op, std::size_t other) const;
  [[nodiscard]] bool may_keep_its_id(std::size_t op, std::size_t other) const;

  const checks::UidProofs& running_;
  const checks::UidProofs& candidate_;
  const model::UidTable& words_;
  std::map<checks::OperatorId, std::size_t> known_;  // of the candidate's operators
  std::multimap<std::string, std::size_t> by_name_;  // all of the candidate
  std::size_t hidden_ = 0;                           // of them, without a known id
};

}  // namespace auditor::advice
