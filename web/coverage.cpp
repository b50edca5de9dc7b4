#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// What could not be judged, and why.
namespace auditor::web {

namespace {

constexpr std::size_t most_reasons = 200;
constexpr std::size_t most_clusters = 50;  ///< named for one reason

struct Reason {
  std::size_t count = 0;
  std::map<std::string, std::size_t> checks;
  std::map<std::string, std::size_t> clusters;
};

Json counted(const std::map<std::string, std::size_t>& counts, const char* name) {
  std::vector<std::pair<std::string, std::size_t>> rows(counts.begin(), counts.end());
  std::ranges::stable_sort(rows, std::ranges::greater(),
                           &std::pair<std::string, std::size_t>::second);
  Json array = Json::array();
  for (const auto& [text, count] : rows) {
    if (array.size() == most_clusters) {
      break;
    }
    array.push_back({{name, text}, {"count", count}});
  }
  return array;
}

Json reason_json(const std::string& text, const Reason& reason) {
  return {{"reason", text},
          {"count", reason.count},
          {"checks", counted(reason.checks, "check")},
          {"clusters", counted(reason.clusters, "cluster")},
          {"cluster_count", reason.clusters.size()}};
}

}  // namespace

Answer get_coverage(const Context& context) {
  Parameters parameters(context.request);
  const auto wanted = parameters.many("cluster");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  for (const std::string& name : wanted) {
    if (!context.board.cluster(name)) {
      return refuse(404,
                    fmt::format("there is no cluster \"{}\"; /api/v1/clusters lists them", name));
    }
  }
  std::map<std::string, Reason> reasons;
  std::size_t judged = 0;
  std::size_t unknown = 0;
  std::size_t not_applicable = 0;
  Json without_report = Json::array();
  for (const ClusterEntry& entry : context.board.clusters()) {
    const std::string& name = entry.status.name;
    if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) {
      continue;
    }
    if (!entry.report) {  // also after a restart, until the first look
      without_report.push_back({{"cluster", name},
                                {"state", state_of(entry.status)},
                                {"error", text_or_null(entry.status.error)}});
      continue;
    }
    for (const model::Verdict& verdict : entry.report->results) {
      if (verdict.outcome == model::Outcome::unknown) {
        Reason& reason = reasons[verdict.reason.text()];
        ++reason.count;
        ++reason.checks[verdict.check];
        ++reason.clusters[name];
        ++unknown;
      } else if (verdict.outcome == model::Outcome::not_applicable) {
        ++not_applicable;
      } else {
        ++judged;
      }
    }
  }
  std::vector<std::pair<std::string, Reason>> sorted(reasons.begin(), reasons.end());
  std::ranges::stable_sort(sorted, std::ranges::greater(),
                           [](const auto& row) { return row.second.count; });
  Json rows = Json::array();
  for (const auto& [text, reason] : sorted) {
    if (rows.size() == most_reasons) {
      break;
    }
    rows.push_back(reason_json(text, reason));
  }
  const std::size_t all = judged + unknown;
  return json_response(
      {{"judged", judged},
       {"unknown", unknown},
       {"not_applicable", not_applicable},
       {"ratio", all == 0 ? Json(nullptr)
                          : Json(rounded(static_cast<double>(judged) / static_cast<double>(all)))},
       {"reasons", std::move(rows)},
       {"reason_count", sorted.size()},
       {"without_report", std::move(without_report)}});
}

}  // namespace auditor::web
