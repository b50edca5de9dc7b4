#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace auditor::config {

/// A piece of a YAML document with its place, so that every later error can name it.
struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  std::string scalar;
  std::vector<Node> items;                     ///< of a sequence
  std::vector<std::pair<Node, Node>> members;  ///< of a mapping, in order; the first is a scalar
  int line = 0;                                ///< 1-based
  int column = 0;                              ///< 1-based
};

/// Parses one YAML document. Stricter than YAML: no aliases, no duplicate keys, only scalar keys,
/// at most 10 000 nodes. Errors: `configuration`, as "file:line:column: what".
base::Result<Node> parse_yaml(const std::string& file, const std::string& text);

/// The error for a node: "file:line:column: what".
base::Error error_at(const std::string& file, const Node& node, std::string_view what);

}  // namespace auditor::config
