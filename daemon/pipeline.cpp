#include "daemon/pipeline.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

#include "alerts/digest.h"
#include "base/gzip.h"
#include "base/log.h"
#include "base/murmur3.h"
#include "base/text.h"
#include "checks/engine.h"
#include "checks/flow/flow.h"

namespace auditor::daemon {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr std::size_t inbox_capacity = 4096;
constexpr std::size_t looks_in_a_batch = 256;
// Beyond it large clusters make a commit, and a stop, wait.
constexpr milliseconds longest_batch{250};
// What comes this soon after a look is judged and written with it: one waking and one commit for
// all.
constexpr milliseconds gathered_for{10};
// A steady look writes nothing or a row or two: this is hours of a whole fleet.
constexpr std::size_t most_unwritten = 20'000;
constexpr seconds write_again_after{1};
// For the time after a restart, until the first look; a stop stores those with news too. Most looks
// change a duration or a time somewhere: that alone is not worth a write of all, which costs as
// much as twenty looks.
constexpr milliseconds report_with_news_stored_every = std::chrono::minutes(1);
constexpr milliseconds report_stored_every = std::chrono::hours(1);
constexpr int quickly = 1;  // the level of gzip
constexpr milliseconds tidy_every = std::chrono::minutes(1);
constexpr milliseconds published_every{1'000};
constexpr std::string_view not_ready_for_storage = "storage: ";

std::string id_of(const model::Waiver& waiver) {
  std::string identity = waiver.check;
  for (const std::string& part : {waiver.cluster, waiver.job, waiver.reason, waiver.owner,
                                  base::format_rfc3339(*waiver.created_at)}) {
    identity += '\0';
    identity += part;
  }
  return base::to_hex(base::murmur3_x64_128(identity)).substr(0, 16);
}

/// Notes which checks are new since the store was last opened: what they find first is no news.
base::Result<void> know_checks(storage::Store& store, storage::Remembered& remembered,
                               base::Timestamp now) {
  const bool fresh = remembered.known_checks.empty();
  for (const model::CheckInfo* check : checks::descriptions()) {
    remembered.known_checks.try_emplace(std::string(check->id), fresh ? base::Timestamp{} : now);
  }
  return store.put_known_checks(remembered.known_checks);
}

/// For the page: it has no history, and the next look changes ours.
std::shared_ptr<const web::LatestLook> latest_look(
    const std::shared_ptr<const model::Snapshot>& snapshot, const model::ClusterHistory& history,
    std::vector<checks::Memo> memos) {
  auto latest = std::make_shared<web::LatestLook>();
  latest->snapshot = snapshot;
  latest->flows = checks::flow_windows(*snapshot, history, std::move(memos));
  return latest;
}

}  // namespace

Pipeline::Pipeline(std::unique_ptr<storage::Store> store, World world)
    : store_(std::move(store)),
      world_(std::move(world)),
      inbox_(inbox_capacity),
      ledger_(*store_, world_.sender) {}

Pipeline::Cluster& Pipeline::cluster_of(const std::string& name) {
  return clusters_.try_emplace(name, name).first->second;
}

base::Result<void> Pipeline::restore() {
  auto remembered = store_->remembered(world_.now());
  if (!remembered) {
    return tl::unexpected(remembered.error());
  }
  api_waivers_ = std::move(remembered->waivers);
  if (auto known = know_checks(*store_, *remembered, world_.now()); !known) {
    return known;
  }
  desk_.restore({.alerts = std::move(remembered->alerts),
                 .groups = std::move(remembered->groups),
                 .silences = std::move(remembered->silences),
                 .known_checks = std::move(remembered->known_checks)},
                world_.now());
  ledger_.resume(std::move(remembered->waiting));
  for (auto& [name, earlier] : remembered->clusters) {
    Cluster& cluster = cluster_of(name);
    cluster.url = earlier.url;
    cluster.watched_since = earlier.watched_since;
    for (const model::Deployment& deployment : earlier.deployments) {
      desk_.remember(deployment);
    }
    cluster.history.restore({.jobs = earlier.jobs,
                             .deployments = earlier.deployments,
                             .checkpoints = earlier.checkpoints,
                             .scores = earlier.scores,
                             .failovers = earlier.failovers,
                             .state_days = earlier.state_days,
                             .job_hours = earlier.job_hours,
                             .reachable = earlier.reachable,
                             .last_seen = earlier.last_seen});
    cluster.tracker.restore(earlier.findings, earlier.verdicts);
    web::ClusterEntry entry;
    entry.status.name = name;
    entry.status.url = earlier.url;
    entry.status.last_success = earlier.last_seen;
    if (!earlier.report_gz.empty()) {
      entry.stored_report = std::make_shared<const std::string>(std::move(earlier.report_gz));
    }
    world_.board->put(std::move(entry));
  }
  return {};
}

bool Pipeline::deliver(Look look) {
  return inbox_.push(std::move(look));
}

void Pipeline::command(std::function<void()> command) {
  inbox_.push_always(std::move(command));
}

void Pipeline::set_settings(std::shared_ptr<const model::DaemonSettings> settings) {
  settings_ = std::move(settings);
  desk_.set_settings(settings_, world_.now());
  digest_at_ = alerts::next_digest(settings_->alerting.digest, world_.now());
  effective_ = settings_->audit;
  effective_.waivers.insert(effective_.waivers.end(), api_waivers_.begin(), api_waivers_.end());
  for (auto& [name, cluster] : clusters_) {
    cluster.auditor.forget();
    cluster.tracker.forget();
  }
  world_.board->put_settings(std::make_shared<const model::Settings>(effective_));
  publish_waivers();
}

void Pipeline::set_fleet(const std::vector<model::ClusterSettings>& clusters, bool complete) {
  std::set<std::string_view> fleet;
  for (const model::ClusterSettings& settings : clusters) {
    fleet.insert(settings.name);
    Cluster& cluster = cluster_of(settings.name);
    cluster.watched = true;
    cluster.url = settings.url;
    cluster.labels = settings.labels;
    cluster.history.expect(settings.expected_jobs);
  }
  std::vector<std::string> gone;
  for (const auto& [name, cluster] : clusters_) {
    if (!fleet.contains(name) && (complete || cluster.watched)) {
      gone.push_back(name);
    }
  }
  for (const std::string& name : gone) {
    remove_cluster(name);
  }
  write();
}

void Pipeline::remove_cluster(const std::string& name) {
  const auto found = clusters_.find(name);
  model::CycleRecord record;
  record.cluster = name;
  record.url = found->second.url;
  record.labels = found->second.labels;
  record.at = world_.now();
  record.removed = true;
  record.events.push_back(
      {model::EventKind::cluster_removed, record.at, {}, {}, {}, "no longer configured"});
  found->second.tracker.resolve_all(record.at, "the cluster is no longer configured", record);
  desk_.observe({&found->second.labels, found->second.watched_since}, record, record.at);
  unwritten_.push_back(std::move(record));
  std::erase_if(judged_, [&](const auto& judged) { return judged.second == &found->second; });
  clusters_.erase(found);
  world_.board->remove(name);
}

base::Result<model::Waiver> Pipeline::add_waiver(model::Waiver waiver) {
  waiver.source = model::Waiver::Source::api;
  waiver.created_at = world_.now();
  waiver.id = id_of(waiver);
  if (const auto kept = store_->put_waiver(waiver); !kept) {
    return tl::unexpected(kept.error());
  }
  api_waivers_.push_back(waiver);
  set_settings(settings_);
  return waiver;
}

base::Result<bool> Pipeline::remove_waiver(const std::string& id) {
  const auto removed = store_->remove_waiver(id);
  if (removed && *removed) {
    std::erase_if(api_waivers_, [&id](const model::Waiver& waiver) { return waiver.id == id; });
    set_settings(settings_);
  }
  return removed;
}

bool Pipeline::overburdened() const {
  return unwritten_.size() >= most_unwritten;
}

void Pipeline::judge(const Look& look) {
  const std::string& name = look.cluster->name;
  const auto known = clusters_.find(name);
  if (known == clusters_.end() || !known->second.watched) {
    return;  // it left the fleet while this look was under way
  }
  if (overburdened()) {
    world_.board->change_daemon([](web::DaemonStatus& daemon) { ++daemon.dropped_snapshots; });
    return;
  }
  Cluster& cluster = known->second;
  judged_.emplace_back(&known->first, &cluster);
  const model::Snapshot& snapshot = *look.snapshot;
  model::CycleRecord record;
  record.cluster = name;
  record.at = snapshot.taken_at;
  record.reachable = !snapshot.failure;
  cluster.history.observe(snapshot, record);
  audit::Judgement judgement =
      cluster.auditor.judge(snapshot, effective_, cluster.history.for_checks());
  const checks::TrackedCycle cycle{.now = snapshot.taken_at,
                                   .verdicts = &judgement.verdicts,
                                   .complete = !snapshot.failure,
                                   .jobs = &cluster.history.judged_jobs(),
                                   .live_jobs = &cluster.history.live_jobs()};
  cluster.tracker.apply(cycle, effective_, record);
  if (!snapshot.failure && !cluster.watched_since) {
    cluster.watched_since = snapshot.taken_at;
  }
  desk_.observe({&cluster.labels, cluster.watched_since}, record, world_.now());
  tell_deployments(record);
  if (!snapshot.failure) {
    // The report of a cluster that cannot be seen says nothing: the last good one stays.
    cluster.latest_look =
        latest_look(look.snapshot, cluster.history.for_checks(), std::move(judgement.memos));
    cluster.history.note_scores(judgement.report, record);
    cluster.waiver_matches = std::move(judgement.waiver_matches);
    cluster.report = std::make_shared<const model::AuditReport>(std::move(judgement.report));
    cluster.report_changed = cluster.report_changed || judgement.changed;
    cluster.report_has_news =
        cluster.report_has_news || !record.transitions.empty() || !record.scores.empty();
    reports_due_at_ = std::min(reports_due_at_, due_of(cluster));
  }
  for (const model::Transition& transition : record.transitions) {
    base::log(base::LogSeverity::debug, "finding changed",
              {{"cluster", name},
               {"finding", transition.finding},
               {"state", std::string(to_text(transition.to))},
               {"reason", transition.reason}});
  }
  if (!record.empty()) {
    record.url = cluster.url;
    record.labels = cluster.labels;
    unwritten_.push_back(std::move(record));
  }
}

void Pipeline::write() {
  if (unwritten_.empty() || Steady::now() < write_again_at_) {
    return;
  }
  const auto committed = store_->commit(unwritten_);
  if (committed) {
    unwritten_.clear();
  } else {
    write_again_at_ = Steady::now() + write_again_after;
  }
  note_store(committed);
}

void Pipeline::note_store(const base::Result<void>& written) {
  if (written && store_error_.empty() && unwritten_.empty() && !unwritten_shown_) {
    return;
  }
  if (written && !store_error_.empty()) {
    base::log(base::LogSeverity::warning, "the store can be written again");
    store_error_.clear();
  } else if (!written && store_error_ != written.error().message) {
    store_error_ = written.error().message;
    base::log(base::LogSeverity::error,
              "the store cannot be written; changes wait in memory, alerts are sent all the same",
              {{"error", store_error_}});
  }
  unwritten_shown_ = !unwritten_.empty();
  world_.board->change_daemon([&](web::DaemonStatus& daemon) {
    daemon.store_failures += written ? 0U : 1U;
    daemon.store_error = store_error_;
    daemon.unwritten_records = unwritten_.size();
    std::erase_if(daemon.not_ready,
                  [](const std::string& why) { return why.starts_with(not_ready_for_storage); });
    if (!written) {
      std::string& why = daemon.not_ready.emplace_back(not_ready_for_storage);
      why += store_error_;
    }
  });
}

base::Timestamp Pipeline::due_of(const Cluster& cluster) {
  return cluster.report_stored_at +
         (cluster.report_has_news ? report_with_news_stored_every : report_stored_every);
}

void Pipeline::store_reports(std::size_t most) {
  if (!unwritten_.empty()) {
    return;  // the store has trouble
  }
  const base::Timestamp now = world_.now();
  if (now < reports_due_at_) {
    return;
  }
  base::Timestamp next = base::Timestamp::max();
  for (auto& [name, cluster] : clusters_) {
    if (!cluster.report) {
      continue;
    }
    const base::Timestamp due_at = due_of(cluster);
    if (now < due_at || most == 0) {
      next = std::min(next, due_at);
      continue;
    }
    --most;
    cluster.report_has_news = false;
    cluster.report_stored_at = now;
    auto compressed = base::gzip(model::to_json(*cluster.report), quickly);
    if (compressed) {
      model::CycleRecord record;
      record.cluster = name;
      record.url = cluster.url;
      record.labels = cluster.labels;
      record.at = cluster.report->taken_at;
      record.reachable = !cluster.history.for_checks().failing_since.has_value();
      record.report_gz = std::move(*compressed);
      unwritten_.push_back(std::move(record));
    }
    next = std::min(next, due_of(cluster));
  }
  reports_due_at_ = next;
  write();
}

void Pipeline::tidy() {
  if (Steady::now() < tidy_at_ || !store_error_.empty() || settings_ == nullptr) {
    return;
  }
  const storage::Retention retention{.age = settings_->storage.retention_age,
                                     .size = settings_->storage.retention_size};
  const auto more = store_->tidy(world_.now(), retention);
  if (!more) {
    base::log(base::LogSeverity::warning, "old history cannot be removed",
              {{"error", more.error().message}});
  }
  if (!more || !*more) {
    tidy_at_ = Steady::now() + tidy_every;
  }
}

void Pipeline::publish_waivers() {
  std::vector<web::WaiverStatus> statuses;
  statuses.reserve(effective_.waivers.size());
  const base::Timestamp now = world_.now();
  for (const model::Waiver& waiver : effective_.waivers) {
    web::WaiverStatus& status = statuses.emplace_back();
    status.waiver = waiver;
    status.expired = waiver.expired(now);
    for (const auto& [name, cluster] : clusters_) {
      const auto found = cluster.waiver_matches.find(waiver.id);
      status.matches += found == cluster.waiver_matches.end() ? 0 : found->second;
    }
  }
  world_.board->put_waivers(std::move(statuses));
}

void Pipeline::publish_load() {
  if (Steady::now() - published_at_ < published_every) {
    return;
  }
  published_at_ = Steady::now();
  const auto size = store_->size();
  world_.board->change_daemon([&](web::DaemonStatus& daemon) {
    daemon.queue = inbox_.size();
    daemon.queue_capacity = inbox_.capacity();
    daemon.unwritten_records = unwritten_.size();
    if (size) {
      daemon.database_size = size->database;
      daemon.write_ahead_log_size = size->log;
    }
  });
  publish_waivers();
  watch_itself(world_.now());
  publish_alerting(world_.now());
}

void Pipeline::step(milliseconds wait) {
  const Steady::time_point enough = Steady::now() + wait + longest_batch;
  for (std::size_t taken = 0; taken < looks_in_a_batch && (taken == 0 || Steady::now() < enough);
       ++taken) {
    const auto message = inbox_.take(taken == 0 ? wait : milliseconds(0));
    if (!message) {
      break;
    }
    if (const Look* const look = std::get_if<Look>(&*message)) {
      if (taken == 0 && wait.count() > 0 && inbox_.size() == 0) {
        std::this_thread::sleep_for(gathered_for);
      }
      judge(*look);
    } else {
      std::get<std::function<void()>> (*message)();
      break;  // whoever waited for it finds in the next step that what was seen before is written
    }
  }
  write();
  tell();
  // After the commit: what the page shows is in the database, or waits for a disk that is full.
  for (const auto& [name, cluster] : judged_) {
    if (cluster->report) {
      world_.board->put_audit(*name, {.report = cluster->report,
                                      .changed = std::exchange(cluster->report_changed, false),
                                      .look = std::exchange(cluster->latest_look, nullptr)});
    }
  }
  judged_.clear();
  if (inbox_.size() == 0) {
    constexpr std::size_t reports_in_a_step = 2;
    store_reports(reports_in_a_step);
    tidy();
  }
  publish_load();
}

base::Result<void> Pipeline::finish(Steady::time_point deadline) {
  inbox_.close();
  while (inbox_.size() > 0 && Steady::now() < deadline) {
    step(milliseconds(0));
  }
  write_again_at_ = {};
  write();
  tell_at_ = {};
  tell();
  std::size_t due = 0;
  for (auto& [name, cluster] : clusters_) {
    const bool worth_it = cluster.report_has_news || cluster.report_stored_at == base::Timestamp{};
    if (cluster.report && worth_it) {
      cluster.report_stored_at = {};
      reports_due_at_ = {};
      ++due;
    }
  }
  constexpr std::size_t reports_in_a_step = 16;
  for (; due > 0 && Steady::now() < deadline; due -= std::min(due, reports_in_a_step)) {
    store_reports(reports_in_a_step);
  }
  if (!unwritten_.empty()) {
    return base::fail(base::ErrorKind::file,
                      fmt::format("{} of history could not be written: {}",
                                  base::plural(unwritten_.size(), "record"), store_error_));
  }
  return {};
}

}  // namespace auditor::daemon
