#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerts/digest.h"
#include "base/log.h"
#include "base/murmur3.h"
#include "base/text.h"
#include "daemon/pipeline.h"
#include "model/alert_json.h"

/// The pipeline's work on alerts.
namespace auditor::daemon {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using Steady = std::chrono::steady_clock;

constexpr milliseconds tell_every{200};
// How long a trouble of the auditor's own is told after it was last seen.
constexpr minutes trouble_lasts{15};

/// A notification that belongs to no group. `what` tells it from all others.
model::Notification notification_of(const model::Message& message, const std::string& what) {
  model::Notification notification;
  notification.id = "msg_";
  notification.id += base::to_hex(base::murmur3_x64_128(
      fmt::format("{}\n{}\n{}", message.receiver, what, message.at.time_since_epoch().count())));
  notification.receiver = message.receiver;
  notification.created_at = message.at;
  notification.next_attempt_at = message.at;
  notification.message = model::to_json(message);
  return notification;
}

std::string new_silence_id(const model::Silence& silence) {
  std::string identity = model::to_json(silence);
  return base::to_hex(base::murmur3_x64_128(identity)).substr(0, 16);
}

}  // namespace

base::Result<model::Silence> Pipeline::add_silence(model::Silence silence) {
  silence.created_at = world_.now();
  silence.id = new_silence_id(silence);
  if (const auto kept = store_->put_silence(silence); !kept) {
    return tl::unexpected(kept.error());
  }
  silence = desk_.add_silence(std::move(silence));
  publish_alerting(world_.now());
  return silence;
}

base::Result<bool> Pipeline::end_silence(const std::string& id) {
  const base::Timestamp now = world_.now();
  const auto ended = store_->remove_silence(id, now);
  if (ended && *ended) {
    desk_.end_silence(id, now);
    publish_alerting(now);
  }
  return ended;
}

base::Result<bool> Pipeline::retry_notification(const std::string& id) {
  auto again = store_->replay(id, world_.now());
  if (!again) {
    return tl::unexpected(again.error());
  }
  if (!*again) {
    return false;
  }
  dead_.erase((*again)->receiver);
  ledger_.resume({std::move(**again)});
  return true;
}

base::Result<std::size_t> Pipeline::send_digest() {
  return add_digest(world_.now());
}

void Pipeline::take_attempts(std::vector<model::Notification> attempted) {
  for (const model::Notification& attempt : attempted) {
    if (attempt.last_error.empty()) {
      last_errors_.erase(attempt.receiver);
    } else {
      last_errors_[attempt.receiver] = attempt.last_error;
    }
    if (attempt.state == model::NotificationState::dead) {
      base::log(base::LogSeverity::error, "a notification could not be delivered",
                {{"receiver", attempt.receiver},
                 {"notification", attempt.id},
                 {"error", attempt.last_error}});
      ++dead_[attempt.receiver];
      last_dead_at_ = world_.now();
    }
  }
  ledger_.add(std::move(attempted));
}

std::size_t Pipeline::add_digest(base::Timestamp now) {
  alerts::Reports reports;
  for (const auto& [name, cluster] : clusters_) {
    if (cluster.report) {
      reports.push_back(cluster.report);
    }
  }
  std::ranges::sort(reports, {}, [](const auto& report) -> const auto& { return report->name; });
  alerts::Due due;
  for (const std::string& receiver : settings_->alerting.digest.receivers) {
    due.notifications.push_back(
        notification_of(alerts::digest_of(reports, receiver, now), "digest"));
  }
  const std::size_t count = due.notifications.size();
  ledger_.add(std::move(due));
  return count;
}

void Pipeline::tell_deployments(const model::CycleRecord& record) {
  if (settings_ == nullptr || settings_->alerting.deployment_receivers.empty()) {
    return;
  }
  alerts::Due due;
  for (const model::Event& event : record.events) {
    if (event.kind != model::EventKind::job_deployed) {
      continue;
    }
    const auto job = std::ranges::find_if(
        record.jobs, [&event](const model::JobRecord& row) { return row.id == event.job; });
    const std::string name = job == record.jobs.end() ? event.job : job->name;
    for (const std::string& receiver : settings_->alerting.deployment_receivers) {
      model::Message message;
      message.kind = model::Message::Kind::deployment;
      message.receiver = receiver;
      message.at = event.at;
      message.cluster = record.cluster;
      message.job_name = name;
      message.title = fmt::format("{} was deployed on {}", base::shorten(name, 60), record.cluster);
      message.text = event.detail;
      due.notifications.push_back(notification_of(message, event.job));
    }
  }
  ledger_.add(std::move(due));
}

void Pipeline::watch_itself(base::Timestamp now) {
  const web::DaemonStatus daemon = world_.board->daemon();
  std::vector<model::Alert> alerts;
  const auto observe = [&](const char* what, model::Severity severity, const std::string& summary,
                           const char* remediation) {
    if (auto alert = desk_.observe_own(what, severity, summary, remediation, now)) {
      alerts.push_back(std::move(*alert));
    }
  };
  observe("auditor-store-failing", model::Severity::high,
          store_error_.empty()
              ? std::string()
              : fmt::format("the auditor's database cannot be written: {}. What it sees waits in "
                            "memory and is lost with the process",
                            store_error_),
          "Make room on its disk, or mend what the error tells; the auditor goes on by itself.");
  observe("auditor-reload-failed", model::Severity::medium,
          daemon.last_reload_ok
              ? std::string()
              : fmt::format("the auditor runs with an old configuration, for the new one is "
                            "wrong: {}",
                            daemon.last_reload_error),
          "Mend the configuration (flink-auditd --check-config) and reload it.");
  if (daemon.dropped_snapshots > dropped_) {
    dropped_ = daemon.dropped_snapshots;
    last_dropped_at_ = now;
  }
  observe("auditor-looks-dropped", model::Severity::high,
          last_dropped_at_ && now < *last_dropped_at_ + trouble_lasts
              ? std::string("the auditor cannot judge all that it sees: looks are dropped")
              : std::string(),
          "Give it more CPU or a faster disk, or look at its clusters less often (interval).");
  // One look that takes too long is its cluster's; several are the auditor's, or all clusters'.
  constexpr std::uint64_t several = 3;
  if (!missed_since_ || now >= *missed_since_ + trouble_lasts) {
    missed_before_ = missed_;
    missed_ = daemon.missed_looks;
    missed_since_ = now;
  }
  const std::uint64_t missed = daemon.missed_looks - missed_before_;
  observe("auditor-looks-missed", model::Severity::medium,
          missed >= several
              ? fmt::format("{} of the auditor were missed lately: they were due while the ones "
                            "before still ran",
                            base::plural(missed, "look"))
              : std::string(),
          "Look which clusters answer slowly (the page, Auditor), or look at them less often "
          "(interval).");
  std::string dead;
  if (last_dead_at_ && now < *last_dead_at_ + trouble_lasts) {
    for (const auto& [receiver, count] : dead_) {
      dead += fmt::format("{}{} to {}", dead.empty() ? "" : ", ",
                          base::plural(count, "notification"), receiver);
    }
  } else {
    dead_.clear();
  }
  observe("auditor-notifications-dead", model::Severity::high,
          dead.empty() ? std::string() : dead + " could not be delivered and are given up",
          "Mend the receiver, then send them again: the page lists them under Alerts, or POST "
          "/api/v1/notifications/ID/retry.");
  if (!alerts.empty()) {
    ledger_.add(std::move(alerts));
  }
}

void Pipeline::publish_alerting(base::Timestamp now) {
  if (settings_ == nullptr) {
    return;
  }
  const model::AlertingSettings& settings = settings_->alerting;
  auto status = std::make_shared<web::AlertingStatus>();
  status->configured = settings.route.has_value();
  status->external_url = settings.external_url;
  status->silences = desk_.silences();
  for (auto& [alert, receivers, muted_by] : desk_.statuses(now)) {
    status->alerts.push_back({std::move(alert), std::move(receivers), std::move(muted_by)});
  }
  const Sender::Counters counters = world_.sent ? world_.sent() : Sender::Counters{};
  for (const model::ReceiverSettings& receiver : settings.receivers) {
    const auto count = [&](const char* outcome) {
      const auto found = counters.attempts.find({receiver.name, outcome});
      return found == counters.attempts.end() ? 0 : found->second;
    };
    web::ReceiverStatus& row = status->receivers.emplace_back();
    row.name = receiver.name;
    row.kind = to_text(receiver.kind);
    row.delivered = count("delivered");
    row.attempts_failed = count("failed");
    row.dead = count("dead");
    if (const auto waiting = counters.by_receiver.find(receiver.name);
        waiting != counters.by_receiver.end()) {
      row.waiting = waiting->second.count;
      row.oldest_waiting = waiting->second.oldest;
    }
    if (const auto stopped = counters.stopped.find(receiver.name);
        stopped != counters.stopped.end()) {
      row.stopped = stopped->second;
    }
    if (const auto error = last_errors_.find(receiver.name); error != last_errors_.end()) {
      row.last_error = error->second;
    }
  }
  world_.board->put_alerting(std::move(status));
}

void Pipeline::tell() {
  if (settings_ == nullptr || (Steady::now() < tell_at_ && ledger_.empty())) {
    return;
  }
  tell_at_ = Steady::now() + tell_every;
  const base::Timestamp now = world_.now();
  ledger_.add(desk_.take_due(now));
  if (digest_at_ && now >= *digest_at_) {
    add_digest(now);
    digest_at_ = alerts::next_digest(settings_->alerting.digest, now);
  }
  // What a notification tells must not be stored before what it tells of.
  const bool first = unwritten_.empty();
  const auto written = ledger_.write(first);
  if (first) {
    note_store(written);
  }
}

}  // namespace auditor::daemon
