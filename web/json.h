#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/time.h"
#include "model/history.h"
#include "model/report.h"
#include "model/waiver.h"
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

/// The value, or null. `J` is `Json`: a parameter only because the type is incomplete here.
template <class T, class J = Json>
J or_null(const std::optional<T>& value) {
  return value ? J(*value) : J(nullptr);
}

Json time_json(const std::optional<base::Timestamp>& time);
Json text_or_null(std::string_view text);
Json milliseconds_json(const std::optional<model::milliseconds>& duration);
Json bytes_json(const std::optional<model::Bytes>& size);
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

/// Two decimals.
double rounded(double value);

}  // namespace auditor::web
