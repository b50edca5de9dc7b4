#include "storage/store.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "model/verdict_json.h"
#include "storage/lock.h"
#include "storage/migrate.h"
#include "storage/retention.h"
#include "storage/rows.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

namespace {

using base::Result;
using base::Timestamp;
using model::FindingState;
using sqlite::Statement;

constexpr std::string_view upsert_cluster = R"(
INSERT INTO clusters (name, url, labels, reachable, last_seen, removed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (name) DO UPDATE SET url = ?2, labels = ?3, removed_at = ?6,
  -- While a cluster cannot be seen, the time stays at which that began.
  last_seen = iif(reachable OR ?4, ?5, last_seen), reachable = ?4
RETURNING id)";

constexpr std::string_view upsert_job = R"(
INSERT INTO jobs (public_id, cluster, key, name, flink_job_id, state, type, first_seen, last_seen, ended_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (public_id) DO UPDATE SET flink_job_id = ?5, state = ?6, type = ?7, last_seen = ?9, ended_at = ?10
RETURNING id)";

constexpr std::string_view insert_deployment = R"(
INSERT INTO deployments (job, flink_job_id, started_at, seen_at, plan_hash, configuration_hash, flink_version,
  parallelism, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))";

constexpr std::string_view insert_event = R"(
INSERT INTO events (cluster, job, kind, at, from_value, to_value, detail) VALUES (?, ?, ?, ?, ?, ?, ?))";

constexpr std::string_view close_verdict =
    "UPDATE verdicts SET closed_at = ? WHERE cluster = ? AND fingerprint = ? AND closed_at IS NULL";

constexpr std::string_view insert_verdict = R"(
INSERT INTO verdicts (cluster, job, fingerprint, check_id, outcome, severity, vertex_name, text, opened_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))";

constexpr std::string_view upsert_finding = R"(
INSERT INTO findings (public_id, cluster, job, check_id, practice, severity, state, rank, newness, first_seen,
  pending_since, firing_since, resolved_at, last_failed, episodes, waiver, verdict)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
ON CONFLICT (public_id) DO UPDATE SET job = ?3, severity = ?6, state = ?7, rank = ?8, newness = ?9,
  pending_since = ?11, firing_since = ?12, resolved_at = ?13, last_failed = ?14, episodes = ?15, waiver = ?16,
  verdict = ?17)";

constexpr std::string_view insert_transition = R"(
INSERT INTO transitions (finding, from_state, to_state, at, severity, waived, reason)
SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM findings WHERE public_id = ?1)";

constexpr std::string_view upsert_checkpoint = R"(
INSERT OR REPLACE INTO checkpoints (job, triggered_at, checkpoint_id, flink_job_id, status, is_savepoint, duration,
  checkpointed_size, state_size, start_delay, alignment, sync, async, failure)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))";

constexpr std::string_view insert_score =
    "INSERT INTO scores (cluster, job, at, value, coverage) VALUES (?, ?, ?, ?, ?)";

constexpr std::string_view upsert_report =
    "INSERT OR REPLACE INTO reports (cluster, taken_at, body) VALUES (?, ?, ?)";

/// Firing before pending before resolved, then the worst first.
std::int64_t rank_of(const model::Finding& finding) {
  const std::int64_t state = finding.state == FindingState::firing    ? 0
                             : finding.state == FindingState::pending ? 1
                                                                      : 2;
  constexpr std::int64_t severities = 5;
  return state * severities +
         (severities - 1 - static_cast<std::int64_t>(finding.verdict.severity));
}

class SqliteStore : public Store {
 public:
  SqliteStore(Lock lock, sqlite::Database database)
      : lock_(std::move(lock)), database_(std::move(database)) {}

  ~SqliteStore() override {
    // So that the next start, and a copy of the file, find all in one place.
    static_cast<void>(database_.checkpoint());
  }

  Result<void> prepare() {
    for (const auto& [statement, sql] :
         std::initializer_list<std::pair<Statement*, std::string_view>>{
             {&cluster_, upsert_cluster},
             {&job_, upsert_job},
             {&find_job_, "SELECT id FROM jobs WHERE public_id = ?"},
             {&deployment_, insert_deployment},
             {&event_, insert_event},
             {&close_verdict_, close_verdict},
             {&verdict_, insert_verdict},
             {&finding_, upsert_finding},
             {&transition_, insert_transition},
             {&checkpoint_, upsert_checkpoint},
             {&score_, insert_score},
             {&report_, upsert_report}}) {
      auto prepared = database_.prepare(sql);
      if (!prepared) {
        return tl::unexpected(prepared.error());
      }
      *statement = std::move(*prepared);
    }
    return {};
  }

  Result<void> commit(std::span<const model::CycleRecord> records) override;
  Result<Remembered> remembered(Timestamp now) override;
  Result<void> put_waiver(const model::Waiver& waiver) override;
  Result<bool> remove_waiver(const std::string& id) override;
  Result<bool> tidy(Timestamp now, const Retention& retention) override;
  Result<StoreSize> size() override;

 private:
  Result<void> write(const model::CycleRecord& record);
  Result<void> write_verdicts(const model::CycleRecord& record, std::int64_t cluster);
  Result<void> write_findings(const model::CycleRecord& record, std::int64_t cluster);
  Result<void> write_checkpoints(const model::CycleRecord& record);
  Result<std::int64_t> write_cluster(const model::CycleRecord& record);
  Result<void> write_jobs(const model::CycleRecord& record, std::int64_t cluster);
  Result<void> write_events(const model::CycleRecord& record, std::int64_t cluster);
  /// The row of a job; nullopt for the cluster's own.
  Result<std::optional<std::int64_t>> job_row(const std::string& id);
  Result<void> read_clusters(Remembered& all);
  Result<void> read_jobs(Remembered& all, Timestamp now);
  Result<void> read_findings(Remembered& all, Timestamp now);
  Result<void> read_series(Remembered& all);
  Result<void> read_waivers(Remembered& all);
  template <class Take>
  Result<void> each(std::string_view sql, Take take);

  Lock lock_;
  sqlite::Database database_;
  Janitor janitor_;
  std::unordered_map<std::string, std::int64_t> job_rows_;
  Statement cluster_, job_, find_job_, deployment_, event_, close_verdict_, verdict_, finding_,
      transition_, checkpoint_, score_, report_;
};

Result<void> SqliteStore::commit(std::span<const model::CycleRecord> records) {
  if (records.empty()) {
    return {};
  }
  const bool durable = std::ranges::any_of(
      records, [](const model::CycleRecord& record) { return !record.transitions.empty(); });
  // What alerts are made of must survive a loss of power; the rest may lose its last moments.
  if (const auto set =
          database_.execute(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
      !set) {
    return set;
  }
  const auto written = [&]() -> Result<void> {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
      return tl::unexpected(transaction.error());
    }
    for (const model::CycleRecord& record : records) {
      if (auto done = write(record); !done) {
        return done;
      }
    }
    return transaction->commit();
  }();
  if (!written) {
    job_rows_.clear();  // rows of a transaction that was rolled back
  }
  return written;
}

Result<std::int64_t> SqliteStore::write_cluster(const model::CycleRecord& record) {
  cluster_.bind(record.cluster)
      .bind(record.url)
      .bind(rows::to_column(record.labels))
      .bind(std::int64_t{record.reachable ? 1 : 0})
      .bind(record.at)
      .bind(record.removed ? std::optional(record.at) : std::nullopt);
  const auto row = cluster_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  const std::int64_t id = cluster_.integer();
  cluster_.reset();
  return id;
}

Result<std::optional<std::int64_t>> SqliteStore::job_row(const std::string& id) {
  if (id.empty()) {
    return std::nullopt;
  }
  if (const auto known = job_rows_.find(id); known != job_rows_.end()) {
    return known->second;
  }
  const auto row = find_job_.bind_blob(sqlite::to_bytes(id)).step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  std::optional<std::int64_t> found;
  if (*row) {
    found = job_rows_[id] = find_job_.integer();
  }
  find_job_.reset();
  return found;
}

Result<void> SqliteStore::write(const model::CycleRecord& record) {
  const auto cluster = write_cluster(record);
  if (!cluster) {
    return tl::unexpected(cluster.error());
  }
  if (auto done = write_jobs(record, *cluster); !done) {
    return done;
  }
  if (auto done = write_events(record, *cluster); !done) {
    return done;
  }
  if (auto done = write_verdicts(record, *cluster); !done) {
    return done;
  }
  if (auto done = write_findings(record, *cluster); !done) {
    return done;
  }
  if (auto done = write_checkpoints(record); !done) {
    return done;
  }
  for (const model::ScorePoint& point : record.scores) {
    const auto job = job_row(point.job);
    if (!job) {
      return tl::unexpected(job.error());
    }
    score_.bind(*cluster).bind(*job).bind(point.at).bind(point.value).bind(point.coverage);
    if (auto done = score_.run(); !done) {
      return done;
    }
  }
  if (!record.report_gz.empty()) {
    return report_.bind(*cluster).bind(record.at).bind_blob(record.report_gz).run();
  }
  return {};
}

Result<void> SqliteStore::write_jobs(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::JobRecord& job : record.jobs) {
    job_.bind_blob(sqlite::to_bytes(job.id))
        .bind(cluster)
        .bind(job.key)
        .bind(job.name)
        .bind(job.flink_job_id.value)
        .bind(job.state)
        .bind(job.type)
        .bind(job.first_seen)
        .bind(job.last_seen)
        .bind(job.ended_at);
    const auto row = job_.step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    job_rows_[job.id] = job_.integer();
    job_.reset();
  }
  for (const model::Deployment& deployment : record.deployments) {
    const auto job = job_row(deployment.job);
    if (!job) {
      return tl::unexpected(job.error());
    }
    deployment_.bind(*job)
        .bind(deployment.flink_job_id.value)
        .bind(deployment.started_at)
        .bind(deployment.seen_at)
        .bind(deployment.plan_hash)
        .bind(deployment.configuration_hash)
        .bind(deployment.flink_version)
        .bind(deployment.parallelism)
        .bind(rows::to_column(deployment.changed));
    if (auto done = deployment_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> SqliteStore::write_events(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::Event& event : record.events) {
    const auto job = job_row(event.job);
    if (!job) {
      return tl::unexpected(job.error());
    }
    event_.bind(cluster)
        .bind(*job)
        .bind(event.kind)
        .bind(event.at)
        .bind(event.from)
        .bind(event.to)
        .bind(event.detail);
    if (auto done = event_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> SqliteStore::write_verdicts(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::VerdictInterval& interval : record.verdicts) {
    const std::string fingerprint = sqlite::to_bytes(interval.fingerprint);
    close_verdict_.bind(interval.opened_at).bind(cluster).bind_blob(fingerprint);
    if (auto done = close_verdict_.run(); !done) {
      return done;
    }
    if (interval.gone) {
      continue;
    }
    const auto job = job_row(interval.job);
    if (!job) {
      return tl::unexpected(job.error());
    }
    verdict_.bind(cluster)
        .bind(*job)
        .bind_blob(fingerprint)
        .bind(interval.check)
        .bind(interval.outcome)
        .bind(interval.severity)
        .bind(interval.vertex_name)
        .bind(interval.text)
        .bind(interval.opened_at);
    if (auto done = verdict_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> SqliteStore::write_findings(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::Finding& finding : record.findings) {
    const auto job = job_row(finding.job);
    if (!job) {
      return tl::unexpected(job.error());
    }
    const Timestamp began = finding.firing_since.value_or(finding.pending_since);
    finding_.bind_blob(sqlite::to_bytes(finding.id))
        .bind(cluster)
        .bind(*job)
        .bind(finding.verdict.check)
        .bind(finding.verdict.practice)
        .bind(finding.verdict.severity)
        .bind(finding.state)
        .bind(rank_of(finding))
        .bind(std::int64_t{-began.time_since_epoch().count()})
        .bind(finding.first_seen)
        .bind(finding.pending_since)
        .bind(finding.firing_since)
        .bind(finding.resolved_at)
        .bind(finding.last_failed)
        .bind(finding.episodes)
        .bind(finding.waiver)
        .bind(model::to_json(finding.verdict));
    if (auto done = finding_.run(); !done) {
      return done;
    }
  }
  for (const model::Transition& transition : record.transitions) {
    transition_.bind_blob(sqlite::to_bytes(transition.finding))
        .bind(transition.from)
        .bind(transition.to)
        .bind(transition.at)
        .bind(transition.severity)
        .bind(std::int64_t{transition.waived ? 1 : 0})
        .bind(transition.reason);
    if (auto done = transition_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> SqliteStore::write_checkpoints(const model::CycleRecord& record) {
  for (const model::CheckpointRecord& checkpoint : record.checkpoints) {
    const auto job = job_row(checkpoint.job);
    if (!job) {
      return tl::unexpected(job.error());
    }
    if (!*job) {
      continue;
    }
    checkpoint_.bind(**job)
        .bind(checkpoint.triggered_at)
        .bind(checkpoint.checkpoint_id)
        .bind(checkpoint.flink_job_id.value)
        .bind(checkpoint.status)
        .bind(std::int64_t{checkpoint.is_savepoint ? 1 : 0})
        .bind(checkpoint.duration)
        .bind(checkpoint.checkpointed_size)
        .bind(checkpoint.state_size)
        .bind(checkpoint.start_delay)
        .bind(checkpoint.alignment)
        .bind(checkpoint.sync)
        .bind(checkpoint.async)
        .bind(checkpoint.failure.empty() ? std::optional<std::string>()
                                         : std::optional(checkpoint.failure));
    if (auto done = checkpoint_.run(); !done) {
      return done;
    }
  }
  return {};
}

template <class Take>
Result<void> SqliteStore::each(std::string_view sql, Take take) {
  auto statement = database_.prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  while (true) {
    const auto row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return {};
    }
    take(*statement);
  }
}

Result<Remembered> SqliteStore::remembered(Timestamp now) {
  Remembered all;
  for (const auto& read : {read_clusters(all), read_jobs(all, now), read_findings(all, now),
                           read_series(all), read_waivers(all)}) {
    if (!read) {
      return tl::unexpected(read.error());
    }
  }
  // What belongs to a cluster that was removed came in without its row.
  std::erase_if(all.clusters, [](const auto& cluster) { return cluster.second.url.empty(); });
  return all;
}

Result<void> SqliteStore::read_clusters(Remembered& all) {
  return each(
      "SELECT c.name, c.url, c.reachable, c.last_seen, r.taken_at, r.body FROM clusters c "
      "LEFT JOIN reports r ON r.cluster = c.id WHERE c.removed_at IS NULL",
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        cluster.url = row.text();
        cluster.reachable = row.integer() != 0;
        cluster.last_seen = row.time();
        cluster.report_at = row.optional<Timestamp>().value_or(Timestamp{});
        cluster.report_gz = row.blob();
      });
}

Result<void> SqliteStore::read_jobs(Remembered& all, Timestamp now) {
  const std::int64_t since = (now - std::chrono::days(1)).time_since_epoch().count();
  const std::string live = fmt::format(
      "FROM jobs j JOIN clusters c ON c.id = j.cluster AND c.removed_at IS NULL {{}} "
      "WHERE (j.ended_at IS NULL OR j.ended_at > {})",
      since);
  const auto query = [&live](std::string_view columns, std::string_view join) {
    return fmt::format("SELECT {} {}", columns, fmt::format(fmt::runtime(live), join));
  };
  if (auto done = each(query(rows::job_columns, ""),
                       [&all](Statement& row) {
                         model::JobRecord job = rows::job(row);
                         all.clusters[job.cluster].jobs.push_back(std::move(job));
                       });
      !done) {
    return done;
  }
  std::string latest = query(fmt::format("c.name, {}", rows::deployment_columns),
                             "JOIN deployments d ON d.job = j.id");
  latest += " AND d.id = (SELECT max(id) FROM deployments WHERE job = j.id)";
  return each(latest, [&all](Statement& row) {
    Remembered::Cluster& cluster = all.clusters[row.text()];
    cluster.deployments.push_back(rows::deployment(row));
  });
}

Result<void> SqliteStore::read_findings(Remembered& all, Timestamp now) {
  const std::int64_t since = (now - std::chrono::hours(1)).time_since_epoch().count();
  if (auto done =
          each(fmt::format("SELECT {} FROM findings f JOIN clusters c ON c.id = f.cluster AND "
                           "c.removed_at IS NULL LEFT JOIN jobs j ON j.id = f.job "
                           "WHERE f.state <> 2 OR f.resolved_at > {}",
                           rows::finding_columns, since),
               [&all](Statement& row) {
                 // One that cannot be read is found anew by the next look.
                 if (auto finding = rows::finding(row)) {
                   all.clusters[finding->cluster].findings.push_back(std::move(*finding));
                 }
               });
      !done) {
    return done;
  }
  return each(
      fmt::format("SELECT c.name, {} FROM verdicts v JOIN clusters c ON c.id = v.cluster AND "
                  "c.removed_at IS NULL LEFT JOIN jobs j ON j.id = v.job "
                  "WHERE v.closed_at IS NULL",
                  rows::verdict_columns),
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        cluster.verdicts.push_back(rows::verdict(row));
      });
}

Result<void> SqliteStore::read_series(Remembered& all) {
  if (auto done = each(
          fmt::format("SELECT c.name, {} FROM (SELECT max(id) AS id FROM scores GROUP BY cluster, "
                      "job) l JOIN scores s ON s.id = l.id JOIN clusters c ON c.id = s.cluster AND "
                      "c.removed_at IS NULL LEFT JOIN jobs j ON j.id = s.job",
                      rows::score_columns),
          [&all](Statement& row) {
            Remembered::Cluster& cluster = all.clusters[row.text()];
            cluster.scores.push_back(rows::score(row));
          });
      !done) {
    return done;
  }
  return each(
      fmt::format("SELECT c.name, {} FROM jobs j JOIN clusters c ON c.id = j.cluster AND "
                  "c.removed_at IS NULL JOIN checkpoints p ON p.job = j.id AND p.triggered_at >= "
                  "ifnull((SELECT triggered_at FROM checkpoints WHERE job = j.id "
                  "ORDER BY triggered_at DESC LIMIT 1 OFFSET 19), 0) WHERE j.ended_at IS NULL",
                  rows::checkpoint_columns),
      [&all](Statement& row) {
        Remembered::Cluster& cluster = all.clusters[row.text()];
        cluster.checkpoints.push_back(rows::checkpoint(row));
      });
}

Result<void> SqliteStore::read_waivers(Remembered& all) {
  return each(
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

Result<void> SqliteStore::put_waiver(const model::Waiver& waiver) {
  auto statement = database_.prepare(
      "INSERT OR REPLACE INTO waivers (id, check_glob, cluster_glob, job_glob, reason, owner, "
      "until, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  return statement->bind(waiver.id)
      .bind(waiver.check)
      .bind(waiver.cluster)
      .bind(waiver.job)
      .bind(waiver.reason)
      .bind(waiver.owner)
      .bind(waiver.until)
      .bind(waiver.created_at)
      .run();
}

Result<bool> SqliteStore::remove_waiver(const std::string& id) {
  auto statement = database_.prepare("DELETE FROM waivers WHERE id = ?");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  if (const auto done = statement->bind(id).run(); !done) {
    return tl::unexpected(done.error());
  }
  return database_.changes() > 0;
}

Result<bool> SqliteStore::tidy(Timestamp now, const Retention& retention) {
  const auto step = janitor_.step(database_, now, retention);
  if (!step) {
    return tl::unexpected(step.error());
  }
  if (step->removed_jobs) {
    job_rows_.clear();
  }
  return step->more;
}

Result<StoreSize> SqliteStore::size() {
  const auto page = database_.integer("PRAGMA page_size");
  const auto pages = database_.integer("PRAGMA page_count");
  const auto free = database_.integer("PRAGMA freelist_count");
  for (const auto* part : {&page, &pages, &free}) {
    if (!*part) {
      return tl::unexpected(part->error());
    }
  }
  std::error_code none;
  const auto log = std::filesystem::file_size(database_.path() + "-wal", none);
  return StoreSize{
      {(*pages - *free) * *page}, {*pages * *page}, {none ? 0 : static_cast<std::int64_t>(log)}};
}

Result<void> check_integrity(sqlite::Database& database) {
  const auto verdict = database.text("PRAGMA quick_check(1)");
  if (!verdict || *verdict != "ok") {
    return base::fail(
        base::ErrorKind::file,
        fmt::format("{}: the database is damaged ({}): move it away to begin anew, or put a backup "
                    "in its place",
                    database.path(), verdict ? *verdict : verdict.error().message));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& path) {
  auto lock = Lock::take(path);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  auto database = sqlite::Database::open(path, sqlite::Mode::write);
  if (!database) {
    return tl::unexpected(database.error());
  }
  if (const auto whole = check_integrity(*database); !whole) {
    return tl::unexpected(whole.error());
  }
  if (const auto done = migrate(*database); !done) {
    return tl::unexpected(done.error());
  }
  auto store = std::make_unique<SqliteStore>(std::move(*lock), std::move(*database));
  if (const auto done = store->prepare(); !done) {
    return tl::unexpected(done.error());
  }
  return store;
}

}  // namespace auditor::storage
