#include "storage/fleet_reader.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "model/history.h"
#include "storage/each_row.h"

namespace auditor::storage::fleet {

namespace {

using base::Result;
using base::Timestamp;
using sqlite::Statement;

/// Each row of `sql`, whose parameters are the query's begin and end.
template <class Take>
Result<void> each(sqlite::Database& database, const std::string& sql, const TimelineQuery& query,
                  Take take) {
  const auto or_else = [](const std::optional<Timestamp>& time, std::int64_t otherwise) {
    return time ? std::int64_t{time->time_since_epoch().count()} : otherwise;
  };
  const auto bind = [&](Statement& statement) {
    statement.bind(or_else(query.since, 0))
        .bind(or_else(query.until, std::numeric_limits<std::int64_t>::max()));
  };
  return each_row(database, sql, bind, std::move(take));
}

// A cluster's score is stored where it moves, and holds until then. So what the moves of an hour
// add to the sum over all clusters, and up to an hour these together, is the sum at its end. The
// last move before the first hour counts as one of that hour.
constexpr std::string_view select_scores = R"(
WITH moves AS (
  SELECT max(s.at, ?1) / 3600000 * 3600000 AS hour, s.value,
    lag(s.value) OVER (PARTITION BY s.cluster ORDER BY s.at, s.id) AS before
  FROM clusters c JOIN scores s ON s.cluster = c.id AND s.job IS NULL
  WHERE c.removed_at IS NULL AND s.at < ?2 AND s.at >= ifnull(
    (SELECT max(l.at) FROM scores l WHERE l.cluster = c.id AND l.job IS NULL AND l.at <= ?1), ?1))
SELECT hour,
  sum(sum(ifnull(value, 0) - ifnull(before, 0))) OVER (ORDER BY hour),
  sum(sum((value IS NOT NULL) - (before IS NOT NULL))) OVER (ORDER BY hour)
FROM moves GROUP BY hour ORDER BY hour)";

}  // namespace

Result<std::vector<FleetScore>> scores(sqlite::Database& database, const TimelineQuery& query) {
  std::vector<FleetScore> list;
  const auto read = each(database, std::string(select_scores), query, [&list](Statement& row) {
    FleetScore& score = list.emplace_back();
    score.hour = row.time();
    const double sum = row.real();
    score.clusters = row.integer();
    if (score.clusters > 0) {
      score.value = sum / static_cast<double>(score.clusters);
    }
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return list;
}

Result<std::vector<ChangedCluster>> changed(sqlite::Database& database,
                                            const TimelineQuery& query) {
  using model::EventKind;
  const std::string sql = fmt::format(
      "SELECT c.name, changed.job IS NULL, j.name FROM ("
      "SELECT f.cluster, f.job FROM transitions t JOIN findings f ON f.id = t.finding "
      "WHERE t.at >= ?1 AND t.at < ?2 AND t.to_state <> {} AND t.waived = 0 UNION "
      "SELECT e.cluster, e.job FROM events e "
      "WHERE e.at >= ?1 AND e.at < ?2 AND e.kind NOT IN ({}, {}, {}, {})) changed "
      "JOIN clusters c ON c.id = changed.cluster LEFT JOIN jobs j ON j.id = changed.job "
      "WHERE c.removed_at IS NULL ORDER BY c.name, j.name",
      static_cast<int>(model::FindingState::pending), static_cast<int>(EventKind::job_appeared),
      static_cast<int>(EventKind::job_state_changed), static_cast<int>(EventKind::cluster_added),
      static_cast<int>(EventKind::cluster_removed));
  std::vector<ChangedCluster> list;
  const auto read = each(database, sql, query, [&list](Statement& row) {
    std::string cluster = row.text();
    if (list.empty() || list.back().cluster != cluster) {
      list.push_back({.cluster = std::move(cluster), .itself = false, .jobs = {}});
    }
    if (row.integer() != 0) {
      list.back().itself = true;
      return;
    }
    std::string job = row.text();
    if (list.back().jobs.empty() || list.back().jobs.back() != job) {
      list.back().jobs.push_back(std::move(job));
    }
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return list;
}

}  // namespace auditor::storage::fleet
