#pragma once

#include <cstddef>
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
  std::string written;  ///< with its ${VAR} unexpanded, where it had one: what errors repeat
  bool pruned = false;  ///< something in it was taken away: what is missing is no error

  /// The value of a mapping's member; nullptr where there is none.
  [[nodiscard]] const Node* find(std::string_view name) const;

  /// Whether a mapping's member is there and has a value.
  [[nodiscard]] bool has(std::string_view name) const;
};

/// One entry of a mapping; the key is a scalar.
struct Member {
  Node key;
  Node value;
};

/// Enough for a fleet of tens of thousands of clusters, each with labels.
constexpr std::size_t most_nodes = 400'000;

/// Parses one YAML document. Stricter than YAML: no aliases, no duplicate keys, only scalar keys,
/// at most `most` nodes. Errors: `configuration`, as "file:line:column: what".
base::Result<Node> parse_yaml(const std::string& file, const std::string& text,
                              std::size_t most = most_nodes);

/// The error for a node: "file:line:column: what".
base::Error error_at(const std::string& file, const Node& node, std::string_view what);

}  // namespace auditor::config
