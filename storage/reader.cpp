#include "storage/reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "storage/conditions.h"
#include "storage/each_row.h"
#include "storage/fleet_reader.h"
#include "storage/outbox.h"
#include "storage/rows.h"
#include "storage/sqlite/database.h"

namespace auditor::storage {

namespace {

using base::Result;
using base::Timestamp;
using sqlite::Statement;

std::int64_t count_of(Timestamp time) {
  return time.time_since_epoch().count();
}

/// The order of a timeline's list; of equal times the later row is the newer.
std::string order_of(std::string_view time) {
  const std::string_view alias = time.substr(0, 2);
  const std::string_view last = alias == "p." ? "checkpoint_id" : alias == "h." ? "hour" : "id";
  return fmt::format("{} DESC, {}{}", time, alias, last);
}

/// States and severities, as places in the list: then it is read from its beginning, in order.
void add_ranks(Conditions& where, const FindingFilter& filter) {
  if (filter.states.empty() && filter.severities.empty()) {
    return;
  }
  using model::FindingState;
  using model::Severity;
  const auto wanted = [](const auto& list, auto one) {
    return list.empty() || std::ranges::find(list, one) != list.end();
  };
  std::vector<std::int64_t> ranks;
  for (const auto state : {FindingState::firing, FindingState::pending, FindingState::resolved}) {
    for (const auto severity :
         {Severity::critical, Severity::high, Severity::medium, Severity::low, Severity::info}) {
      if (wanted(filter.states, state) && wanted(filter.severities, severity)) {
        ranks.push_back(rows::rank_of(state, severity));
      }
    }
  }
  where.add("f.rank >= ?", ranks.front());
  where.add("f.rank <= ?", ranks.back());
  if (ranks.back() - ranks.front() + 1 != static_cast<std::int64_t>(ranks.size())) {
    where.add(fmt::format("f.rank IN ({})", fmt::join(ranks, ", ")));
  }
}

class SqliteReader : public Reader {
 public:
  explicit SqliteReader(sqlite::Database database) : database_(std::move(database)) {}

  Result<Page<model::Finding>> findings(const FindingFilter& filter) override;
  Result<std::optional<FindingHistory>> finding(const std::string& id) override;
  Result<Page<model::JobRecord>> jobs(const JobFilter& filter) override;
  Result<std::optional<model::JobRecord>> job(const std::string& id) override;
  Result<Timeline> timeline(const std::string& job, const TimelineQuery& query) override;
  Result<Timeline> cluster_timeline(const std::string& cluster,
                                    const TimelineQuery& query) override;
  Result<Changes> changes(const TimelineQuery& query) override;
  Result<std::vector<ChangedCluster>> changed(const TimelineQuery& query) override {
    return fleet::changed(database_, query);
  }
  Result<std::vector<FleetScore>> fleet_scores(const TimelineQuery& query) override {
    return fleet::scores(database_, query);
  }
  Result<Page<model::Notification>> notifications(const NotificationFilter& filter) override {
    return outbox::page(database_, filter);
  }
  Result<std::optional<model::Notification>> notification(const std::string& id) override {
    return outbox::one(database_, id);
  }
  Result<std::vector<model::Alert>> alerts() override { return outbox::alerts(database_); }
  Result<std::vector<model::Silence>> silences(Timestamp after) override {
    return outbox::silences(database_, after);
  }

 private:
  template <class Take>
  Result<void> each(const std::string& sql, const Conditions& conditions, Take take);

  /// The newest rows of a subject within the query, oldest first.
  template <class T, class Take>
  Result<void> newest(std::vector<T>& into, std::string_view columns, std::string_view from,
                      std::string_view time, Conditions conditions, const TimelineQuery& query,
                      Take take);

  sqlite::Database database_;
};

template <class Take>
Result<void> SqliteReader::each(const std::string& sql, const Conditions& conditions, Take take) {
  return each_row(
      database_, sql, [&conditions](Statement& statement) { conditions.bind(statement); },
      std::move(take));
}

Result<Page<model::Finding>> SqliteReader::findings(const FindingFilter& filter) {
  Conditions where;
  if (!filter.clusters.empty()) {
    where.add(fmt::format("f.cluster IN (SELECT id FROM clusters WHERE name IN (?{}))",
                          Conditions::repeated(filter.clusters.size() - 1)));
    for (const std::string& cluster : filter.clusters) {
      where.value(cluster);
    }
  }
  if (!filter.jobs.empty()) {
    const std::string more = Conditions::repeated(filter.jobs.size() - 1);
    where.add(fmt::format(
        "f.job IN (SELECT id FROM jobs WHERE public_id IN (?{0}) OR name IN (?{0}))", more));
    for (const std::string& job : filter.jobs) {
      where.value(Conditions::Blob{sqlite::to_bytes(job)});
    }
    for (const std::string& job : filter.jobs) {
      where.value(job);
    }
  }
  where.any_of("f.check_id", filter.checks);
  where.any_of("f.practice", filter.practices);
  add_ranks(where, filter);
  if (filter.waived) {
    where.add(*filter.waived ? "f.waiver <> ''" : "f.waiver = ''");
  }
  if (filter.since) {
    where.add(fmt::format("(f.rank < {} OR f.resolved_at >= ?)", rows::first_resolved_rank),
              count_of(*filter.since));
  }
  if (filter.until) {
    where.add("f.first_seen < ?", count_of(*filter.until));
  }
  if (!filter.cursor.empty()) {
    const auto parts = base::split(filter.cursor, '.');
    const auto rank = parts.size() == 3 ? number(parts[0]) : std::nullopt;
    const auto newness = parts.size() == 3 ? number(parts[1]) : std::nullopt;
    if (!rank || !newness || !sqlite::is_id(parts[2])) {
      return tl::unexpected(bad_cursor());
    }
    where.add("(f.rank, f.newness, f.public_id) > (?, ?, ?)");
    where.value(*rank);
    where.value(*newness);
    where.value(Conditions::Blob{sqlite::to_bytes(parts[2])});
  }
  // Which, by an index alone; then what they are.
  const std::string sql = fmt::format(
      "SELECT f.rank, f.newness, {} FROM (SELECT f.id FROM findings f{} "
      "ORDER BY f.rank, f.newness, f.public_id LIMIT {}) page "
      "CROSS JOIN findings f ON f.id = page.id JOIN clusters c ON c.id = f.cluster "
      "LEFT JOIN jobs j ON j.id = f.job ORDER BY f.rank, f.newness, f.public_id",
      rows::finding_columns, where.sql(), filter.limit + 1);
  Page<model::Finding> page;
  std::string last;
  const auto read = each(sql, where, [&](Statement& row) -> Result<void> {
    if (page.items.size() == filter.limit) {
      page.next = last;
      return {};
    }
    const std::int64_t rank = row.integer();
    const std::int64_t newness = row.integer();
    auto finding = rows::finding(row);
    if (!finding) {
      return tl::unexpected(finding.error());
    }
    last = fmt::format("{}.{}.{}", rank, newness, finding->id);
    page.items.push_back(std::move(*finding));
    return {};
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return page;
}

Result<std::optional<FindingHistory>> SqliteReader::finding(const std::string& id) {
  const auto view = sqlite::Transaction::begin_read(database_);
  if (!view) {
    return tl::unexpected(view.error());
  }
  Conditions where;
  where.add("f.public_id = ?");
  where.value(Conditions::Blob{sqlite::to_bytes(id)});
  std::optional<FindingHistory> found;
  auto read = each(fmt::format("SELECT {} FROM findings f JOIN clusters c ON c.id = f.cluster "
                               "LEFT JOIN jobs j ON j.id = f.job{}",
                               rows::finding_columns, where.sql()),
                   where, [&](Statement& row) -> Result<void> {
                     auto finding = rows::finding(row);
                     if (!finding) {
                       return tl::unexpected(finding.error());
                     }
                     found = FindingHistory{std::move(*finding), {}};
                     return {};
                   });
  if (read && found) {
    read = each(fmt::format("SELECT {} FROM transitions t JOIN findings f ON f.id = t.finding{} "
                            "ORDER BY t.id",
                            rows::transition_columns, where.sql()),
                where, [&](Statement& row) -> Result<void> {
                  found->transitions.push_back(rows::transition(row));
                  return {};
                });
  }
  if (!read) {
    return tl::unexpected(read.error());
  }
  return found;
}

Result<Page<model::JobRecord>> SqliteReader::jobs(const JobFilter& filter) {
  Conditions where;
  where.add("c.removed_at IS NULL");
  where.any_of("c.name", filter.clusters);
  if (filter.live) {
    where.add(*filter.live ? "j.ended_at IS NULL" : "j.ended_at IS NOT NULL");
  }
  if (!filter.cursor.empty()) {
    const auto last = job(filter.cursor);
    if (!last) {
      return tl::unexpected(last.error());
    }
    if (!*last) {
      return tl::unexpected(bad_cursor());
    }
    where.add("c.name >= ?", (*last)->cluster);  // which an index knows, unlike the next
    where.add("(c.name, j.name, j.public_id) > (?, ?, ?)");
    where.value((*last)->cluster);
    where.value((*last)->name);
    where.value(Conditions::Blob{sqlite::to_bytes(filter.cursor)});
  }
  auto statement =
      database_.prepare(fmt::format("SELECT {} FROM clusters c JOIN jobs j ON j.cluster = c.id{} "
                                    "ORDER BY c.name, j.name, j.public_id",
                                    rows::job_columns, where.sql()));
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  where.bind(*statement);
  Page<model::JobRecord> page;
  while (filter.limit > 0) {
    const auto row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      break;
    }
    model::JobRecord found = rows::job(*statement);
    // Not by SQLite's GLOB: that knows brackets, and takes exponential time for some patterns.
    if (!filter.name.empty() && !base::glob_match(filter.name, found.name)) {
      continue;
    }
    if (page.items.size() == filter.limit) {
      page.next = page.items.back().id;
      break;
    }
    page.items.push_back(std::move(found));
  }
  return page;
}

Result<std::optional<model::JobRecord>> SqliteReader::job(const std::string& id) {
  Conditions where;
  where.add("j.public_id = ?");
  where.value(Conditions::Blob{sqlite::to_bytes(id)});
  std::optional<model::JobRecord> found;
  const auto read = each(fmt::format("SELECT {} FROM jobs j JOIN clusters c ON c.id = j.cluster{}",
                                     rows::job_columns, where.sql()),
                         where, [&](Statement& row) -> Result<void> {
                           found = rows::job(row);
                           return {};
                         });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return found;
}

template <class T, class Take>
Result<void> SqliteReader::newest(std::vector<T>& into, std::string_view columns,
                                  std::string_view from, std::string_view time,
                                  Conditions conditions, const TimelineQuery& query, Take take) {
  if (query.since) {
    // An interval that was open then belongs to it.
    conditions.add(time == "v.opened_at" ? "(v.closed_at IS NULL OR v.closed_at > ?)"
                                         : fmt::format("{} >= ?", time),
                   count_of(*query.since));
  }
  if (query.until) {
    conditions.add(fmt::format("{} < ?", time), count_of(*query.until));
  }
  auto read = each(fmt::format("SELECT {} FROM {}{} ORDER BY {} DESC LIMIT {}", columns, from,
                               conditions.sql(), order_of(time), query.limit),
                   conditions, [&](Statement& row) -> Result<void> {
                     into.push_back(take(row));
                     return {};
                   });
  std::ranges::reverse(into);
  return read;
}

Result<Timeline> SqliteReader::timeline(const std::string& job, const TimelineQuery& query) {
  const auto view = sqlite::Transaction::begin_read(database_);
  if (!view) {
    return tl::unexpected(view.error());
  }
  Timeline timeline;
  const auto id = [&]() -> Result<std::int64_t> {
    auto statement = database_.prepare("SELECT id FROM jobs WHERE public_id = ?");
    if (!statement) {
      return tl::unexpected(statement.error());
    }
    const auto row = statement->bind_blob(sqlite::to_bytes(job)).step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    return *row ? statement->integer() : 0;
  }();
  if (!id) {
    return tl::unexpected(id.error());
  }
  const auto of = [&id](std::string_view column) {
    Conditions conditions;
    conditions.add(fmt::format("{} = ?", column), *id);
    return conditions;
  };
  // An index by (cluster, job, time) serves these: the cluster is the job's own.
  const auto of_subject = [&](std::string_view alias) {
    Conditions conditions;
    conditions.add(fmt::format("{}.cluster = (SELECT cluster FROM jobs WHERE id = ?)", alias), *id);
    conditions.add(fmt::format("{}.job = ?", alias), *id);
    return conditions;
  };
  const auto hour_of = [](Statement& row) {
    Timeline::CheckpointHour hour;
    hour.hour = row.time();
    hour.completed = row.integer();
    hour.failed = row.integer();
    hour.median_duration = row.optional<model::milliseconds>();
    hour.longest_duration = row.optional<model::milliseconds>();
    hour.longest_async = row.optional<model::milliseconds>();
    hour.longest_sync = row.optional<model::milliseconds>();
    hour.largest_state = row.optional<base::Bytes>();
    return hour;
  };
  const std::array<Result<void>, 7> read{
      newest(timeline.deployments, rows::deployment_columns,
             "deployments d JOIN jobs j ON j.id = d.job", "d.seen_at", of("d.job"), query,
             rows::deployment),
      newest(timeline.events, rows::event_columns, "events e JOIN jobs j ON j.id = e.job", "e.at",
             of_subject("e"), query, rows::event),
      newest(timeline.verdicts, rows::verdict_columns, "verdicts v JOIN jobs j ON j.id = v.job",
             "v.opened_at", of_subject("v"), query, rows::verdict),
      newest(timeline.transitions, rows::transition_columns,
             "findings f JOIN transitions t ON t.finding = f.id", "t.at", of("f.job"), query,
             rows::transition),
      newest(timeline.checkpoints, rows::checkpoint_columns,
             "checkpoints p JOIN jobs j ON j.id = p.job", "p.triggered_at", of("p.job"), query,
             rows::checkpoint),
      newest(timeline.checkpoint_hours,
             "h.hour, h.completed, h.failed, h.median_duration, h.longest_duration, "
             "h.longest_async, h.longest_sync, h.largest_state",
             "checkpoint_hours h", "h.hour", of("h.job"), query, hour_of),
      newest(timeline.scores, rows::score_columns, "scores s JOIN jobs j ON j.id = s.job", "s.at",
             of_subject("s"), query, rows::score)};
  for (const Result<void>& part : read) {
    if (!part) {
      return tl::unexpected(part.error());
    }
  }
  return timeline;
}

Result<Timeline> SqliteReader::cluster_timeline(const std::string& cluster,
                                                const TimelineQuery& query) {
  const auto view = sqlite::Transaction::begin_read(database_);
  if (!view) {
    return tl::unexpected(view.error());
  }
  Timeline timeline;
  const auto of = [&cluster](std::string_view alias) {
    Conditions conditions;
    conditions.add(fmt::format("{}.cluster = (SELECT id FROM clusters WHERE name = ?)", alias),
                   cluster);
    conditions.add(fmt::format("{}.job IS NULL", alias));
    return conditions;
  };
  const std::array<Result<void>, 4> read{
      newest(timeline.events, rows::event_columns, "events e LEFT JOIN jobs j ON j.id = e.job",
             "e.at", of("e"), query, rows::event),
      newest(timeline.verdicts, rows::verdict_columns,
             "verdicts v LEFT JOIN jobs j ON j.id = v.job", "v.opened_at", of("v"), query,
             rows::verdict),
      newest(timeline.transitions, rows::transition_columns,
             "findings f JOIN transitions t ON t.finding = f.id", "t.at", of("f"), query,
             rows::transition),
      newest(timeline.scores, rows::score_columns, "scores s LEFT JOIN jobs j ON j.id = s.job",
             "s.at", of("s"), query, rows::score)};
  for (const Result<void>& part : read) {
    if (!part) {
      return tl::unexpected(part.error());
    }
  }
  return timeline;
}

Result<Changes> SqliteReader::changes(const TimelineQuery& query) {
  const auto view = sqlite::Transaction::begin_read(database_);
  if (!view) {
    return tl::unexpected(view.error());
  }
  const auto within = [&query](std::string_view time) {
    Conditions conditions;
    conditions.add("c.removed_at IS NULL");
    if (query.since) {
      conditions.add(fmt::format("{} >= ?", time), count_of(*query.since));
    }
    if (query.until) {
      conditions.add(fmt::format("{} < ?", time), count_of(*query.until));
    }
    return conditions;
  };
  Changes changes;
  Conditions fired_or_resolved = within("t.at");
  fired_or_resolved.add(
      fmt::format("t.to_state <> {}", static_cast<int>(model::FindingState::pending)));
  constexpr std::string_view of_findings =
      "transitions t JOIN findings f ON f.id = t.finding JOIN clusters c ON c.id = f.cluster";
  const std::array<Result<void>, 3> read{
      each(fmt::format("SELECT {}, c.name, j.public_id, j.name, f.check_id, "
                       "json_extract(f.verdict, '$.message') FROM {} "
                       "LEFT JOIN jobs j ON j.id = f.job{} ORDER BY t.at DESC, t.id DESC LIMIT {}",
                       rows::transition_columns, of_findings, fired_or_resolved.sql(), query.limit),
           fired_or_resolved,
           [&changes](Statement& row) -> Result<void> {
             Changes::OfFinding& change = changes.findings.emplace_back();
             change.transition = rows::transition(row);
             change.cluster = row.text();
             change.job = sqlite::to_hex(row.blob());
             change.job_name = row.text();
             change.check = row.text();
             change.message = row.text();
             return {};
           }),
      each(fmt::format("SELECT {}, c.name, j.name FROM events e JOIN clusters c ON "
                       "c.id = e.cluster LEFT JOIN jobs j ON j.id = e.job{} "
                       "ORDER BY e.at DESC, e.id DESC LIMIT {}",
                       rows::event_columns, within("e.at").sql(), query.limit),
           within("e.at"),
           [&changes](Statement& row) -> Result<void> {
             Changes::OfSubject& change = changes.events.emplace_back();
             change.event = rows::event(row);
             change.cluster = row.text();
             change.job_name = row.text();
             return {};
           }),
      each(fmt::format("SELECT t.at / 3600000 * 3600000 AS hour, "
                       "sum(t.to_state = {0} AND t.severity >= {2}), "
                       "sum(t.to_state = {0} AND t.severity < {2}), sum(t.to_state = {1}) "
                       "FROM {3}{4} GROUP BY hour ORDER BY hour",
                       static_cast<int>(model::FindingState::firing),
                       static_cast<int>(model::FindingState::resolved),
                       static_cast<int>(model::Severity::high), of_findings,
                       fired_or_resolved.sql()),
           fired_or_resolved, [&changes](Statement& row) -> Result<void> {
             Changes::Hour& hour = changes.hours.emplace_back();
             hour.hour = row.time();
             hour.fired_high = row.integer();
             hour.fired_lower = row.integer();
             hour.resolved = row.integer();
             return {};
           })};
  for (const Result<void>& part : read) {
    if (!part) {
      return tl::unexpected(part.error());
    }
  }
  return changes;
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::open(const std::string& path) {
  auto database = sqlite::Database::open(path, sqlite::Mode::read);
  if (!database) {
    return tl::unexpected(database.error());
  }
  return std::make_unique<SqliteReader>(std::move(*database));
}

}  // namespace auditor::storage
