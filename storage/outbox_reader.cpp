#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "model/alert_json.h"
#include "storage/conditions.h"
#include "storage/each_row.h"
#include "storage/outbox.h"
#include "storage/rows.h"

namespace auditor::storage::outbox {

namespace {

using base::Result;
using base::Timestamp;
using sqlite::Statement;

/// Reads each row by `take`, which gives a Result.
template <class Take>
Result<void> each(sqlite::Database& database, const std::string& sql, const Conditions& where,
                  Take take) {
  return each_row(
      database, sql, [&where](Statement& statement) { where.bind(statement); }, std::move(take));
}

/// All that `sql` gives, each by `read`.
template <class T, class Read>
Result<std::vector<T>> all(sqlite::Database& database, const std::string& sql,
                           const Conditions& where, Read read) {
  std::vector<T> list;
  const auto done = each(database, sql, where, [&](Statement& row) -> Result<void> {
    Result<T> one = read(row);
    if (!one) {
      return tl::unexpected(one.error());
    }
    list.push_back(std::move(*one));
    return {};
  });
  if (!done) {
    return tl::unexpected(done.error());
  }
  return list;
}

Result<model::Alert> alert(Statement& row) {
  return model::read_alert(row.text());
}

Result<model::AlertGroup> group(Statement& row) {
  model::AlertGroup group;
  group.key = sqlite::to_hex(row.blob());
  group.receiver = row.text();
  group.labels = rows::labels_of(row.text());
  group.told_at = row.optional<Timestamp>();
  group.told = rows::numbers_of(row.text());
  return group;
}

/// The columns of a notification; lists leave the message out, which may be long.
std::string columns(bool with_message) {
  return fmt::format(
      "id, public_id, receiver, group_key, created_at, {}, state, attempts, next_attempt_at, "
      "last_attempt_at, delivered_at, replayed_at, last_status, last_error",
      with_message ? "message" : "''");
}

Result<model::Notification> notification(Statement& row) {
  model::Notification one;
  one.sequence = row.integer();
  one.id = row.text();
  one.receiver = row.text();
  one.group = row.text();
  one.created_at = row.time();
  one.message = row.text();
  one.state = static_cast<model::NotificationState>(row.integer());
  one.attempts = row.integer();
  one.next_attempt_at = row.time();
  one.last_attempt_at = row.optional<Timestamp>();
  one.delivered_at = row.optional<Timestamp>();
  one.replayed_at = row.optional<Timestamp>();
  one.last_status = static_cast<int>(row.integer());
  one.last_error = row.text();
  return one;
}

Result<model::Silence> silence(Statement& row) {
  auto read = model::read_silence(row.text());
  if (read) {
    // One that was ended early has its end in the columns alone.
    read->starts_at = row.time();
    read->ends_at = row.time();
  }
  return read;
}

}  // namespace

Result<std::vector<model::Alert>> alerts(sqlite::Database& database) {
  return all<model::Alert>(database, "SELECT body FROM alerts ORDER BY rowid", {}, alert);
}

Result<std::vector<model::AlertGroup>> groups(sqlite::Database& database) {
  return all<model::AlertGroup>(
      database, "SELECT key, receiver, labels, told_at, told FROM alert_groups ORDER BY rowid", {},
      group);
}

Result<std::vector<model::Notification>> waiting(sqlite::Database& database) {
  return all<model::Notification>(
      database,
      fmt::format("SELECT {} FROM notifications WHERE state = 0 ORDER BY id", columns(true)), {},
      notification);
}

Result<std::vector<model::Silence>> silences(sqlite::Database& database, Timestamp after) {
  Conditions where;
  where.add("ends_at > ?", std::int64_t{after.time_since_epoch().count()});
  return all<model::Silence>(
      database,
      fmt::format("SELECT body, starts_at, ends_at FROM silences{} ORDER BY id", where.sql()),
      where, silence);
}

Result<std::map<std::string, Timestamp>> known_checks(sqlite::Database& database) {
  std::map<std::string, Timestamp> known;
  const auto done = each(database, "SELECT check_id, first_seen FROM known_checks", {},
                         [&known](Statement& row) -> Result<void> {
                           std::string check = row.text();
                           known[std::move(check)] = row.time();
                           return {};
                         });
  if (!done) {
    return tl::unexpected(done.error());
  }
  return known;
}

Result<Page<model::Notification>> page(sqlite::Database& database,
                                       const NotificationFilter& filter) {
  Conditions where;
  where.any_of("receiver", filter.receivers);
  where.any_of("state", filter.states);
  if (filter.since) {
    where.add("created_at >= ?", std::int64_t{filter.since->time_since_epoch().count()});
  }
  if (filter.until) {
    where.add("created_at < ?", std::int64_t{filter.until->time_since_epoch().count()});
  }
  if (!filter.cursor.empty()) {
    const auto last = number(filter.cursor);
    if (!last) {
      return tl::unexpected(bad_cursor());
    }
    where.add("id < ?", *last);
  }
  auto found = all<model::Notification>(
      database,
      fmt::format("SELECT {} FROM notifications{} ORDER BY id DESC LIMIT {}", columns(false),
                  where.sql(), filter.limit + 1),
      where, notification);
  if (!found) {
    return tl::unexpected(found.error());
  }
  Page<model::Notification> page{std::move(*found), {}};
  if (page.items.size() > filter.limit) {
    page.items.resize(filter.limit);
    page.next = page.items.empty() ? std::string() : std::to_string(page.items.back().sequence);
  }
  return page;
}

Result<std::optional<model::Notification>> one(sqlite::Database& database, const std::string& id) {
  Conditions where;
  where.add("public_id = ?", id);
  auto found = all<model::Notification>(
      database, fmt::format("SELECT {} FROM notifications{}", columns(true), where.sql()), where,
      notification);
  if (!found) {
    return tl::unexpected(found.error());
  }
  return found->empty() ? std::optional<model::Notification>()
                        : std::optional(std::move(found->front()));
}

}  // namespace auditor::storage::outbox
