#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "checks/operator-uids/operator_graph.h"
#include "model/uid_table.h"

namespace auditor::checks {

/// The UIDs that a job's operators may have: guessed from their names, set by the connectors that
/// the names tell of, and those that the user gave.
class UidGuesses {
 public:
  UidGuesses(const OperatorGraph& graph, const model::UidTable& words);

  /// The UID that gives the id; nullptr where it is none of these.
  [[nodiscard]] const std::string* find(const OperatorId& id) const;

  /// What was guessed from the name of the one operator.
  [[nodiscard]] const std::vector<OperatorId>& of(std::size_t op) const { return of_operator_[op]; }

  [[nodiscard]] const model::UidTable& words() const { return *words_; }

 private:
  model::UidTable guesses_;
  std::vector<std::vector<OperatorId>> of_operator_;
  const model::UidTable* words_;
};

}  // namespace auditor::checks
