#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/check_info.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// The whole fleet in one small document: what a table of clusters and jobs by practices shows.
namespace auditor::web {

namespace {

constexpr std::size_t most_losses = 5;

Json practices_json() {
  Json rows = Json::array();
  for (const model::Practice& practice : model::practices()) {
    rows.push_back(
        {{"id", practice.id},
         {"title", practice.title},
         {"kind", practice.kind == model::PracticeKind::posture ? "posture" : "health"}});
  }
  return rows;
}

/// Jobs are told apart by their names; the few that share one, by Flink's id too.
Json jobs_json(const ReportSummary& summary) {
  std::map<std::string_view, std::size_t> bearers;
  for (const ReportSummary::Job& job : summary.jobs) {
    ++bearers[job.name];
  }
  Json rows = Json::array();
  for (const ReportSummary::Job& job : summary.jobs) {
    rows.push_back({{"name", job.name},
                    {"flink_job_id", bearers[job.name] > 1 ? Json(job.id) : Json(nullptr)},
                    {"state", job.state},
                    {"health", to_text(job.health)},
                    {"score", job.score.value ? Json(rounded(*job.score.value)) : Json(nullptr)},
                    {"cells", job.cells}});
  }
  return rows;
}

Json row_json(const ClusterEntry& entry) {
  const ClusterStatus& status = entry.status;
  const ReportSummary nothing;
  const ReportSummary& summary = entry.summary ? *entry.summary : nothing;
  return {{"name", status.name},
          {"state", state_of(status)},
          {"health", to_text(summary.health)},
          {"score", score_json(summary.score)},
          {"flink_version", text_or_null(summary.flink_version)},
          {"task_managers", or_null(summary.task_managers)},
          {"last_success", time_json(status.last_success)},
          {"failing_since", time_json(status.failing_since)},
          {"error", text_or_null(status.error)},
          {"unknown", summary.unknown},
          {"cells", summary.cells},
          {"jobs_concerned", summary.jobs_concerned},
          {"jobs", jobs_json(summary)}};
}

/// What costs the fleet's score most: the mean over the clusters that have one.
Json losses_json(const std::vector<ClusterEntry>& entries) {
  std::map<std::string, double> sums;
  std::size_t scored = 0;
  for (const ClusterEntry& entry : entries) {
    if (!entry.summary || !entry.summary->score.value) {
      continue;
    }
    ++scored;
    for (const auto& [check, points] : entry.summary->losses) {
      sums[check] += points;
    }
  }
  std::vector<std::pair<std::string, double>> losses(sums.begin(), sums.end());
  std::ranges::stable_sort(losses, std::ranges::greater(), &std::pair<std::string, double>::second);
  Json rows = Json::array();
  for (const auto& [check, sum] : losses) {
    if (rows.size() == most_losses) {
      break;
    }
    rows.push_back({{"check", check}, {"points", rounded(sum / static_cast<double>(scored))}});
  }
  return rows;
}

}  // namespace

Answer get_fleet(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const std::vector<ClusterEntry> entries = context.board.clusters();
  Json rows = Json::array();
  for (const ClusterEntry& entry : entries) {
    rows.push_back(row_json(entry));
  }
  return json_response({{"score", score_json(fleet_score(entries))},
                        {"losses", losses_json(entries)},
                        {"practices", practices_json()},
                        {"clusters", std::move(rows)}});
}

Answer get_fleet_scores(const Context& context) {
  Parameters parameters(context.request);
  storage::TimelineQuery query;
  query.since = parameters.time("since");
  query.until = parameters.time("until");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto scores = context.readers.read(
      [&query](storage::Reader& reader) { return reader.fleet_scores(query); });
  if (!scores) {
    return tl::unexpected(scores.error());
  }
  Json hours = Json::array();
  for (const storage::FleetScore& score : *scores) {
    // A sum of many moves is off by less than what is shown of it.
    const Json value = score.value ? Json(rounded(std::clamp(*score.value, 0.0, 100.0))) : Json();
    hours.push_back(
        {{"hour", time_json(score.hour)}, {"value", value}, {"clusters", score.clusters}});
  }
  return json_response({{"hours", std::move(hours)}});
}

}  // namespace auditor::web
