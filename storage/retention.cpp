#include "storage/retention.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace auditor::storage {

namespace {

using base::Result;
using base::Timestamp;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr int rows_a_step = 500;
constexpr int jobs_a_step = 8;
constexpr int hours_a_step = 6;

/// What is too old. `{}` is the time; an open finding, an open interval, and the latest deployment
/// and score of what still lives stay, however old.
struct Rule {
  std::string_view table;
  std::string_view key;
  std::string_view condition;
};

constexpr std::array<Rule, 8> rules{{
    {"verdicts", "id", "closed_at < {}"},
    {"findings", "id", "state = 2 AND resolved_at < {}"},
    {"events", "id", "at < {}"},
    {"scores", "id", "at < {} AND id NOT IN (SELECT max(id) FROM scores GROUP BY cluster, job)"},
    {"deployments", "id",
     "seen_at < {} AND id NOT IN (SELECT max(id) FROM deployments GROUP BY job)"},
    {"checkpoint_hours", "(job, hour)", "hour < {}"},
    {"jobs", "id", "ended_at < {}"},
    {"clusters", "id", "removed_at < {}"},
}};

struct Hour {
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  std::vector<std::int64_t> durations;
  std::optional<std::int64_t> sync;
  std::optional<std::int64_t> async;
  std::optional<std::int64_t> state;
};

constexpr std::int64_t hour_ms = milliseconds(hours(1)).count();

Result<std::map<std::int64_t, Hour>> read_hours(sqlite::Database& database, std::int64_t job,
                                                std::int64_t begin, std::int64_t end) {
  auto statement = database.prepare(
      "SELECT triggered_at, status, duration, sync, async, state_size FROM checkpoints "
      "WHERE job = ? AND triggered_at >= ? AND triggered_at < ?");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  statement->bind(job).bind(begin).bind(end);
  std::map<std::int64_t, Hour> all;
  while (true) {
    const auto row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return all;
    }
    const std::int64_t at = statement->integer();
    Hour& hour = all[at - at % hour_ms];
    const bool completed = static_cast<model::CheckpointStatus>(statement->integer()) ==
                           model::CheckpointStatus::completed;
    ++(completed ? hour.completed : hour.failed);
    const auto duration = statement->optional<std::int64_t>();
    if (completed && duration) {
      hour.durations.push_back(*duration);
    }
    hour.sync = std::max(hour.sync, statement->optional<std::int64_t>());
    hour.async = std::max(hour.async, statement->optional<std::int64_t>());
    hour.state = std::max(hour.state, statement->optional<std::int64_t>());
  }
}

Result<void> write_hour(sqlite::Database& database, std::int64_t job, std::int64_t at, Hour hour) {
  auto statement = database.prepare(
      "INSERT OR REPLACE INTO checkpoint_hours (job, hour, completed, failed, median_duration, "
      "longest_duration, longest_sync, longest_async, largest_state) VALUES (?, ?, ?, ?, ?, ?, ?, "
      "?, ?)");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  std::ranges::sort(hour.durations);
  std::optional<std::int64_t> median;
  std::optional<std::int64_t> longest;
  if (!hour.durations.empty()) {
    median = hour.durations[(hour.durations.size() - 1) / 2];
    longest = hour.durations.back();
  }
  return statement->bind(job)
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

/// The oldest hours of one job; true where there may be more.
Result<bool> roll_up_job(sqlite::Database& database, std::int64_t job, std::int64_t before) {
  const auto oldest = database.integer(fmt::format(
      "SELECT ifnull(min(triggered_at), {0}) FROM checkpoints WHERE job = {1}", before, job));
  if (!oldest) {
    return tl::unexpected(oldest.error());
  }
  if (*oldest >= before) {
    return false;
  }
  const std::int64_t begin = *oldest - *oldest % hour_ms;
  const std::int64_t end = std::min(before, begin + hours_a_step * hour_ms);
  auto transaction = sqlite::Transaction::begin(database);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  auto all = read_hours(database, job, begin, end);
  if (!all) {
    return tl::unexpected(all.error());
  }
  for (auto& [at, hour] : *all) {
    if (const auto done = write_hour(database, job, at, std::move(hour)); !done) {
      return tl::unexpected(done.error());
    }
  }
  const auto removed = database.execute(fmt::format(
      "DELETE FROM checkpoints WHERE job = {} AND triggered_at >= {} AND triggered_at < {}", job,
      begin, end));
  if (!removed) {
    return tl::unexpected(removed.error());
  }
  if (const auto done = transaction->commit(); !done) {
    return tl::unexpected(done.error());
  }
  return true;
}

std::int64_t count_of(Timestamp time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<bool> Janitor::remove_older(sqlite::Database& database, Timestamp before,
                                   bool& removed_jobs) {
  bool more = false;
  for (const Rule& rule : rules) {
    const auto removed = database.execute(
        fmt::format("DELETE FROM {0} WHERE {1} IN (SELECT {2} FROM {0} WHERE {3} LIMIT {4})",
                    rule.table, rule.key, rule.key == "id" ? "id" : "job, hour",
                    fmt::format(fmt::runtime(rule.condition), count_of(before)), rows_a_step));
    if (!removed) {
      return tl::unexpected(removed.error());
    }
    const std::int64_t rows = database.changes();
    more = more || rows == rows_a_step;
    removed_jobs = removed_jobs || (rows > 0 && (rule.table == "jobs" || rule.table == "clusters"));
  }
  return more;
}

Result<bool> Janitor::roll_up(sqlite::Database& database, Timestamp before) {
  if (before <= rolled_up_before_) {
    return false;
  }
  for (int i = 0; i < jobs_a_step; ++i) {
    const auto job = database.integer(
        fmt::format("SELECT id FROM jobs WHERE id >= {} ORDER BY id LIMIT 1", next_job_));
    if (!job) {
      return tl::unexpected(job.error());
    }
    if (*job == 0) {
      next_job_ = 0;
      rolled_up_before_ = before;
      return false;
    }
    const auto more = roll_up_job(database, *job, count_of(before));
    if (!more) {
      return more;
    }
    next_job_ = *more ? *job : *job + 1;
  }
  return true;
}

Result<bool> Janitor::shrink(sqlite::Database& database, Timestamp now, const Retention& retention,
                             bool& removed_jobs) {
  const auto page = database.integer("PRAGMA page_size");
  const auto used = database.integer(
      "SELECT p.page_count - f.freelist_count FROM pragma_page_count p, pragma_freelist_count f");
  if (!page || !used) {
    return tl::unexpected(page ? used.error() : page.error());
  }
  if (*used * *page <= retention.size.count) {
    return false;
  }
  // The oldest goes first: a fiftieth of what is kept, again and again, until it fits. The last
  // hour stays, whatever its size.
  size_cut_ = std::max(size_cut_, now - retention.age);
  const auto removed = remove_older(database, size_cut_, removed_jobs);
  if (!removed || *removed) {
    return removed;
  }
  const auto hour = std::chrono::floor<hours>(size_cut_);
  const auto rolled = database.execute(
      fmt::format("DELETE FROM checkpoints WHERE triggered_at < {}", count_of(hour)));
  if (!rolled) {
    return tl::unexpected(rolled.error());
  }
  const auto step = std::max<milliseconds>((now - size_cut_) / 50, std::chrono::minutes(10));
  if (size_cut_ + step >= now - hours(1)) {
    return false;
  }
  size_cut_ += step;
  return true;
}

Result<Janitor::Step> Janitor::step(sqlite::Database& database, Timestamp now,
                                    const Retention& retention) {
  Step step;
  const auto aged = remove_older(database, now - retention.age, step.removed_jobs);
  if (!aged) {
    return tl::unexpected(aged.error());
  }
  const auto rolled = roll_up(database, std::chrono::floor<hours>(now - retention.raw_checkpoints));
  if (!rolled) {
    return tl::unexpected(rolled.error());
  }
  step.more = *aged || *rolled;
  if (!step.more) {
    const auto shrunk = shrink(database, now, retention, step.removed_jobs);
    if (!shrunk) {
      return tl::unexpected(shrunk.error());
    }
    step.more = *shrunk;
  }
  if (const auto done = database.execute("PRAGMA incremental_vacuum(500)"); !done) {
    return tl::unexpected(done.error());
  }
  return step;
}

}  // namespace auditor::storage
