#include "daemon/alert_desk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/murmur3.h"
#include "base/text.h"
#include "model/check_info.h"

namespace auditor::daemon {

namespace {

using model::Alert;
using model::Finding;

bool is_health(const std::string& practice) {
  return std::ranges::any_of(model::practices(), [&practice](const model::Practice& known) {
    return known.id == practice && known.kind == model::PracticeKind::health;
  });
}

void change(Alert& alert, bool firing, base::Timestamp at, std::string reason) {
  alert.firing = firing;
  ++alert.revision;
  if (firing) {
    alert.starts_at = at;
    alert.ends_at.reset();
  } else {
    alert.ends_at = at;
  }
  alert.changes.push_back({firing, at, std::move(reason)});
  if (alert.changes.size() > Alert::changes_kept) {
    alert.changes.erase(alert.changes.begin());
  }
}

std::map<std::string, std::string> labels_of(const std::map<std::string, std::string>* cluster,
                                             const Finding& finding) {
  std::map<std::string, std::string> labels;
  if (cluster != nullptr) {
    labels = *cluster;
  }
  const model::Verdict& verdict = *finding.verdict;
  const auto put = [&labels](const char* name, std::string value) {
    if (!value.empty()) {
      labels.insert_or_assign(name, std::move(value));
    }
  };
  put("alertname", verdict.check);
  put("check", verdict.check);
  put("practice", verdict.practice);
  put("severity", std::string(to_text(verdict.severity)));
  put("cluster", finding.cluster);
  put("job", verdict.subject->job_name.value_or(""));
  put("vertex", verdict.subject->vertex_name.value_or(""));
  return labels;
}

/// Why the record says that a finding is over.
std::string reason_of(const model::CycleRecord& record, const Finding& finding) {
  if (!finding.waiver.empty()) {
    return "waived";
  }
  const auto transition =
      std::ranges::find_if(record.transitions, [&finding](const model::Transition& candidate) {
        return candidate.finding == finding.id && candidate.to == model::FindingState::resolved;
      });
  return transition == record.transitions.end() ? std::string() : transition->reason;
}

/// What a start-up brings along. What a deployment itself did wrong is told at once.
bool belongs_to_start_up(const model::Verdict& verdict) {
  constexpr std::array<std::string_view, 3> practices{"checkpoint-health", "flow", "resources"};
  return verdict.severity != model::Severity::critical &&
         (std::ranges::find(practices, std::string_view(verdict.practice)) != practices.end() ||
          verdict.check == "tasks-not-running");
}

}  // namespace

void AlertDesk::set_settings(std::shared_ptr<const model::DaemonSettings> settings,
                             base::Timestamp now) {
  settings_ = std::move(settings);
  dispatcher_.set_settings(
      std::shared_ptr<const model::AlertingSettings>(settings_, &settings_->alerting), now);
}

void AlertDesk::restore(Past past, base::Timestamp now) {
  known_checks_ = std::move(past.known_checks);
  silences_ = std::move(past.silences);
  dispatcher_.set_silences(silences_);
  dispatcher_.restore(past.alerts, past.groups, now);
}

void AlertDesk::remember(const model::Deployment& deployment) {
  base::Timestamp& at = deployed_at_[deployment.job];
  at = std::max(at, deployment.started_at.value_or(deployment.seen_at));
}

bool AlertDesk::is_first_sight(const Seen& seen, const Finding& finding) const {
  if (finding.verdict->severity == model::Severity::critical || finding.episodes > 1) {
    return false;
  }
  // A check that is new has its first look at each cluster within a few intervals.
  constexpr std::chrono::minutes first_looks{10};
  const auto known = known_checks_.find(finding.verdict->check);
  return finding.first_seen == seen.watched_since ||
         (known != known_checks_.end() && known->second != base::Timestamp{} &&
          finding.first_seen < known->second + first_looks);
}

std::optional<base::Timestamp> AlertDesk::muted_until(const Finding& finding) const {
  const auto deployed = deployed_at_.find(finding.job);
  if (deployed == deployed_at_.end() || !belongs_to_start_up(*finding.verdict)) {
    return std::nullopt;
  }
  const base::Timestamp until = deployed->second + settings_->alerting.startup_mute;
  return *finding.firing_since < until ? std::optional(until) : std::nullopt;
}

void AlertDesk::observe(const Seen& seen, model::CycleRecord& record, base::Timestamp now) {
  for (const model::Deployment& deployment : record.deployments) {
    remember(deployment);
  }
  for (const Finding& finding : record.findings) {
    observe(seen, finding, record, now);
  }
  for (const model::JobRecord& job : record.jobs) {
    if (job.ended_at) {
      deployed_at_.erase(job.id);
    }
  }
}

void AlertDesk::observe(const Seen& seen, const Finding& finding, model::CycleRecord& record,
                        base::Timestamp now) {
  const model::Verdict& verdict = *finding.verdict;
  const bool fires = finding.state == model::FindingState::firing && finding.waiver.empty() &&
                     is_health(verdict.practice);
  const Alert* const known = dispatcher_.alert(finding.id);
  if (!fires && (known == nullptr || !known->firing)) {
    return;
  }
  Alert alert = known == nullptr ? Alert{} : *known;
  if (!fires) {
    change(alert, false, record.at, reason_of(record, finding));
  } else {
    const bool begins =
        known == nullptr || !known->firing || known->starts_at < *finding.firing_since;
    const bool worse = !begins && verdict.severity > known->severity;
    alert.id = finding.id;
    alert.cluster = finding.cluster;
    alert.job = finding.job;
    alert.labels = labels_of(seen.labels, finding);
    alert.summary = verdict.message.text();
    alert.remediation = verdict.remediation;
    alert.severity = verdict.severity;
    if (begins) {
      alert.revision = known == nullptr ? 0 : known->revision;
      change(alert, true, *finding.firing_since, "");
      alert.first_sight = is_first_sight(seen, finding);
      alert.muted_until = muted_until(finding);
    } else if (worse) {
      ++alert.revision;
      alert.changes.push_back(
          {true, record.at, "it is " + std::string(to_text(verdict.severity)) + " now"});
      // A cluster that was so when it was first seen is news once it is critical.
      alert.first_sight = alert.first_sight && verdict.severity != model::Severity::critical;
    } else if (alert == *known) {
      return;
    }
  }
  dispatcher_.observe(alert, now);
  record.alerts.push_back(std::move(alert));
}

std::optional<model::Alert> AlertDesk::observe_own(const std::string& what,
                                                   model::Severity severity,
                                                   const std::string& summary,
                                                   const std::string& remediation,
                                                   base::Timestamp now) {
  const std::string id = base::to_hex(base::murmur3_x64_128("flink-auditor/" + what));
  const Alert* const known = dispatcher_.alert(id);
  const bool fired = known != nullptr && known->firing;
  if (summary.empty() && !fired) {
    return std::nullopt;
  }
  Alert alert = known == nullptr ? Alert{} : *known;
  if (summary.empty()) {
    change(alert, false, now, "it is over");
  } else {
    alert.id = id;
    alert.labels = {{"alertname", what},
                    {"check", what},
                    {"practice", "auditor"},
                    {"severity", std::string(to_text(severity))}};
    alert.summary = summary;
    alert.remediation = remediation;
    alert.severity = severity;
    if (!fired) {
      alert.revision = known == nullptr ? 0 : known->revision;
      change(alert, true, now, "");
    } else if (alert == *known) {
      return std::nullopt;
    }
  }
  dispatcher_.observe(alert, now);
  return alert;
}

model::Silence AlertDesk::add_silence(model::Silence silence) {
  silences_.push_back(silence);
  dispatcher_.set_silences(silences_);
  return silence;
}

bool AlertDesk::end_silence(const std::string& id, base::Timestamp now) {
  const auto found = std::ranges::find_if(silences_, [&](const model::Silence& silence) {
    return silence.id == id && silence.ends_at > now;
  });
  if (found == silences_.end()) {
    return false;
  }
  found->ends_at = now;
  found->starts_at = std::min(found->starts_at, now);
  dispatcher_.set_silences(silences_);
  return true;
}

}  // namespace auditor::daemon
