#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "checks/operator-uids/operator_ids.h"
#include "model/flink.h"

namespace auditor::testing {

/// What a synthetic job looks like.
struct JobShape {
  std::size_t operators = 6;
  unsigned uid_percent = 0;        ///< operators that have a UID
  unsigned guessable_percent = 0;  ///< of these, those whose UID is the operator's name
  unsigned branch_percent = 20;    ///< operators behind one that has outputs already
  unsigned join_percent = 15;      ///< operators with two inputs or more
  unsigned chain_percent = 55;     ///< operators with one input that are chained to it
  bool shuffled = true;            ///< the plan lists the vertices in any order; Flink: as made
  unsigned chained_source_percent = 0;  ///< of the joins, those with a source chained into them
};

/// A job as REST would show it, made by Flink's rules (flink-facts D.2), and what REST hides.
struct SyntheticJob {
  struct Operator {
    checks::OperatorId id{};
    std::optional<std::string> uid;
    std::uint32_t position = 0;
    std::vector<std::string> inputs;  ///< in edge order
  };
  model::JobDetails details;
  std::map<std::string, Operator> operators;          ///< by name
  std::map<model::JobVertexId, std::string> head_of;  ///< the name of each vertex' head
};

/// The same job for the same state of `random`.
SyntheticJob make_job(const JobShape& shape, std::mt19937& random);

/// The job for as long as the tests run: a proof points into it.
const model::JobDetails& keep(model::JobDetails job);

}  // namespace auditor::testing
