#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auditor::checks {

/// One operator of a vertex' chain, as the plan's description shows it.
struct ChainedOperator {
  std::string name;
  std::size_t parent = 0;            ///< in `Chain::operators`; its own index for the head
  std::vector<std::size_t> outputs;  ///< the operators chained to it, in edge order
};

/// The operators of one vertex, the head first, each before its outputs.
struct Chain {
  std::vector<ChainedOperator> operators;
  /// False where several operators stand on one line: a name with " -> " in it reads like two.
  bool certain = true;
};

/// Reads `plan.nodes[].description` in each of its forms: the tree of 1.15 and later, its CASCADING
/// form, and the names of 1.14 and before. nullopt where the brackets do not match, so that nobody
/// can say where an operator ends.
std::optional<Chain> parse_chain(std::string_view description);

/// No fewer operators than the vertex can have, whatever its description looks like.
std::size_t most_operators(std::string_view description);

}  // namespace auditor::checks
