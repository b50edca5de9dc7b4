#include "storage/rollup.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/flink.h"
#include "model/history.h"
#include "storage/remembered.h"

namespace auditor::storage {

namespace {

using base::Result;

constexpr std::int64_t hour_ms = std::chrono::milliseconds(std::chrono::hours(1)).count();

// Where the hour has a row already (a checkpoint came late), both are one; their median is about
// that of the larger.
constexpr std::string_view add_hour = R"(
INSERT INTO checkpoint_hours (job, hour, completed, failed, median_duration, longest_duration, longest_sync,
  longest_async, largest_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (job, hour) DO UPDATE SET
  median_duration = iif(excluded.completed > completed, ifnull(excluded.median_duration, median_duration),
                        ifnull(median_duration, excluded.median_duration)),
  completed = completed + excluded.completed,
  failed = failed + excluded.failed,
  longest_duration = ifnull(max(longest_duration, excluded.longest_duration),
                            ifnull(longest_duration, excluded.longest_duration)),
  longest_sync = ifnull(max(longest_sync, excluded.longest_sync), ifnull(longest_sync, excluded.longest_sync)),
  longest_async = ifnull(max(longest_async, excluded.longest_async), ifnull(longest_async, excluded.longest_async)),
  largest_state = ifnull(max(largest_state, excluded.largest_state), ifnull(largest_state, excluded.largest_state)))";

struct Hour {
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  std::vector<std::int64_t> durations;
  std::optional<std::int64_t> sync;
  std::optional<std::int64_t> async;
  std::optional<std::int64_t> state;
};

std::int64_t hour_of(std::int64_t time) {
  return time - time % hour_ms;
}

Result<std::map<std::int64_t, Hour>> read_hours(sqlite::Database& database, std::int64_t job,
                                                std::int64_t end) {
  auto statement = database.prepare(
      "SELECT triggered_at, status, duration, sync, async, state_size FROM checkpoints "
      "WHERE job = ? AND triggered_at < ?");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  statement->bind(job).bind(end);
  std::map<std::int64_t, Hour> all;
  while (true) {
    const auto row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return all;
    }
    Hour& hour = all[hour_of(statement->integer())];
    const auto status = static_cast<model::CheckpointStatus>(statement->integer());
    hour.completed += status == model::CheckpointStatus::completed ? 1 : 0;
    hour.failed += status == model::CheckpointStatus::failed ? 1 : 0;
    const auto duration = statement->optional<std::int64_t>();
    if (status == model::CheckpointStatus::completed && duration) {
      hour.durations.push_back(*duration);
    }
    hour.sync = std::max(hour.sync, statement->optional<std::int64_t>());
    hour.async = std::max(hour.async, statement->optional<std::int64_t>());
    hour.state = std::max(hour.state, statement->optional<std::int64_t>());
  }
}

Result<void> write_hour(sqlite::Statement& statement, std::int64_t job, std::int64_t at,
                        Hour hour) {
  std::ranges::sort(hour.durations);
  std::optional<std::int64_t> median;
  std::optional<std::int64_t> longest;
  if (!hour.durations.empty()) {
    median = hour.durations[(hour.durations.size() - 1) / 2];
    longest = hour.durations.back();
  }
  return statement.bind(job)
      .bind(at)
      .bind(hour.completed)
      .bind(hour.failed)
      .bind(median)
      .bind(longest)
      .bind(hour.sync)
      .bind(hour.async)
      .bind(hour.state)
      .run();
}

/// Up to which time, a whole hour, the job's checkpoints may go. 0: none may.
Result<std::int64_t> end_of(sqlite::Database& database, std::int64_t job, std::int64_t before,
                            std::int64_t rows) {
  const auto nth = [&](std::string_view order, std::int64_t skipped, std::int64_t otherwise) {
    return database.integer(
        fmt::format("SELECT ifnull((SELECT triggered_at FROM checkpoints WHERE job = {} ORDER BY "
                    "triggered_at {} LIMIT 1 OFFSET {}), {})",
                    job, order, skipped, otherwise));
  };
  const auto oldest = nth("ASC", 0, before);
  if (!oldest || *oldest >= before) {
    return oldest ? Result<std::int64_t>(0) : oldest;
  }
  auto remembered = database.integer(
      fmt::format("SELECT ended_at IS NULL OR ended_at > {} FROM jobs WHERE id = {}",
                  before - model::ended_jobs_kept.count(), job));
  if (!remembered) {
    return remembered;
  }
  const auto kept = *remembered != 0 ? nth("DESC", checkpoints_remembered - 1, 0) : before;
  // Whole hours go: the first is taken whatever its size.
  const auto enough = nth("ASC", rows, before);
  if (!kept || !enough) {
    return kept ? enough : kept;
  }
  return std::min({before, hour_of(*kept), std::max(hour_of(*enough), hour_of(*oldest) + hour_ms)});
}

}  // namespace

Result<std::int64_t> roll_up(sqlite::Database& database, std::int64_t job, std::int64_t before,
                             std::int64_t rows) {
  auto end = end_of(database, job, before, rows);
  if (!end || *end == 0) {
    return end;
  }
  auto all = read_hours(database, job, *end);
  if (!all) {
    return tl::unexpected(all.error());
  }
  auto statement = database.prepare(add_hour);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  for (auto& [at, hour] : *all) {
    if (hour.completed + hour.failed == 0) {
      continue;  // only such as never ended
    }
    if (const auto done = write_hour(*statement, job, at, std::move(hour)); !done) {
      return tl::unexpected(done.error());
    }
  }
  if (const auto removed = database.execute(
          fmt::format("DELETE FROM checkpoints WHERE job = {} AND triggered_at < {}", job, *end));
      !removed) {
    return tl::unexpected(removed.error());
  }
  return database.changes();
}

}  // namespace auditor::storage
