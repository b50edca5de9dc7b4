#include "storage/retention.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "storage/rollup.h"
#include "storage/rows.h"

namespace auditor::storage {

namespace {

using base::Result;
using base::Timestamp;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

// So small that a step takes a few milliseconds.
constexpr std::int64_t rows_a_step = 150;
constexpr int jobs_a_step = 20;
constexpr std::int64_t pages_a_step = 100;
/// Free pages that stay for the next rows: as many, or a sixteenth of all. To move pages about that
/// the next hour fills again would cost more than all the rest.
constexpr std::int64_t least_spare_pages = 256;
/// What is so young stays, whatever the size.
constexpr milliseconds youngest = hours(1);

/// What goes for its age, looked at in the order of an index by `time`. What an `unless` finds
/// stays: the latest score of each subject, the latest transition of each finding.
struct Rule {
  std::string_view table;
  std::string_view time;
  std::string_view only;
  std::string_view unless;
  std::chrono::milliseconds age = std::chrono::milliseconds::max();  ///< where that is less
};

constexpr std::array<Rule, 8> rules{{
    {"verdicts", "closed_at", "closed_at IS NOT NULL", ""},
    {"transitions", "at", "",
     "id = (SELECT max(id) FROM transitions l WHERE l.finding = transitions.finding)"},
    {"findings", "resolved_at", "state = 2", ""},
    {"events", "at", "", ""},
    {"scores", "at", "",
     "id = (SELECT id FROM scores l WHERE l.cluster = scores.cluster AND l.job IS scores.job "
     "ORDER BY at DESC, id DESC LIMIT 1)"},
    {"notifications", "delivered_at", "state = 1", "", std::chrono::days(7)},
    {"notifications", "created_at", "state = 2", ""},
    {"silences", "ends_at", "", ""},
}};

std::int64_t count_of(Timestamp time) {
  return time.time_since_epoch().count();
}

/// Executes a DELETE; how many rows it took.
Result<std::int64_t> removed(sqlite::Database& database, const std::string& sql) {
  if (const auto done = database.execute(sql); !done) {
    return tl::unexpected(done.error());
  }
  return database.changes();
}

/// Takes up to `most` rows of a table with ids.
Result<std::int64_t> remove_some(sqlite::Database& database, std::string_view table,
                                 std::string_view condition, std::int64_t most) {
  return removed(database,
                 fmt::format("DELETE FROM {0} WHERE id IN (SELECT id FROM {0} WHERE {1} LIMIT {2})",
                             table, condition, most));
}

/// Takes about `most` of the rows, from the oldest on, of a table by job and time.
Result<std::int64_t> remove_oldest(sqlite::Database& database, std::string_view table,
                                   std::string_view time, std::int64_t job, std::int64_t before,
                                   std::int64_t most) {
  return removed(
      database,
      fmt::format("DELETE FROM {0} WHERE job = {2} AND {1} < min({3}, ifnull((SELECT {1} FROM {0} "
                  "WHERE job = {2} ORDER BY {1} LIMIT 1 OFFSET {4}), {3}))",
                  table, time, job, before, most));
}

constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

/// Takes up to `most` rows of a job, or of a cluster's own where `job` is empty. Less than `most`:
/// it has none left.
Result<std::int64_t> remove_children(sqlite::Database& database, std::int64_t cluster,
                                     std::optional<std::int64_t> job, std::int64_t most) {
  const std::string subject = job ? fmt::format("cluster = {} AND job = {}", cluster, *job)
                                  : fmt::format("cluster = {} AND job IS NULL", cluster);
  std::int64_t taken = 0;
  const auto take = [&](const Result<std::int64_t>& some) -> bool {
    taken += some ? *some : 0;
    return some && taken < most;
  };
  auto some =
      remove_some(database, "transitions",
                  fmt::format("finding IN (SELECT id FROM findings WHERE {})", subject), most);
  for (const std::string_view table : {"findings", "verdicts", "events", "scores"}) {
    if (!take(some)) {
      return some ? Result<std::int64_t>(taken) : some;
    }
    some = remove_some(database, table, subject, most - taken);
  }
  if (job && take(some)) {
    some = remove_some(database, "deployments", fmt::format("job = {}", *job), most - taken);
  }
  if (job && take(some)) {
    some = remove_oldest(database, "checkpoints", "triggered_at", *job, for_ever, most - taken);
  }
  if (job && take(some)) {
    some = remove_oldest(database, "checkpoint_hours", "hour", *job, for_ever, most - taken);
  }
  if (job && take(some)) {
    some = remove_oldest(database, "state_days", "day", *job, for_ever, most - taken);
  }
  take(some);
  return some ? Result<std::int64_t>(taken) : some;
}

/// The first row of up to two numbers; zeros where there is none.
Result<std::array<std::int64_t, 2>> numbers(sqlite::Database& database, const std::string& sql) {
  auto statement = database.prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  std::array<std::int64_t, 2> found{};
  if (*row) {
    found = {statement->integer(), statement->integer()};
  }
  return found;
}

Result<bool> too_large(sqlite::Database& database, const Retention& retention) {
  const auto bytes = database.integer(
      "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, "
      "pragma_freelist_count f, pragma_page_size s");
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  return *bytes > retention.size.count;
}

/// Gives free pages back to the file system. True: there are more.
Result<bool> give_back(sqlite::Database& database) {
  const auto free = database.integer("PRAGMA freelist_count");
  const auto all = database.integer("PRAGMA page_count");
  if (!free || !all) {
    return tl::unexpected(free ? all.error() : free.error());
  }
  const std::int64_t spare_pages = std::max(least_spare_pages, *all / 16);
  if (*free <= spare_pages) {
    return false;
  }
  if (const auto done = database.execute(fmt::format("PRAGMA incremental_vacuum({})",
                                                     std::min(pages_a_step, *free - spare_pages)));
      !done) {
    return tl::unexpected(done.error());
  }
  const auto left = database.integer("PRAGMA freelist_count");
  if (!left) {
    return tl::unexpected(left.error());
  }
  return *left < *free && *left > spare_pages;
}

}  // namespace

Result<void> Janitor::remove_rows(sqlite::Database& database, Pass& pass) {
  std::int64_t looked_at = 0;
  while (pass.rule < rules.size()) {
    const Rule& rule = rules[pass.rule];
    // A window of the index, so that rows that stay are looked at once a pass.
    const Timestamp before = rule.age > pass.now.time_since_epoch()
                                 ? pass.before
                                 : std::max(pass.before, pass.now - rule.age);
    const std::string window = fmt::format("{}{}{} < {} AND ({}, id) > ({}, {})", rule.only,
                                           rule.only.empty() ? "" : " AND ", rule.time,
                                           count_of(before), rule.time, pass.time, pass.id);
    const auto end =
        numbers(database,
                fmt::format("SELECT {0}, id FROM {1} WHERE {2} ORDER BY {0}, id LIMIT 1 OFFSET {3}",
                            rule.time, rule.table, window, rows_a_step - looked_at - 1));
    if (!end) {
      return tl::unexpected(end.error());
    }
    const auto [time, id] = *end;
    const bool last = id == 0;
    const auto taken = removed(
        database,
        fmt::format("DELETE FROM {} WHERE {}{}{}", rule.table, window,
                    last ? "" : fmt::format(" AND ({}, id) <= ({}, {})", rule.time, time, id),
                    rule.unless.empty() ? "" : fmt::format(" AND NOT ({})", rule.unless)));
    if (!taken) {
      return tl::unexpected(taken.error());
    }
    if (!last) {
      pass.time = time;
      pass.id = id;
      return {};
    }
    looked_at = std::min(looked_at + *taken, rows_a_step - 1);
    ++pass.rule;
    pass.time = std::numeric_limits<std::int64_t>::min();
    pass.id = 0;
  }
  pass.stage = Stage::jobs;
  return {};
}

Result<void> Janitor::remove_jobs(sqlite::Database& database, Pass& pass, bool& removed_jobs) {
  const auto job = numbers(
      database, fmt::format("SELECT id, cluster FROM jobs WHERE ended_at < {} AND NOT EXISTS "
                            "(SELECT 1 FROM findings WHERE job = jobs.id AND rank < {}) "
                            "ORDER BY ended_at LIMIT 1",
                            count_of(pass.before), rows::first_resolved_rank));
  if (!job) {
    return tl::unexpected(job.error());
  }
  if ((*job)[0] == 0) {
    pass.stage = Stage::clusters;
    return {};
  }
  const auto taken = remove_children(database, (*job)[1], (*job)[0], rows_a_step);
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  if (*taken < rows_a_step) {
    removed_jobs = true;
    return database.execute(fmt::format("DELETE FROM jobs WHERE id = {}", (*job)[0]));
  }
  return {};
}

Result<void> Janitor::remove_clusters(sqlite::Database& database, Pass& pass, bool& removed_jobs) {
  const auto cluster = database.integer(
      fmt::format("SELECT id FROM clusters WHERE removed_at < {} LIMIT 1", count_of(pass.before)));
  if (!cluster) {
    return tl::unexpected(cluster.error());
  }
  if (*cluster == 0) {
    pass.stage = Stage::checkpoints;
    return {};
  }
  const auto job =
      database.integer(fmt::format("SELECT id FROM jobs WHERE cluster = {} LIMIT 1", *cluster));
  if (!job) {
    return tl::unexpected(job.error());
  }
  const auto taken = remove_children(database, *cluster,
                                     *job == 0 ? std::nullopt : std::optional(*job), rows_a_step);
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  if (*taken < rows_a_step) {
    removed_jobs = true;
    return database.execute(*job == 0 ? fmt::format("DELETE FROM clusters WHERE id = {}", *cluster)
                                      : fmt::format("DELETE FROM jobs WHERE id = {}", *job));
  }
  return {};
}

Result<void> Janitor::visit_jobs(sqlite::Database& database, Pass& pass) {
  const std::int64_t before = count_of(pass.before);
  std::int64_t taken = 0;
  for (int i = 0; i < jobs_a_step && taken < rows_a_step; ++i) {
    const auto job = database.integer(
        fmt::format("SELECT id FROM jobs WHERE id > {} ORDER BY id LIMIT 1", pass.job));
    if (!job) {
      return tl::unexpected(job.error());
    }
    if (*job == 0) {
      pass.stage = Stage::idle;
      return {};
    }
    const std::int64_t taken_before = taken;
    const auto hour_before = count_of(std::chrono::floor<hours>(pass.before));
    const std::int64_t day_before =
        std::chrono::floor<std::chrono::days>(pass.before).time_since_epoch().count();
    // Raw checkpoints that are too old go before they would become hours.
    for (const auto& some :
         {removed(database,
                  fmt::format("DELETE FROM deployments WHERE job = {0} AND seen_at < {1} AND id <> "
                              "(SELECT max(id) FROM deployments WHERE job = {0})",
                              *job, before)),
          remove_oldest(database, "state_days", "day", *job, day_before, rows_a_step),
          remove_oldest(database, "checkpoint_hours", "hour", *job, hour_before, rows_a_step),
          remove_oldest(database, "checkpoints", "triggered_at", *job, hour_before, rows_a_step),
          roll_up(database, *job, count_of(pass.raw_before), rows_a_step)}) {
      if (!some) {
        return tl::unexpected(some.error());
      }
      taken += *some;
    }
    // Where there was something, there may be more.
    if (taken == taken_before) {
      pass.job = *job;
    }
  }
  return {};
}

Result<void> Janitor::work(sqlite::Database& database, Pass& pass, bool& removed_jobs) {
  switch (pass.stage) {
    case Stage::rows:
      return remove_rows(database, pass);
    case Stage::jobs:
      return remove_jobs(database, pass, removed_jobs);
    case Stage::clusters:
      return remove_clusters(database, pass, removed_jobs);
    case Stage::checkpoints:
      return visit_jobs(database, pass);
    case Stage::idle:
      break;
  }
  return {};
}

Result<void> Janitor::begin(sqlite::Database& database, Timestamp now, const Retention& retention) {
  const auto large = too_large(database, retention);
  if (!large) {
    return tl::unexpected(large.error());
  }
  const Timestamp too_old = now - retention.age;
  size_cut_ = std::min(size_cut_, std::max(now - youngest, Timestamp{}));
  if (*large) {
    // The oldest goes first: a fiftieth of what is kept, again and again, until it fits.
    const Timestamp cut = std::max(size_cut_, too_old);
    const auto more = std::max<milliseconds>((now - cut) / 50, minutes(10));
    size_cut_ = std::max(cut, std::min(cut + more, now - youngest));
  }
  const Timestamp before = std::max(size_cut_, too_old);
  const auto raw_before =
      std::chrono::floor<hours>(now - std::min(retention.raw_checkpoints, retention.age));
  const bool due = before >= pass_.before + hours(1) || before + hours(1) <= pass_.before ||
                   raw_before != pass_.raw_before ||
                   (*large && before >= pass_.before + minutes(10));
  if (due) {
    pass_ = {.stage = Stage::rows,
             .now = now,
             .before = before,
             .raw_before = raw_before,
             .time = std::numeric_limits<std::int64_t>::min()};
  }
  return {};
}

Result<Janitor::Step> Janitor::step(sqlite::Database& database, Timestamp now,
                                    const Retention& retention) {
  Step step;
  if (pass_.stage == Stage::idle) {
    if (const auto begun = begin(database, now, retention); !begun) {
      return tl::unexpected(begun.error());
    }
  }
  if (pass_.stage != Stage::idle) {
    auto transaction = sqlite::Transaction::begin(database);
    if (!transaction) {
      return tl::unexpected(transaction.error());
    }
    Pass pass = pass_;
    auto done = work(database, pass, step.removed_jobs);
    done = done ? transaction->commit() : done;
    if (!done) {
      return tl::unexpected(done.error());
    }
    pass_ = pass;
    // After a pass comes another look: the database may still be too large.
    step.more = true;
  }
  if (!step.more) {
    const auto freed = give_back(database);
    if (!freed) {
      return tl::unexpected(freed.error());
    }
    step.more = *freed;
  }
  return step;
}

}  // namespace auditor::storage
