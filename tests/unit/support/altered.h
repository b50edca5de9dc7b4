#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace auditor::testing {

/// Calls `visit` with the document as it is with one value changed, and as it is without that
/// value, for each value in it that has no others in it. `at`: which.
void visit_alterations(const nlohmann::json& document,
                       const std::function<void(const nlohmann::json& altered,
                                                const nlohmann::json::json_pointer& at)>& visit);

/// What recorded clusters answered to "/jobs/ID" and what is `below` it, for each of their jobs.
std::vector<std::string> recorded_job_answers(const std::string& below = "");

/// What they answered to a path of the cluster.
std::vector<std::string> recorded_answers(const std::string& path);

}  // namespace auditor::testing
