#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/operator-uids/operator_graph.h"

/// What connectors and frameworks do about UIDs, read in their sources (docs/checks/
/// operator-uid-missing.md names the releases).
namespace auditor::checks {

/// The UIDs that a connector gives to an operator of that name, and to those that come with it.
/// Most are wrong for a given job; a hash tells.
std::vector<std::string> connector_uids(std::string_view operator_name);

/// The UIDs that connectors set whatever the job.
std::span<const std::string_view> constant_connector_uids();

/// Code that no user writes, so that UIDs are given in the framework's own way or not at all.
struct Framework {
  std::string_view name;    ///< "Apache Hudi"
  std::string_view advice;  ///< what its users can do
  bool owns_job = false;    ///< all operators of the job are its own
};

/// The framework that made the operator, by its name; nullptr for none.
const Framework* framework_of(std::string_view operator_name);

/// The framework that owns the whole job; nullptr for none.
const Framework* framework_of(const OperatorGraph& graph);

}  // namespace auditor::checks
