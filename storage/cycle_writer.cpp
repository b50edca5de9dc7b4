#include "storage/cycle_writer.h"

#include <cmath>
#include <initializer_list>
#include <utility>

#include "model/verdict_json.h"
#include "storage/rows.h"

namespace auditor::storage {

namespace {

using base::Result;
using base::Timestamp;
using sqlite::Statement;

constexpr std::string_view upsert_cluster = R"(
INSERT INTO clusters (name, url, labels, reachable, last_seen, removed_at, watched_since)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, iif(?4, ?5, NULL))
ON CONFLICT (name) DO UPDATE SET url = ?2, labels = ?3, removed_at = ?6,
  -- Where it was removed, it begins anew.
  watched_since = iif(removed_at IS NULL, coalesce(watched_since, iif(?4, ?5, NULL)), iif(?4, ?5, NULL)),
  -- While a cluster cannot be seen, the time stays at which that began.
  last_seen = iif(reachable OR ?4, ?5, last_seen), reachable = ?4
RETURNING id)";

constexpr std::string_view upsert_job = R"(
INSERT INTO jobs (public_id, cluster, key, name, flink_job_id, state, type, first_seen, last_seen, ended_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (public_id) DO UPDATE SET flink_job_id = ?5, state = ?6, type = ?7, last_seen = ?9, ended_at = ?10
RETURNING id)";

constexpr std::string_view upsert_deployment = R"(
INSERT INTO deployments (job, flink_job_id, started_at, seen_at, plan_hash, configuration_hash, flink_version,
  parallelism, changed, state_backend, checkpoint_storage, vertices)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
-- What the first checkpoints tell of it.
ON CONFLICT (job, seen_at) DO UPDATE SET state_backend = ?10, checkpoint_storage = ?11, vertices = ?12)";

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
  pending_since = ?11, firing_since = ?12, resolved_at = ?13, last_failed = ?14,
  -- The tracker forgets what was resolved long ago, and clusters that left.
  episodes = max(?15, episodes + (state = 2 AND ?7 <> 2)), waiver = ?16,
  verdict = ?17)";

constexpr std::string_view insert_transition = R"(
INSERT INTO transitions (finding, from_state, to_state, at, severity, waived, reason)
SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM findings WHERE public_id = ?1)";

constexpr std::string_view upsert_checkpoint = R"(
INSERT OR REPLACE INTO checkpoints (job, triggered_at, checkpoint_id, flink_job_id, status, is_savepoint, duration,
  checkpointed_size, state_size, start_delay, alignment, sync, async, critical_path, failure)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))";

constexpr std::string_view insert_score =
    "INSERT INTO scores (cluster, job, at, value, coverage) VALUES (?, ?, ?, ?, ?)";

constexpr std::string_view upsert_state_day =
    "INSERT INTO state_days (job, day, largest, longest_duration) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (job, day) DO UPDATE SET largest = max(largest, ?3), "
    "longest_duration = ifnull(max(longest_duration, ?4), ifnull(longest_duration, ?4))";

constexpr std::string_view upsert_job_hours =
    "INSERT OR REPLACE INTO job_hours (job, newest, watched_since, last_moved, moved) "
    "VALUES (?, ?, ?, ?, ?)";

constexpr std::string_view upsert_report =
    "INSERT OR REPLACE INTO reports (cluster, taken_at, body) VALUES (?, ?, ?)";

// The same deployment under another JobManager: the daemon that starts next must not tell it again.
constexpr std::string_view update_start =
    "UPDATE deployments SET started_at = ? WHERE id = (SELECT max(id) FROM deployments WHERE job = "
    "?)";

}  // namespace

Result<CycleWriter> CycleWriter::prepare(sqlite::Database& database) {
  CycleWriter writer;
  for (const auto& [statement, sql] :
       std::initializer_list<std::pair<Statement*, std::string_view>>{
           {&writer.cluster_, upsert_cluster},
           {&writer.job_, upsert_job},
           {&writer.find_job_, "SELECT id FROM jobs WHERE public_id = ?"},
           {&writer.deployment_, upsert_deployment},
           {&writer.start_, update_start},
           {&writer.event_, insert_event},
           {&writer.close_verdict_, close_verdict},
           {&writer.verdict_, insert_verdict},
           {&writer.finding_, upsert_finding},
           {&writer.transition_, insert_transition},
           {&writer.checkpoint_, upsert_checkpoint},
           {&writer.score_, insert_score},
           {&writer.state_day_, upsert_state_day},
           {&writer.job_hours_, upsert_job_hours},
           {&writer.report_, upsert_report}}) {
    auto prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return writer;
}

Result<std::int64_t> CycleWriter::write_cluster(const model::CycleRecord& record) {
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

Result<CycleWriter::Owner> CycleWriter::owner(const std::string& job) {
  if (job.empty()) {
    return Owner{};
  }
  if (const auto known = job_rows_.find(job); known != job_rows_.end()) {
    return Owner{.job = known->second};
  }
  const auto row = find_job_.bind_blob(sqlite::to_bytes(job)).step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row) {
    return Owner{.job = std::nullopt, .unknown = true};
  }
  const Owner found{.job = find_job_.integer()};
  job_rows_[job] = *found.job;
  find_job_.reset();
  return found;
}

Result<void> CycleWriter::write(const model::CycleRecord& record) {
  const auto cluster = write_cluster(record);
  if (!cluster) {
    return tl::unexpected(cluster.error());
  }
  // Each after what it points at.
  auto done = write_jobs(record, *cluster);
  done = done ? write_deployments(record) : done;
  done = done ? write_events(record, *cluster) : done;
  done = done ? write_verdicts(record, *cluster) : done;
  done = done ? write_findings(record, *cluster) : done;
  done = done ? write_transitions(record) : done;
  done = done ? write_checkpoints(record) : done;
  done = done ? write_scores(record, *cluster) : done;
  done = done ? write_state_days(record) : done;
  done = done ? write_job_hours(record) : done;
  if (done && !record.report_gz.empty()) {
    return report_.bind(*cluster).bind(record.at).bind_blob(record.report_gz).run();
  }
  return done;
}

Result<void> CycleWriter::write_jobs(const model::CycleRecord& record, std::int64_t cluster) {
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
  return {};
}

Result<void> CycleWriter::write_deployments(const model::CycleRecord& record) {
  for (const model::Deployment& deployment : record.deployments) {
    const auto owner = this->owner(deployment.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    deployment_.bind(owner->job)
        .bind(deployment.flink_job_id.value)
        .bind(deployment.started_at)
        .bind(deployment.seen_at)
        .bind(deployment.plan_hash)
        .bind(deployment.configuration_hash)
        .bind(deployment.flink_version)
        .bind(deployment.parallelism)
        .bind(rows::to_column(deployment.changed))
        .bind(deployment.state_backend)
        .bind(deployment.checkpoint_storage)
        .bind(rows::to_column(deployment.vertices));
    if (auto done = deployment_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> CycleWriter::write_events(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::Event& event : record.events) {
    const auto owner = this->owner(event.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    event_.bind(cluster)
        .bind(owner->job)
        .bind(event.kind)
        .bind(event.at)
        .bind(event.from)
        .bind(event.to)
        .bind(event.detail);
    if (auto done = event_.run(); !done) {
      return done;
    }
    if (event.kind == model::EventKind::jobmanager_failed_over) {
      start_.bind(event.at).bind(owner->job);
      if (auto done = start_.run(); !done) {
        return done;
      }
    }
  }
  return {};
}

Result<void> CycleWriter::write_verdicts(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::VerdictInterval& interval : record.verdicts) {
    const base::Hash128& hash = interval.fingerprint.hash;
    const std::string fingerprint(hash.begin(), hash.end());
    close_verdict_.bind(interval.opened_at).bind(cluster).bind_blob(fingerprint);
    if (auto done = close_verdict_.run(); !done) {
      return done;
    }
    if (interval.gone) {
      continue;
    }
    const auto owner = this->owner(interval.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    verdict_.bind(cluster)
        .bind(owner->job)
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

Result<void> CycleWriter::write_findings(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::Finding& finding : record.findings) {
    const auto owner = this->owner(finding.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    const Timestamp began = finding.firing_since.value_or(finding.pending_since);
    finding_.bind_blob(sqlite::to_bytes(finding.id))
        .bind(cluster)
        .bind(owner->job)
        .bind(finding.verdict->check)
        .bind(finding.verdict->practice)
        .bind(finding.verdict->severity)
        .bind(finding.state)
        .bind(rows::rank_of(finding.state, finding.verdict->severity))
        .bind(std::int64_t{-began.time_since_epoch().count()})
        .bind(finding.first_seen)
        .bind(finding.pending_since)
        .bind(finding.firing_since)
        .bind(finding.resolved_at)
        .bind(finding.last_failed)
        .bind(finding.episodes)
        .bind(finding.waiver)
        .bind(model::to_json(*finding.verdict));
    if (auto done = finding_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> CycleWriter::write_transitions(const model::CycleRecord& record) {
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

Result<void> CycleWriter::write_checkpoints(const model::CycleRecord& record) {
  for (const model::CheckpointRecord& checkpoint : record.checkpoints) {
    const auto owner = this->owner(checkpoint.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    checkpoint_.bind(owner->job)
        .bind(checkpoint.triggered_at)
        .bind(checkpoint.checkpoint_id)
        .bind_blob(sqlite::to_bytes(checkpoint.flink_job_id.value))
        .bind(checkpoint.status)
        .bind(std::int64_t{checkpoint.is_savepoint ? 1 : 0})
        .bind(checkpoint.duration)
        .bind(checkpoint.checkpointed_size)
        .bind(checkpoint.state_size)
        .bind(checkpoint.start_delay)
        .bind(checkpoint.alignment)
        .bind(checkpoint.sync)
        .bind(checkpoint.async)
        .bind(checkpoint.critical_path ? std::optional(rows::to_column(*checkpoint.critical_path))
                                       : std::nullopt)
        .bind(checkpoint.failure.empty() ? std::optional<std::string>()
                                         : std::optional(checkpoint.failure));
    if (auto done = checkpoint_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> CycleWriter::write_scores(const model::CycleRecord& record, std::int64_t cluster) {
  for (const model::ScorePoint& point : record.scores) {
    const auto owner = this->owner(point.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    score_.bind(cluster)
        .bind(owner->job)
        .bind(point.at)
        .bind(point.value)
        .bind(std::isfinite(point.coverage) ? point.coverage : 0.0);  // SQLite makes NaN a NULL
    if (auto done = score_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> CycleWriter::write_state_days(const model::CycleRecord& record) {
  for (const model::StateDay& day : record.state_days) {
    const auto owner = this->owner(day.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    state_day_.bind(owner->job)
        .bind(std::int64_t{day.day.time_since_epoch().count()})
        .bind(day.largest)
        .bind(day.longest_duration);
    if (auto done = state_day_.run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> CycleWriter::write_job_hours(const model::CycleRecord& record) {
  for (const model::JobHours& of_job : record.job_hours) {
    const auto owner = this->owner(of_job.job);
    if (!owner) {
      return tl::unexpected(owner.error());
    }
    if (owner->unknown) {
      continue;
    }
    job_hours_.bind(owner->job)
        .bind(of_job.hours.newest)
        .bind(of_job.hours.watched_since)
        .bind(of_job.hours.last_moved)
        .bind_blob(rows::to_column(of_job.hours));
    if (auto done = job_hours_.run(); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace auditor::storage
