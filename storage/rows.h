#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/history.h"
#include "storage/sqlite/database.h"

/// What store and reader have in common: how a row becomes a value. Each function reads the columns
/// of its list, in order.
namespace auditor::storage::rows {

inline constexpr std::string_view job_columns =
    "j.public_id, c.name, j.key, j.name, j.flink_job_id, j.state, j.type, j.first_seen, "
    "j.last_seen, j.ended_at";
model::JobRecord job(sqlite::Statement& row);

inline constexpr std::string_view deployment_columns =
    "j.public_id, d.flink_job_id, d.started_at, d.seen_at, d.plan_hash, d.configuration_hash, "
    "d.flink_version, d.parallelism, d.changed, d.state_backend, d.checkpoint_storage, d.vertices";
model::Deployment deployment(sqlite::Statement& row);

inline constexpr std::string_view finding_columns =
    "f.public_id, c.name, j.public_id, f.state, f.first_seen, f.pending_since, f.firing_since, "
    "f.resolved_at, f.last_failed, f.episodes, f.waiver, f.verdict";
/// Errors: `malformed`, where the kept verdict cannot be read.
base::Result<model::Finding> finding(sqlite::Statement& row);

inline constexpr std::string_view verdict_columns =
    "j.public_id, v.check_id, v.fingerprint, v.outcome, v.severity, v.vertex_name, v.text, "
    "v.opened_at, v.closed_at";
model::VerdictInterval verdict(sqlite::Statement& row);

inline constexpr std::string_view transition_columns =
    "t.id, f.public_id, t.from_state, t.to_state, t.at, t.severity, t.waived, t.reason";
model::Transition transition(sqlite::Statement& row);

inline constexpr std::string_view checkpoint_columns =
    "j.public_id, p.flink_job_id, p.checkpoint_id, p.status, p.is_savepoint, p.triggered_at, "
    "p.duration, p.checkpointed_size, p.state_size, p.start_delay, p.alignment, p.sync, p.async, "
    "p.critical_path, p.failure";
model::CheckpointRecord checkpoint(sqlite::Statement& row);

inline constexpr std::string_view score_columns = "j.public_id, s.at, s.value, s.coverage";
model::ScorePoint score(sqlite::Statement& row);

inline constexpr std::string_view job_hours_columns =
    "h.newest, h.watched_since, h.last_moved, h.moved";
/// Without the job.
model::ActiveHours job_hours(sqlite::Statement& row);

inline constexpr std::string_view event_columns =
    "j.public_id, e.kind, e.at, e.from_value, e.to_value, e.detail";
model::Event event(sqlite::Statement& row);

/// Where a list has a finding: firing before pending before resolved, then the worst first.
std::int64_t rank_of(model::FindingState state, model::Severity severity);
inline constexpr std::int64_t first_resolved_rank = 10;

/// Lists and maps in one column.
std::string to_column(const std::vector<std::string>& list);
std::string to_column(const std::map<std::string, std::string>& map);
std::string to_column(const std::vector<model::DeploymentVertex>& vertices);
std::string to_column(const model::CriticalPath& path);
std::string to_column(const std::map<std::string, std::int64_t>& map);
/// A byte for each eight of the hours, the lowest bit first.
std::string to_column(const model::ActiveHours& hours);
std::vector<std::string> list_of(const std::string& column);
std::map<std::string, std::string> labels_of(const std::string& column);
std::map<std::string, std::int64_t> numbers_of(const std::string& column);

}  // namespace auditor::storage::rows
