#include "storage/outbox.h"

#include "model/alert_json.h"
#include "storage/rows.h"

namespace auditor::storage::outbox {

namespace {

using base::Result;
using base::Timestamp;
using sqlite::Statement;

constexpr std::string_view upsert_alert =
    "INSERT OR REPLACE INTO alerts (id, cluster, firing, body) VALUES (?, ?, ?, ?)";

constexpr std::string_view upsert_group =
    "INSERT OR REPLACE INTO alert_groups (key, receiver, labels, told_at, told) VALUES (?, ?, ?, "
    "?, ?)";

// The update changes nothing: it makes RETURNING give the row that is there.
constexpr std::string_view insert_notification = R"(
INSERT INTO notifications (public_id, receiver, group_key, created_at, message, state, attempts, next_attempt_at,
  last_attempt_at, delivered_at, replayed_at, last_status, last_error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (public_id) DO UPDATE SET public_id = public_id
RETURNING id)";

constexpr std::string_view update_attempt = R"(
UPDATE notifications SET state = ?2, attempts = ?3, next_attempt_at = ?4, last_attempt_at = ?5, delivered_at = ?6,
  last_status = ?7, last_error = ?8 WHERE public_id = ?1)";

constexpr std::string_view replay_dead = R"(
UPDATE notifications SET state = 0, attempts = 0, next_attempt_at = ?2, replayed_at = ?2
WHERE public_id = ?1 AND state = 2)";

constexpr std::string_view upsert_silence =
    "INSERT INTO silences (public_id, starts_at, ends_at, body) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (public_id) DO UPDATE SET starts_at = ?2, ends_at = ?3, body = ?4";

constexpr std::string_view expire_silence =
    "UPDATE silences SET starts_at = min(starts_at, ?2), ends_at = ?2 "
    "WHERE public_id = ?1 AND ends_at > ?2";

// When a check was first seen stays.
constexpr std::string_view insert_check =
    "INSERT OR IGNORE INTO known_checks (check_id, first_seen) VALUES (?, ?)";

/// Runs `sql` once for each of `values`, with what `bind` binds.
template <class Values, class Bind>
Result<void> run_each(sqlite::Database& database, std::string_view sql, const Values& values,
                      Bind bind) {
  if (values.empty()) {
    return {};
  }
  auto statement = database.prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  for (const auto& value : values) {
    bind(*statement, value);
    if (auto done = statement->run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> remove(sqlite::Database& database, std::string_view sql,
                    const std::vector<std::string>& ids) {
  return run_each(database, sql, ids, [](Statement& statement, const std::string& id) {
    statement.bind_blob(sqlite::to_bytes(id));
  });
}

Result<std::vector<std::int64_t>> write_notifications(
    sqlite::Database& database, std::span<const model::Notification> notifications) {
  std::vector<std::int64_t> sequences;
  sequences.reserve(notifications.size());
  if (notifications.empty()) {
    return sequences;
  }
  auto statement = database.prepare(insert_notification);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  for (const model::Notification& one : notifications) {
    statement->bind(one.id)
        .bind(one.receiver)
        .bind(one.group)
        .bind(one.created_at)
        .bind(one.message)
        .bind(one.state)
        .bind(one.attempts)
        .bind(one.next_attempt_at)
        .bind(one.last_attempt_at)
        .bind(one.delivered_at)
        .bind(one.replayed_at)
        .bind(std::int64_t{one.last_status})
        .bind(one.last_error);
    const auto row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    sequences.push_back(statement->integer());
    statement->reset();
  }
  return sequences;
}

}  // namespace

Result<void> write(sqlite::Database& database, std::span<const model::Alert> alerts) {
  return run_each(database, upsert_alert, alerts,
                  [](Statement& statement, const model::Alert& alert) {
                    statement.bind_blob(sqlite::to_bytes(alert.id))
                        .bind(alert.cluster)
                        .bind(std::int64_t{alert.firing ? 1 : 0})
                        .bind(model::to_json(alert));
                  });
}

Result<std::vector<std::int64_t>> write(sqlite::Database& database, const DueRows& due) {
  auto done = run_each(database, upsert_group, due.groups,
                       [](Statement& statement, const model::AlertGroup& group) {
                         statement.bind_blob(sqlite::to_bytes(group.key))
                             .bind(group.receiver)
                             .bind(rows::to_column(group.labels))
                             .bind(group.told_at)
                             .bind(rows::to_column(group.told));
                       });
  done = done ? remove(database, "DELETE FROM alert_groups WHERE key = ?", due.forgotten_groups)
              : done;
  done = done ? remove(database, "DELETE FROM alerts WHERE id = ?", due.forgotten_alerts) : done;
  if (!done) {
    return tl::unexpected(done.error());
  }
  return write_notifications(database, due.notifications);
}

Result<void> write_attempts(sqlite::Database& database,
                            std::span<const model::Notification> notifications) {
  return run_each(database, update_attempt, notifications,
                  [](Statement& statement, const model::Notification& one) {
                    statement.bind(one.id)
                        .bind(one.state)
                        .bind(one.attempts)
                        .bind(one.next_attempt_at)
                        .bind(one.last_attempt_at)
                        .bind(one.delivered_at)
                        .bind(std::int64_t{one.last_status})
                        .bind(one.last_error);
                  });
}

Result<std::optional<model::Notification>> replay(sqlite::Database& database, const std::string& id,
                                                  Timestamp now) {
  auto statement = database.prepare(replay_dead);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  if (const auto done = statement->bind(id).bind(now).run(); !done) {
    return tl::unexpected(done.error());
  }
  if (database.changes() == 0) {
    return std::optional<model::Notification>();
  }
  return one(database, id);
}

Result<void> write(sqlite::Database& database, const model::Silence& silence) {
  auto statement = database.prepare(upsert_silence);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  return statement->bind(silence.id)
      .bind(silence.starts_at)
      .bind(silence.ends_at)
      .bind(model::to_json(silence))
      .run();
}

Result<bool> end_silence(sqlite::Database& database, const std::string& id, Timestamp now) {
  auto statement = database.prepare(expire_silence);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  if (const auto done = statement->bind(id).bind(now).run(); !done) {
    return tl::unexpected(done.error());
  }
  return database.changes() > 0;
}

Result<void> write(sqlite::Database& database,
                   const std::map<std::string, Timestamp>& known_checks) {
  return run_each(database, insert_check, known_checks,
                  [](Statement& statement, const std::pair<const std::string, Timestamp>& one) {
                    statement.bind(one.first).bind(one.second);
                  });
}

}  // namespace auditor::storage::outbox
