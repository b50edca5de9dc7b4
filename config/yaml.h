#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace auditor::config {

struct Member;

/// A piece of a YAML document with its place, so that every later error can name it.
struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  std::string scalar;
  std::vector<Node> items;      ///< of a sequence
  std::vector<Member> members;  ///< of a mapping, in order
  int line = 0;                 ///< 1-based
  int column = 0;               ///< 1-based
};

/// One entry of a mapping; the key is a scalar.
struct Member {
  Node key;
  Node value;
};

/// Parses one YAML document. Stricter than YAML: no aliases, no duplicate keys, only scalar keys,
/// at most 10 000 nodes. Errors: `configuration`, as "file:line:column: what".
base::Result<Node> parse_yaml(const std::string& file, const std::string& text);

/// The error for a node: "file:line:column: what".
base::Error error_at(const std::string& file, const Node& node, std::string_view what);

}  // namespace auditor::config
