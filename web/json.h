#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/history.h"
#include "model/report.h"
#include "model/waiver.h"
#include "report/json_values.h"
#include "web/board.h"
#include "web/http.h"
#include "web/summary.h"

/// How the API writes what handlers share. What is absent is null, never left out.
namespace auditor::web {

using Json = nlohmann::ordered_json;

/// `document`, indented, with a newline at the end. What is not UTF-8 is replaced.
Response json_response(const Json& document, int status = 200);

/// The same with `next` as a member and as a Link header; an empty `next` is null.
Response json_page(const Request& request, Json document, const std::string& next);

using report::bytes_json;
using report::milliseconds_json;
using report::or_null;
using report::rounded;
using report::text_or_null;
using report::time_json;

Json score_json(const model::Score& score);  ///< {value, grade, coverage}
Json counts_json(const FindingCounts& counts);
Json cost_json(const model::RequestCost& cost);
Json cluster_json(const ClusterEntry& entry);
Json job_json(const model::JobRecord& job);
Json finding_json(const model::Finding& finding);
Json transition_json(const model::Transition& transition);
Json event_json(const model::Event& event);
Json waiver_json(const WaiverStatus& waiver);

/// The mean over the clusters that have a score, and coverage over all that were judged.
model::Score fleet_score(const std::vector<ClusterEntry>& entries);

/// "up", "down", "gone", or "pending" before the first look.
std::string_view state_of(const ClusterStatus& status);

}  // namespace auditor::web
