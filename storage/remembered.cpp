#include "storage/remembered.h"

#include <utility>

#include <fmt/format.h>

#include "storage/each_row.h"
#include "storage/outbox.h"
#include "storage/rows.h"

namespace auditor::storage {

namespace {

using base::Result;
using base::Timestamp;
using sqlite::Statement;

std::int64_t count_of(Timestamp time) {
  return time.time_since_epoch().count();
}

Result<void> read_clusters(sqlite::Database& database, Remembered& all) {
  return each_row(
      database,
      "SELECT c.name, c.url, c.reachable, c.last_seen, c.watched_since, r.taken_at, r.body "
      "FROM clusters c "
      "LEFT JOIN reports r ON r.cluster = c.id WHERE c.removed_at IS NULL",
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        cluster.url = row.text();
        cluster.reachable = row.integer() != 0;
        cluster.last_seen = row.time();
        cluster.watched_since = row.optional<Timestamp>();
        cluster.report_at = row.optional<Timestamp>().value_or(Timestamp{});
        cluster.report_gz = row.blob();
      });
}

Result<void> read_jobs(sqlite::Database& database, Remembered& all, Timestamp now) {
  const std::int64_t since = count_of(now - model::ended_jobs_kept);
  const std::string live = fmt::format(
      "FROM jobs j JOIN clusters c ON c.id = j.cluster AND c.removed_at IS NULL {{}} "
      "WHERE (j.ended_at IS NULL OR j.ended_at > {})",
      since);
  const auto query = [&live](std::string_view columns, std::string_view join) {
    return fmt::format("SELECT {} {}", columns, fmt::format(fmt::runtime(live), join));
  };
  if (auto done = each_row(database, query(rows::job_columns, ""),
                           [&all](Statement& row) {
                             model::JobRecord job = rows::job(row);
                             all.clusters[job.cluster].jobs.push_back(std::move(job));
                           });
      !done) {
    return done;
  }
  std::string latest = query(fmt::format("c.name, {}", rows::deployment_columns),
                             "JOIN deployments d ON d.job = j.id");
  latest +=
      " AND d.id IN (SELECT id FROM deployments WHERE job = j.id ORDER BY seen_at DESC LIMIT 2) "
      "ORDER BY c.id, j.id, d.seen_at";
  return each_row(database, latest, [&all](Statement& row) {
    Remembered::Cluster& cluster = all.clusters[row.text()];
    cluster.deployments.push_back(rows::deployment(row));
  });
}

Result<void> read_findings(sqlite::Database& database, Remembered& all, Timestamp now) {
  const std::int64_t since = count_of(now - std::chrono::hours(1));
  if (auto done =
          each_row(database,
                   fmt::format("SELECT {} FROM findings f JOIN clusters c ON c.id = f.cluster AND "
                               "c.removed_at IS NULL LEFT JOIN jobs j ON j.id = f.job "
                               "WHERE f.rank < {} OR (f.state = 2 AND f.resolved_at > {})",
                               rows::finding_columns, rows::first_resolved_rank, since),
                   [&all](Statement& row) {
                     // One that cannot be read is found anew by the next look.
                     if (auto finding = rows::finding(row)) {
                       all.clusters[finding->cluster].findings.push_back(std::move(*finding));
                     }
                   });
      !done) {
    return done;
  }
  return each_row(
      database,
      fmt::format("SELECT c.name, {} FROM verdicts v JOIN clusters c ON c.id = v.cluster AND "
                  "c.removed_at IS NULL LEFT JOIN jobs j ON j.id = v.job "
                  "WHERE v.closed_at IS NULL",
                  rows::verdict_columns),
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        cluster.verdicts.push_back(rows::verdict(row));
      });
}

Result<void> read_scores(sqlite::Database& database, Remembered& all, Timestamp now) {
  // The index has each subject's scores in order: its last is one step away.
  const auto read = [&](std::string_view subjects, std::string_view job) {
    return each_row(
        database,
        fmt::format("SELECT c.name, {0} FROM {1} JOIN scores s ON s.id = (SELECT id FROM "
                    "scores WHERE cluster = c.id AND job {2} ORDER BY at DESC, id DESC "
                    "LIMIT 1) WHERE c.removed_at IS NULL",
                    rows::score_columns, subjects, job),
        [&all](Statement& row) {
          Remembered::Cluster& cluster = all.clusters[row.text()];
          cluster.scores.push_back(rows::score(row));
        });
  };
  // No job has the number 0: its columns are NULL.
  if (auto done = read("clusters c LEFT JOIN jobs j ON j.id = 0", "IS NULL"); !done) {
    return done;
  }
  return read(fmt::format("clusters c JOIN jobs j ON j.cluster = c.id AND (j.ended_at IS NULL OR "
                          "j.ended_at > {})",
                          count_of(now - model::ended_jobs_kept)),
              "= j.id");
}

Result<void> read_checkpoints(sqlite::Database& database, Remembered& all, Timestamp now) {
  return each_row(
      database,
      // CROSS JOIN: job by job, or each checkpoint would look for the twentieth anew.
      fmt::format("SELECT c.name, {} FROM clusters c CROSS JOIN jobs j ON j.cluster = c.id "
                  "CROSS JOIN checkpoints p ON p.job = j.id AND p.triggered_at >= "
                  "ifnull((SELECT triggered_at FROM checkpoints WHERE job = j.id "
                  "ORDER BY triggered_at DESC, checkpoint_id DESC LIMIT 1 OFFSET {}), 0) "
                  "WHERE c.removed_at IS NULL AND (j.ended_at IS NULL OR j.ended_at > {}) "
                  "ORDER BY c.id, j.id, p.triggered_at, p.checkpoint_id",
                  rows::checkpoint_columns, checkpoints_remembered - 1,
                  count_of(now - model::ended_jobs_kept)),
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        cluster.checkpoints.push_back(rows::checkpoint(row));
      });
}

Result<void> read_failovers(sqlite::Database& database, Remembered& all, Timestamp now) {
  return each_row(
      database,
      fmt::format("SELECT c.name, {} FROM events e JOIN clusters c ON c.id = e.cluster AND "
                  "c.removed_at IS NULL JOIN jobs j ON j.id = e.job "
                  "WHERE e.at > {} AND e.kind = {} ORDER BY e.at",
                  rows::event_columns, count_of(now - std::chrono::days(1)),
                  static_cast<int>(model::EventKind::jobmanager_failed_over)),
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        cluster.failovers.push_back(rows::event(row));
      });
}

Result<void> read_state_days(sqlite::Database& database, Remembered& all, Timestamp now) {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  return each_row(
      database,
      fmt::format(
          "SELECT c.name, j.public_id, s.day, s.largest, s.longest_duration FROM clusters c "
          "JOIN jobs j ON j.cluster = c.id JOIN state_days s ON s.job = j.id "
          "WHERE c.removed_at IS NULL AND s.day > {} AND "
          "(j.ended_at IS NULL OR j.ended_at > {}) ORDER BY c.id, j.id, s.day",
          today.time_since_epoch().count() - 30, count_of(now - model::ended_jobs_kept)),
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        model::StateDay& day = cluster.state_days.emplace_back();
        day.job = sqlite::to_hex(row.blob());
        day.day = std::chrono::sys_days(std::chrono::days(row.integer()));
        day.largest = base::Bytes{row.integer()};
        day.longest_duration = row.optional<std::chrono::milliseconds>();
      });
}

Result<void> read_job_hours(sqlite::Database& database, Remembered& all, Timestamp now) {
  return each_row(
      database,
      fmt::format("SELECT c.name, j.public_id, {} FROM clusters c "
                  "JOIN jobs j ON j.cluster = c.id JOIN job_hours h ON h.job = j.id "
                  "WHERE c.removed_at IS NULL AND (j.ended_at IS NULL OR j.ended_at > {})",
                  rows::job_hours_columns, count_of(now - model::ended_jobs_kept)),
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        std::string job = sqlite::to_hex(row.blob());
        cluster.job_hours.push_back({std::move(job), rows::job_hours(row)});
      });
}

Result<void> read_waivers(sqlite::Database& database, Remembered& all) {
  return each_row(
      database,
      "SELECT id, check_glob, cluster_glob, job_glob, reason, owner, until, created_at FROM "
      "waivers ORDER BY created_at, id",
      [&all](Statement& row) {
        model::Waiver& waiver = all.waivers.emplace_back();
        waiver.source = model::Waiver::Source::api;
        waiver.id = row.text();
        waiver.check = row.text();
        waiver.cluster = row.text();
        waiver.job = row.text();
        waiver.reason = row.text();
        waiver.owner = row.text();
        waiver.until = row.optional<Timestamp>();
        waiver.created_at = row.optional<Timestamp>();
      });
}

/// Ended ones are shown for so long.
constexpr std::chrono::milliseconds ended_silences_kept = std::chrono::days(5);

template <class T>
Result<void> take(Result<T> read, T& into) {
  if (!read) {
    return tl::unexpected(read.error());
  }
  into = std::move(*read);
  return {};
}

Result<void> read_alerting(sqlite::Database& database, Remembered& all, Timestamp now) {
  auto done = take(outbox::alerts(database), all.alerts);
  done = done ? take(outbox::groups(database), all.groups) : done;
  done = done ? take(outbox::waiting(database), all.waiting) : done;
  done = done ? take(outbox::silences(database, now - ended_silences_kept), all.silences) : done;
  return done ? take(outbox::known_checks(database), all.known_checks) : done;
}

}  // namespace

Result<Remembered> read_remembered(sqlite::Database& database, Timestamp now) {
  Remembered all;
  for (const auto& read : {read_clusters(database, all), read_jobs(database, all, now),
                           read_findings(database, all, now), read_scores(database, all, now),
                           read_checkpoints(database, all, now), read_failovers(database, all, now),
                           read_state_days(database, all, now), read_job_hours(database, all, now),
                           read_waivers(database, all), read_alerting(database, all, now)}) {
    if (!read) {
      return tl::unexpected(read.error());
    }
  }
  return all;
}

}  // namespace auditor::storage
