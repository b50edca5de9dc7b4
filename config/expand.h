#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/yaml.h"

namespace auditor::config {

/// Gives an environment variable's value; nullopt where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process.
std::optional<std::string> environment_variable(const std::string& name);

/// What becomes of a value whose variable is not set.
enum class Unset {
  refuse,  ///< an error that names the place
  prune,   ///< it is taken out of the tree, and what it was in is marked `pruned`
};

/// Replaces each `${VAR}` in the values (not the keys) of `node`; `$${` stands for `${`. Errors:
/// `configuration`, with the place: a variable that is not set, a brace that is not closed, a name
/// that no variable has.
base::Result<void> expand(const std::string& file, Node& node, const Environment& environment,
                          Unset unset);

}  // namespace auditor::config
