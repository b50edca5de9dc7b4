#include "audit/history.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "audit/deployment.h"
#include "audit/flow_history.h"
#include "base/text.h"
#include "base/time.h"
#include "model/checkpoint_record.h"

namespace auditor::audit {

namespace {

using base::Timestamp;
using model::EventKind;
using model::JobId;
using model::JobRecord;
using model::JobSnapshot;
using model::JobState;
using model::Snapshot;

// A JobManager that fails over lists no jobs, or answers 404, for a while (flink-facts I.2).
constexpr std::chrono::milliseconds failover_time = std::chrono::minutes(2);
constexpr std::chrono::milliseconds long_run = std::chrono::minutes(10);
// Fail-overs, redeployments and jobs that disappeared.
constexpr std::chrono::milliseconds told_for = std::chrono::days(1);
constexpr std::chrono::milliseconds record_written_every = std::chrono::hours(1);
constexpr double least_change = 0.05;

/// Where an application's own cluster says so: it lives and ends with its job.
bool is_application(const model::Configuration& configuration) {
  const auto* const target = configuration.find(model::keys::execution_target);
  return (target != nullptr && target->value.ends_with("-application")) ||
         std::ranges::any_of(configuration.entries(), [](const model::ConfigurationEntry& entry) {
           return entry.key.starts_with("$internal.application.");
         });
}

std::size_t same_name(const Snapshot& snapshot, const std::string& name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(*snapshot.overview.value, [&name](const model::JobOverview& job) {
        return job.name == name && !model::is_terminal(job.state);
      }));
}

std::size_t same_plan(const Snapshot& snapshot, const std::string& name, const std::string& plan) {
  return static_cast<std::size_t>(std::ranges::count_if(snapshot.jobs, [&](const JobSnapshot& job) {
    return job.overview.name == name && job.details.known() &&
           plan_hash_of(*job.details.value) == plan;
  }));
}

/// The key under which history keeps the job.
std::string key_of(const JobSnapshot& job, const Snapshot& snapshot) {
  std::string key = job.overview.name;
  if (same_name(snapshot, key) <= 1) {
    return key;
  }
  const std::string plan = plan_hash_of(*job.details.value);
  if (same_plan(snapshot, job.overview.name, plan) <= 1) {
    key += "\n" + plan;
  } else {
    key += "\n" + job.overview.id.value;
  }
  return key;
}

model::Event event(EventKind kind, Timestamp at, std::string job, std::string from, std::string to,
                   std::string detail = {}) {
  return {kind, at, std::move(job), std::move(from), std::move(to), std::move(detail)};
}

bool moved(std::optional<double> before, double coverage_before, const model::Score& now) {
  if (coverage_before < 0 || before.has_value() != now.value.has_value()) {
    return true;
  }
  return (before && std::abs(*before - *now.value) >= least_change) ||
         std::abs(coverage_before - now.coverage) >= 0.005;
}

}  // namespace

void History::restore(const Past& past) {
  for (const JobRecord& record : past.jobs) {
    jobs_[record.id].record = record;
    if (!record.ended_at) {
      live_.insert(record.id);
    }
  }
  for (const model::Deployment& deployment : past.deployments) {
    if (const auto found = jobs_.find(deployment.job); found != jobs_.end()) {
      found->second.deployment = deployment;
      found->second.started_at = deployment.started_at;
      found->second.memory.note_deployment(deployment);
    }
  }
  for (const model::StateDay& day : past.state_days) {
    if (const auto found = jobs_.find(day.job); found != jobs_.end()) {
      found->second.memory.restore_day(day);
    }
  }
  for (const model::JobHours& hours : past.job_hours) {
    if (const auto found = jobs_.find(hours.job); found != jobs_.end()) {
      found->second.hours = hours.hours;
      found->second.hours_written = hours.hours.newest;
    }
  }
  for (const model::CheckpointRecord& checkpoint : past.checkpoints) {
    if (const auto found = jobs_.find(checkpoint.job); found != jobs_.end()) {
      found->second.memory.note_checkpoint(checkpoint);
      if (found->second.record.flink_job_id == checkpoint.flink_job_id) {
        found->second.checkpoints.note(checkpoint.checkpoint_id, checkpoint.status);
      }
    }
  }
  for (const model::Event& failover : past.failovers) {
    if (const auto found = jobs_.find(failover.job); found != jobs_.end()) {
      found->second.memory.note_failover(failover.at);
    }
  }
  for (auto& [id, job] : jobs_) {
    // Of its last run alone more is known only from the deployment on.
    const auto began = job.deployment ? job.deployment->seen_at : job.record.first_seen;
    job.ran_long = job.record.last_seen - began >= long_run;
  }
  for (const model::ScorePoint& point : past.scores) {
    if (point.job.empty()) {
      score_ = point.value;
      coverage_ = point.coverage;
    } else if (const auto found = jobs_.find(point.job); found != jobs_.end()) {
      found->second.score = point.value;
      found->second.coverage = point.coverage;
    }
  }
  for_checks_.watched_jobs = live_.size();
  if (!past.reachable) {
    for_checks_.failing_since = past.last_seen;
  }
}

void History::observe(const Snapshot& snapshot, model::CycleRecord& into) {
  if (snapshot.failure) {
    observe_failure(snapshot, into);
    return;
  }
  if (for_checks_.failing_since) {
    into.events.push_back(
        event(EventKind::cluster_reachable, snapshot.taken_at, {}, {}, {},
              fmt::format("after {}",
                          base::format_duration(snapshot.taken_at - *for_checks_.failing_since))));
    for_checks_.failing_since.reset();
  }
  for_checks_.watched_since = for_checks_.watched_since.value_or(snapshot.taken_at);
  observe_configuration(snapshot);
  judged_before_.swap(judged_);
  const auto has_failed = [&snapshot](const JobSnapshot& job) {
    return job.overview.state == JobState::failed && !snapshot.is_history_server();
  };
  for (const JobSnapshot& job : snapshot.jobs) {
    if (job.details.known() && !has_failed(job)) {
      observe_job(job, snapshot, into);
    }
  }
  observe_absent(snapshot, into);
  for (const auto& [flink_id, record_id] : judged_) {
    if (const auto& hours = jobs_.at(record_id).hours;
        hours && !for_checks_.flows.contains(flink_id)) {
      for_checks_.flows[flink_id].hours = resumed(*hours, snapshot.taken_at);
    }
  }
  observe_flow(snapshot, for_checks_.flows);
  observe_hours(snapshot, into);
  observe_processes(snapshot, for_checks_.processes);
  for (const JobSnapshot& job : snapshot.jobs) {
    if (job.details.known() && has_failed(job)) {
      observe_failed_job(job, snapshot, into);
    }
  }
  note_live_jobs();
  for_checks_.watched_jobs = live_.size();
  for_checks_.ended_job_state.clear();
  const auto& listed = *snapshot.overview.value;
  const bool all_ended =
      !listed.empty() && std::ranges::all_of(listed, [](const model::JobOverview& job) {
        return job.state == JobState::finished || job.state == JobState::canceled;
      });
  if (all_ended && snapshot.configuration.known() &&
      is_application(*snapshot.configuration.value)) {
    for_checks_.ended_job_state = model::to_text(listed.front().state);
  }
  publish(snapshot);
  judged_before_.clear();
}

/// Mostly they are those that they were.
void History::note_live_jobs() {
  std::size_t live = 0;
  bool same = true;
  for (const auto& [id, job] : jobs_) {
    if (!job.record.ended_at) {
      ++live;
      same = same && live_.contains(id);
    }
  }
  if (same && live == live_.size()) {
    return;
  }
  live_.clear();
  for (const auto& [id, job] : jobs_) {
    if (!job.record.ended_at) {
      live_.insert(id);
    }
  }
}

void History::note_judged(const model::JobId& job, const std::string& record) {
  auto known = judged_before_.extract(job);
  if (known && known.mapped() == record) {
    judged_.insert(std::move(known));
  } else {
    judged_[job] = record;
  }
}

/// Makes what the checks see of the jobs.
void History::publish(const Snapshot& snapshot) {
  std::erase_if(for_checks_.jobs, [this](const auto& job) { return !judged_.contains(job.first); });
  for_checks_.disappeared.clear();
  for_checks_.failovers.clear();
  for (const auto& [flink_id, record_id] : judged_) {
    if (const auto [known, added] = for_checks_.jobs.try_emplace(flink_id); added) {
      known->second = jobs_.at(record_id).memory.history();
    }
  }
  for (auto& [id, job] : jobs_) {
    job.memory.forget_before(snapshot.taken_at - told_for);
    for (const Timestamp at : job.memory.history()->failovers) {
      for_checks_.failovers.push_back({job.record.flink_job_id, job.record.name, at});
    }
    if (job.record.ended_at && !model::is_terminal(job.record.state) &&
        job.record.state != JobState::other && job.record.type != model::JobType::batch &&
        snapshot.taken_at - *job.record.ended_at <= told_for) {
      for_checks_.disappeared.push_back({job.record.flink_job_id, job.record.name, job.record.state,
                                         job.missing_since.value_or(*job.record.ended_at),
                                         job.ran_long});
      // Not judged, and yet a check speaks of it.
      note_judged(job.record.flink_job_id, id);
    }
  }
  std::ranges::sort(for_checks_.failovers, {}, &model::JobManagerFailover::at);
}

void History::observe_configuration(const Snapshot& snapshot) {
  if (snapshot.configuration.known() &&
      configuration_read_at_ != snapshot.configuration.observed_at) {
    configuration_read_at_ = snapshot.configuration.observed_at;
    configuration_hash_ = hash_of(*snapshot.configuration.value);
  }
}

void History::observe_failure(const Snapshot& snapshot, model::CycleRecord& into) {
  into.reachable = false;
  if (for_checks_.failing_since) {
    return;
  }
  for_checks_.failing_since = snapshot.taken_at;
  into.events.push_back(event(for_checks_.ended_job_state.empty() ? EventKind::cluster_unreachable
                                                                  : EventKind::cluster_gone,
                              snapshot.taken_at, {}, {}, {}, snapshot.failure->message));
}

History::Job& History::job_of(const JobSnapshot& seen, const Snapshot& snapshot,
                              model::CycleRecord& into) {
  const auto same_run = std::ranges::find_if(jobs_, [&seen](const auto& known) {
    return known.second.record.flink_job_id == seen.overview.id;
  });
  if (same_run != jobs_.end()) {
    return same_run->second;
  }
  const std::string key = key_of(seen, snapshot);
  Job& job = jobs_[model::job_record_id(cluster_, key)];
  if (job.record.id.empty()) {
    job.record.id = model::job_record_id(cluster_, key);
    job.record.cluster = cluster_;
    job.record.key = key;
    job.record.name = seen.overview.name;
    job.record.first_seen = snapshot.taken_at;
    job.record.state = seen.details.value->state;
    into.events.push_back(event(EventKind::job_appeared, snapshot.taken_at, job.record.id, {},
                                std::string(model::to_text(job.record.state))));
  }
  job.record.flink_job_id = seen.overview.id;
  job.checkpoints.clear();
  job.restarting_at.reset();
  job.memory.begin_run();
  return job;
}

void History::observe_job(const JobSnapshot& seen, const Snapshot& snapshot,
                          model::CycleRecord& into) {
  Job& job = job_of(seen, snapshot, into);
  JobRecord& record = job.record;
  const model::JobDetails& details = *seen.details.value;
  bool changed = record.last_seen == Timestamp{} || record.ended_at.has_value() ||
                 snapshot.taken_at - record.last_seen >= record_written_every;
  note_judged(seen.overview.id, record.id);
  job.missing_since.reset();
  job.watched = true;
  record.ended_at.reset();
  const JobState state_before = record.state;
  if (record.state != details.state) {
    into.events.push_back(event(EventKind::job_state_changed, snapshot.taken_at, record.id,
                                std::string(model::to_text(record.state)),
                                std::string(model::to_text(details.state))));
    record.state = details.state;
    changed = true;
  }
  if (details.type != model::JobType::unknown && record.type != details.type) {
    record.type = details.type;
    changed = true;
  }
  const std::size_t deployments = into.deployments.size();
  observe_start(job, seen, snapshot, into);
  changed = changed || into.deployments.size() != deployments;
  if (details.restarting_at && details.restarting_at != job.restarting_at) {
    // The first look at a run sees a restart that may be long past: it tells nothing.
    if (job.restarting_at ||
        (job.started_at == details.start_time && record.last_seen != Timestamp{} &&
         *details.restarting_at > record.last_seen)) {
      into.events.push_back(event(EventKind::job_restarted,
                                  std::min(*details.restarting_at, snapshot.taken_at), record.id,
                                  {}, {}));
    }
    job.restarting_at = details.restarting_at;
  }
  observe_stay(job, state_before, snapshot.taken_at);
  if (!details.plan.empty()) {
    // A job that is being set up has its new time already, and no plan to compare: the next look.
    job.started_at = details.start_time;
  }
  observe_checkpoints(job, seen, into);
  observe_setup(job, seen, into);
  job.memory.note_vertices(seen);
  job.memory.note_tasks(seen);
  if (changed) {
    record.last_seen = snapshot.taken_at;
    into.jobs.push_back(record);
  }
}

void History::observe_stay(Job& job, JobState before, Timestamp now) {
  if (!job.stay_since || job.record.state != before) {
    job.stay_since = now;
  }
  if (job.record.state == JobState::running) {
    job.first_ran = job.first_ran.value_or(now);
    job.ran_long = job.ran_long || now - *job.first_ran >= long_run;
  }
  job.memory.note_stay(*job.stay_since, job.ran_long);
}

/// A job that FAILED and was not started again: it has ended, and yet a check speaks of it.
void History::observe_failed_job(const JobSnapshot& seen, const Snapshot& snapshot,
                                 model::CycleRecord& into) {
  const bool known = std::ranges::any_of(jobs_, [&seen](const auto& job) {
    return job.second.record.flink_job_id == seen.overview.id;
  });
  Job& job = job_of(seen, snapshot, into);
  note_judged(seen.overview.id, job.record.id);
  if (!known) {
    job.record.state = seen.overview.state;
    job.record.ended_at = snapshot.taken_at;
    job.record.last_seen = snapshot.taken_at;
    into.jobs.push_back(job.record);
  }
  observe_stay(job, job.record.state, snapshot.taken_at);
}

void History::observe_start(Job& job, const JobSnapshot& seen, const Snapshot& snapshot,
                            model::CycleRecord& into) {
  const model::JobDetails& details = *seen.details.value;
  const std::array<std::uint64_t, 3> read_as{seen.details.revision, snapshot.cluster.revision,
                                             snapshot.configuration.revision};
  if (details.plan.empty() || job.read_as == read_as) {
    return;  // still being set up: the next look tells; or nothing new
  }
  job.read_as = read_as;
  model::Deployment now = deployment_of(seen, snapshot, configuration_hash_,
                                        job.deployment ? &*job.deployment : nullptr);
  now.job = job.record.id;
  if (job.deployment) {
    now.changed = differences(*job.deployment, now);
    const bool later =
        job.started_at && details.start_time && *details.start_time > *job.started_at;
    if (now.changed.empty()) {
      if (later) {
        job.checkpoints.clear();
        job.memory.begin_run();
        job.memory.note_failover(*details.start_time);
        into.events.push_back(event(EventKind::jobmanager_failed_over, *details.start_time,
                                    job.record.id, {}, {},
                                    "the same deployment was started again by a JobManager"));
        job.deployment->started_at = details.start_time;
      }
      return;
    }
    into.events.push_back(event(EventKind::job_deployed, snapshot.taken_at, job.record.id,
                                job.deployment->flink_version, now.flink_version,
                                fmt::format("changed: {}", fmt::join(now.changed, ", "))));
  }
  job.deployment = now;
  job.memory.note_deployment(now);
  into.deployments.push_back(std::move(now));
}

/// What is known of a deployment only after its first checkpoints.
void History::observe_setup(Job& job, const JobSnapshot& seen, model::CycleRecord& into) {
  const std::array<std::uint64_t, 2> read_as{seen.checkpoint_details.revision,
                                             seen.checkpoint_configuration.revision};
  if (job.setup_read_as != read_as && job.deployment && complete(*job.deployment, seen)) {
    job.memory.complete_deployment(*job.deployment);
    into.deployments.push_back(*job.deployment);
  }
  job.setup_read_as = read_as;
}

void History::observe_checkpoints(Job& job, const JobSnapshot& seen, model::CycleRecord& into) {
  if (!seen.checkpoints.known()) {
    return;
  }
  for (const model::Checkpoint& checkpoint :
       seen.checkpoints.value->history | std::views::reverse) {
    const bool ended = checkpoint.status == model::CheckpointStatus::completed ||
                       checkpoint.status == model::CheckpointStatus::failed;
    if (!ended || !checkpoint.triggered_at) {
      continue;
    }
    if (!job.checkpoints.note(checkpoint.id, checkpoint.status)) {
      continue;
    }
    model::CheckpointRecord record = model::record_of(checkpoint, seen);
    record.job = job.record.id;
    constexpr std::chrono::milliseconds worth_keeping = std::chrono::seconds(1);
    if (record.critical_path && record.critical_path->times.whole < worth_keeping) {
      record.critical_path.reset();
    }
    if (const auto day = job.memory.note_checkpoint(record)) {
      into.state_days.push_back(*day);
    }
    into.checkpoints.push_back(std::move(record));
  }
}

/// Keeps the hours of the jobs' flow for their next runs. They are written seldom: where a new hour
/// has records, and so often that a pause of the daemon shows.
void History::observe_hours(const Snapshot& snapshot, model::CycleRecord& into) {
  constexpr std::int64_t written_every = 6;
  for (const JobSnapshot& seen : snapshot.jobs) {
    const auto record = judged_.find(seen.overview.id);
    const auto flow = for_checks_.flows.find(seen.overview.id);
    if (record == judged_.end() || flow == for_checks_.flows.end() || !flow->second.hours) {
      continue;
    }
    Job& job = jobs_.at(record->second);
    const model::ActiveHours& now = *flow->second.hours;
    const bool added = now.moved_in(now.newest) && !(job.hours && job.hours->moved_in(now.newest));
    job.hours = now;
    if (added || !job.hours_written || now.newest - *job.hours_written >= written_every) {
      job.hours_written = now.newest;
      into.job_hours.push_back({job.record.id, now});
    }
  }
}

void History::observe_absent(const Snapshot& snapshot, model::CycleRecord& into) {
  std::map<std::string_view, JobState> listed;
  for (const model::JobOverview& job : *snapshot.overview.value) {
    listed[job.id.value] = job.state;
  }
  for (auto it = jobs_.begin(); it != jobs_.end();) {
    Job& job = it->second;
    if (job.record.ended_at) {
      const std::chrono::milliseconds kept =
          job.record.type == model::JobType::batch ? told_for : model::ended_jobs_kept;
      const bool old = snapshot.taken_at - *job.record.ended_at > kept;
      it = old ? jobs_.erase(it) : std::next(it);
      continue;
    }
    const auto found = listed.find(job.record.flink_job_id.value);
    if (found != listed.end() &&
        (!model::is_terminal(found->second) || snapshot.is_history_server())) {
      job.missing_since.reset();
    } else if (found != listed.end()) {
      into.events.push_back(event(EventKind::job_ended, snapshot.taken_at, job.record.id,
                                  std::string(model::to_text(job.record.state)),
                                  std::string(model::to_text(found->second))));
      job.record.state = found->second;
      job.record.ended_at = snapshot.taken_at;
    } else if (!job.missing_since) {
      job.missing_since = snapshot.taken_at;
    } else if (snapshot.taken_at - *job.missing_since >= failover_time) {
      into.events.push_back(event(EventKind::job_disappeared, snapshot.taken_at, job.record.id,
                                  std::string(model::to_text(job.record.state)), {},
                                  "Flink no longer lists it, and it was not seen to end"));
      if (!job.watched) {
        job.record.state = JobState::other;  // it may have ended well while nobody looked
      }
      job.record.ended_at = snapshot.taken_at;
    }
    if (job.record.ended_at) {
      job.record.last_seen = snapshot.taken_at;
      into.jobs.push_back(job.record);
    }
    ++it;
  }
}

void History::note_scores(const model::AuditReport& report, model::CycleRecord& into) {
  if (moved(score_, coverage_, report.score)) {
    score_ = report.score.value;
    coverage_ = report.score.coverage;
    into.scores.push_back({{}, report.taken_at, report.score.value, report.score.coverage});
  }
  for (const model::JobSummary& summary : report.jobs) {
    const auto record = judged_.find(summary.id);
    const auto found = record == judged_.end() ? jobs_.end() : jobs_.find(record->second);
    if (found == jobs_.end() ||
        !moved(found->second.score, found->second.coverage, summary.score)) {
      continue;
    }
    found->second.score = summary.score.value;
    found->second.coverage = summary.score.coverage;
    into.scores.push_back(
        {found->first, report.taken_at, summary.score.value, summary.score.coverage});
  }
}

}  // namespace auditor::audit
