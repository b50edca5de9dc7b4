#include "checks/tracker.h"

#include <algorithm>
#include <utility>

#include "checks/engine.h"

namespace auditor::checks {

namespace {

using model::Finding;
using model::FindingState;
using model::Outcome;
using std::chrono::milliseconds;

constexpr milliseconds flapping_window = std::chrono::hours(1);
constexpr milliseconds first_hold = std::chrono::minutes(1);
constexpr milliseconds longest_hold = std::chrono::hours(1);
// How often an unchanged finding is written again, so that its evidence does not grow stale.
constexpr milliseconds rewritten_every = std::chrono::hours(1);

milliseconds pending_for(const model::Settings& settings, std::string_view check) {
  const Check* const known = find_check(check);
  const milliseconds otherwise = known == nullptr ? milliseconds(0) : known->info.pending_for;
  return settings_of(settings, check).pending_for.value_or(otherwise);
}

milliseconds keep_firing_for(const model::Settings& settings, std::string_view check) {
  const Check* const known = find_check(check);
  const milliseconds otherwise = known == nullptr ? milliseconds(0) : known->info.keep_firing_for;
  return settings_of(settings, check).keep_firing_for.value_or(otherwise);
}

/// How long a finding that was resolved so often within the last hour must pass.
milliseconds hold_of(std::size_t resolutions) {
  milliseconds hold{0};
  for (std::size_t i = 0; i < resolutions && hold < longest_hold; ++i) {
    hold = hold.count() == 0 ? first_hold : 2 * hold;
  }
  return std::min(hold, longest_hold);
}

std::string whole_job(std::string_view check, std::string_view job) {
  std::string key(check);
  key += '\0';
  key += job;
  return key;
}

bool is_enabled(const model::Settings& settings, std::string_view check) {
  return find_check(check) != nullptr && settings_of(settings, check).enabled;
}

}  // namespace

void Tracker::restore(std::span<const Finding> findings,
                      std::span<const model::VerdictInterval> intervals) {
  for (const Finding& finding : findings) {
    Tracked& tracked = findings_[finding.verdict->fingerprint];
    tracked.finding = finding;
    tracked.written_at = finding.last_failed;
    if (finding.state == FindingState::resolved) {
      tracked.resolutions.push_back(finding.resolved_at.value_or(finding.last_failed));
    } else {
      ++open_;
    }
  }
  std::map<std::string_view, base::SharedText> jobs;
  for (const model::VerdictInterval& interval : intervals) {
    const base::SharedText& job = jobs.try_emplace(interval.job, interval.job).first->second;
    intervals_[interval.fingerprint] = {job, interval.check, interval.outcome, interval.severity,
                                        0};
  }
}

void Tracker::apply(const TrackedCycle& cycle, const model::Settings& settings,
                    model::CycleRecord& into) {
  if (nothing_new(cycle)) {
    latest_ = *cycle.verdicts;
    return;
  }
  ++cycle_;
  unknown_.clear();
  unknown_of_whole_.clear();
  std::map<std::optional<model::JobId>, base::SharedText> jobs{{std::nullopt, base::SharedText()}};
  for (const auto& [id, record] : *cycle.jobs) {
    jobs.emplace(id, record);
  }
  for (const model::VerdictList::Pointer* pointer : cycle.verdicts->pointers()) {
    const model::Verdict& verdict = **pointer;
    const auto job = jobs.find(verdict.subject->job_id);
    if (job == jobs.end()) {
      continue;  // a job that history does not know: its documents could not be read
    }
    note_interval(cycle, verdict, job->second, into);
    if (verdict.outcome == Outcome::fail) {
      note_fail(cycle, *pointer, job->second, settings, into);
    } else if (verdict.outcome == Outcome::unknown) {
      unknown_.insert(verdict.fingerprint);
      if (verdict.subject->kind != model::SubjectKind::vertex) {
        unknown_of_whole_.insert(whole_job(verdict.check, job->second));
      }
    }
  }
  settle_absent(cycle, settings, into);
  latest_ = cycle.complete ? *cycle.verdicts : model::VerdictList();
  latest_jobs_ = *cycle.jobs;
  latest_live_ = *cycle.live_jobs;
  deadline_ = next_deadline(settings);
}

/// Whether a look says what the one before it said, and no time has run out.
bool Tracker::nothing_new(const TrackedCycle& cycle) const {
  const model::VerdictList& verdicts = *cycle.verdicts;
  if (!cycle.complete || cycle.now >= deadline_ || verdicts.size() != latest_.size() ||
      *cycle.jobs != latest_jobs_ || *cycle.live_jobs != latest_live_) {
    return false;
  }
  const auto same = [](const model::Verdict& a, const model::Verdict& b) {
    return a.outcome == b.outcome && a.severity == b.severity && a.fingerprint == b.fingerprint &&
           a.waiver.has_value() == b.waiver.has_value() &&
           (!a.waiver || a.waiver->id == b.waiver->id);
  };
  return verdicts.shares_with(latest_) ||
         std::ranges::equal(verdicts.pointers(), latest_.pointers(),
                            [&same](const auto* a, const auto* b) {
                              return a == b || *a == *b || same(**a, **b);
                            });
}

/// When the next finding fires, resolves or is to be written again, if nothing changes.
base::Timestamp Tracker::next_deadline(const model::Settings& settings) const {
  base::Timestamp next = base::Timestamp::max();
  for (const auto& [fingerprint, tracked] : findings_) {
    const Finding& finding = tracked.finding;
    if (finding.state == FindingState::resolved) {
      continue;
    }
    if (tracked.passing_since) {
      return {};  // held a while: rare, and settled by the look as a whole
    }
    if (finding.state == FindingState::pending) {
      next = std::min(next, finding.pending_since + pending_for(settings, finding.verdict->check));
    }
    next = std::min(next, *tracked.written_at + rewritten_every);
  }
  return next;
}

void Tracker::note_interval(const TrackedCycle& cycle, const model::Verdict& verdict,
                            const base::SharedText& job, model::CycleRecord& into) {
  const auto [found, added] = intervals_.try_emplace(verdict.fingerprint);
  Interval& interval = found->second;
  interval.cycle = cycle_;
  const bool fails = verdict.outcome == Outcome::fail;
  if (!added && interval.outcome == verdict.outcome &&
      (!fails || interval.severity == verdict.severity)) {
    return;
  }
  interval.job = job;
  interval.check = verdict.check;
  interval.outcome = verdict.outcome;
  interval.severity = verdict.severity;
  into.verdicts.push_back(
      {.job = job,
       .check = verdict.check,
       .fingerprint = verdict.fingerprint,
       .outcome = verdict.outcome,
       .severity = verdict.severity,
       .vertex_name = verdict.subject->vertex_name.value_or(""),
       .text = (verdict.message.empty() ? verdict.reason : verdict.message).text(),
       .opened_at = cycle.now,
       .closed_at = std::nullopt,
       .gone = false});
}

void Tracker::change(Tracked& tracked, FindingState to, base::Timestamp now, std::string reason,
                     model::CycleRecord& into) {
  Finding& finding = tracked.finding;
  const bool was_open = finding.state != FindingState::resolved && tracked.written_at.has_value();
  std::optional<FindingState> from;
  if (was_open) {
    from = finding.state;
  }
  finding.state = to;
  if (to == FindingState::firing) {
    finding.firing_since = now;
  } else if (to == FindingState::resolved) {
    finding.resolved_at = now;
    if (from == FindingState::firing) {
      tracked.resolutions.push_back(now);
    }
  }
  const bool is_open = to != FindingState::resolved;
  if (is_open && !was_open) {
    ++open_;
  } else if (was_open && !is_open) {
    --open_;
  }
  tracked.written_at = now;
  into.transitions.push_back({.finding = finding.id,
                              .from = from,
                              .to = to,
                              .at = now,
                              .severity = finding.verdict->severity,
                              .waived = !finding.waiver.empty(),
                              .reason = std::move(reason)});
}

void Tracker::note_fail(const TrackedCycle& cycle, const model::VerdictList::Pointer& pointer,
                        const std::string& job, const model::Settings& settings,
                        model::CycleRecord& into) {
  const model::Verdict& verdict = *pointer;
  const auto [found, added] = findings_.try_emplace(verdict.fingerprint);
  Tracked& tracked = found->second;
  Finding& finding = tracked.finding;
  tracked.cycle = cycle_;
  tracked.passing_since.reset();
  const std::string waiver = verdict.waiver ? verdict.waiver->id : std::string();
  const bool opens = added || finding.state == FindingState::resolved;
  bool changed = opens || finding.waiver != waiver ||
                 finding.verdict->severity != verdict.severity ||
                 cycle.now - tracked.written_at.value_or(cycle.now) >= rewritten_every;
  finding.last_failed = cycle.now;
  finding.waiver = waiver;
  if (added) {
    finding.id = model::finding_id(cluster_, verdict.fingerprint);
    finding.cluster = cluster_;
    finding.first_seen = cycle.now;
    finding.episodes = 0;
  }
  const milliseconds wait = pending_for(settings, verdict.check);
  const bool fires =
      opens ? wait.count() == 0
            : finding.state == FindingState::pending && cycle.now - finding.pending_since >= wait;
  changed = changed || fires;
  if (changed) {
    finding.job = job;
    finding.verdict = pointer;
  }
  if (opens) {
    ++finding.episodes;
    finding.pending_since = cycle.now;
    finding.firing_since.reset();
    finding.resolved_at.reset();
    change(tracked, fires ? FindingState::firing : FindingState::pending, cycle.now, "", into);
  } else if (fires) {
    change(tracked, FindingState::firing, cycle.now, "", into);
  }
  if (changed) {
    tracked.written_at = cycle.now;
    into.findings.push_back(finding);
  }
}

void Tracker::note_pass(const TrackedCycle& cycle, Tracked& tracked, const std::string& reason,
                        const model::Settings& settings, model::CycleRecord& into) {
  if (tracked.finding.state == FindingState::firing && reason.empty()) {
    std::erase_if(tracked.resolutions, [&cycle](base::Timestamp resolved) {
      return cycle.now - resolved > flapping_window;
    });
    const milliseconds keep = std::max(keep_firing_for(settings, tracked.finding.verdict->check),
                                       hold_of(tracked.resolutions.size()));
    if (!tracked.passing_since) {
      tracked.passing_since = cycle.now;
    }
    if (cycle.now - *tracked.passing_since < keep) {
      return;
    }
  }
  tracked.passing_since.reset();
  change(tracked, FindingState::resolved, cycle.now,
         reason.empty() ? std::string("it no longer fails") : reason, into);
  into.findings.push_back(tracked.finding);
}

void Tracker::settle_absent(const TrackedCycle& cycle, const model::Settings& settings,
                            model::CycleRecord& into) {
  const auto ended = [&cycle](const std::string& job) {
    return cycle.complete && !job.empty() && !cycle.live_jobs->contains(job);
  };
  const auto judged = [&cycle](const std::string& job) {
    return job.empty() || std::ranges::any_of(*cycle.jobs, [&job](const auto& known) {
             return known.second == job;
           });
  };
  for (auto it = findings_.begin(); it != findings_.end();) {
    Tracked& tracked = it->second;
    Finding& finding = tracked.finding;
    if (tracked.cycle == cycle_) {
      ++it;
      continue;
    }
    if (finding.state == FindingState::resolved) {
      // Kept for a while, for it may flap.
      const bool old = cycle.now - finding.resolved_at.value_or(cycle.now) > flapping_window;
      it = old ? findings_.erase(it) : std::next(it);
      continue;
    }
    const std::string& check = finding.verdict->check;
    if (ended(finding.job)) {
      note_pass(cycle, tracked, "the job is no longer there", settings, into);
    } else if (!is_enabled(settings, check)) {
      note_pass(cycle, tracked, "the check is disabled", settings, into);
    } else if (unknown_.contains(it->first) ||
               unknown_of_whole_.contains(whole_job(check, finding.job))) {
      tracked.passing_since.reset();
    } else {
      const auto interval = intervals_.find(it->first);
      const bool passes = interval != intervals_.end() && interval->second.cycle == cycle_;
      const bool is_gone = cycle.complete && judged(finding.job);
      if (passes || is_gone) {
        note_pass(cycle, tracked, "", settings, into);
      }
    }
    ++it;
  }
  for (auto it = intervals_.begin(); it != intervals_.end();) {
    const Interval& interval = it->second;
    const bool gone =
        interval.cycle != cycle_ && cycle.complete &&
        (ended(interval.job) || judged(interval.job) || !is_enabled(settings, interval.check));
    if (!gone) {
      ++it;
      continue;
    }
    into.verdicts.push_back({.job = interval.job,
                             .check = interval.check,
                             .fingerprint = it->first,
                             .outcome = interval.outcome,
                             .severity = interval.severity,
                             .vertex_name = {},
                             .text = {},
                             .opened_at = cycle.now,
                             .closed_at = cycle.now,
                             .gone = true});
    it = intervals_.erase(it);
  }
}

void Tracker::resolve_all(base::Timestamp now, const std::string& reason,
                          model::CycleRecord& into) {
  for (auto& [fingerprint, tracked] : findings_) {
    if (tracked.finding.state != FindingState::resolved) {
      change(tracked, FindingState::resolved, now, reason, into);
      into.findings.push_back(tracked.finding);
    }
  }
  for (const auto& [fingerprint, interval] : intervals_) {
    into.verdicts.push_back({.job = interval.job,
                             .check = interval.check,
                             .fingerprint = fingerprint,
                             .outcome = interval.outcome,
                             .severity = interval.severity,
                             .vertex_name = {},
                             .text = {},
                             .opened_at = now,
                             .closed_at = now,
                             .gone = true});
  }
  intervals_.clear();
}

}  // namespace auditor::checks
