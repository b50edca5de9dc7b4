#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/name.h"
#include "base/shared_text.h"
#include "base/time.h"
#include "model/history.h"
#include "model/ids.h"
#include "model/settings.h"
#include "model/verdict.h"
#include "model/verdict_list.h"

namespace auditor::checks {

/// What one look says to the tracker.
struct TrackedCycle {
  base::Timestamp now{};
  const model::VerdictList* verdicts = nullptr;
  /// The look saw the cluster: a fail that is not among the verdicts is over. Otherwise only what
  /// is among them changes.
  bool complete = true;
  /// `JobRecord::id` of each judged job.
  const std::map<model::JobId, std::string>* jobs = nullptr;
  /// `JobRecord::id`s that run, judged or not: what is known of an unjudged one stays.
  const std::set<std::string>* live_jobs = nullptr;
};

/// Turns the verdicts of one cluster, look after look, into findings that open and resolve
/// (Prometheus' pending, firing, resolved; `for` and `keep_firing_for` of each check) and into
/// intervals of equal outcome. Pure: time is what it is told. Unknown neither opens nor resolves.
///
/// A finding that flaps is held longer: each resolution within the last hour doubles the time that
/// it must pass before the next, from one minute up to an hour.
class Tracker {
 public:
  explicit Tracker(std::string cluster) : cluster_(std::move(cluster)) {}

  /// What the store remembers: pending, firing and lately resolved findings, open intervals.
  void restore(std::span<const model::Finding> findings,
               std::span<const model::VerdictInterval> intervals);

  /// Adds the changes to `into`: findings, transitions, verdicts.
  void apply(const TrackedCycle& cycle, const model::Settings& settings, model::CycleRecord& into);

  /// Resolves all that is open, as when the cluster leaves the configuration.
  void resolve_all(base::Timestamp now, const std::string& reason, model::CycleRecord& into);

  /// The settings have changed: the next look is taken in as a whole.
  void forget() { deadline_ = {}; }

  /// Pending and firing findings.
  [[nodiscard]] std::size_t open() const { return open_; }

 private:
  struct Tracked {
    model::Finding finding;
    std::optional<base::Timestamp> passing_since;
    std::optional<base::Timestamp> written_at;
    std::vector<base::Timestamp> resolutions;  ///< of the last hour
    std::uint64_t cycle = 0;                   ///< the latest in which it was among the verdicts
  };

  struct Interval {
    base::SharedText job;  ///< `JobRecord::id`; empty for the cluster's
    base::Name check;
    model::Outcome outcome = model::Outcome::unknown;
    model::Severity severity = model::Severity::info;
    std::uint64_t cycle = 0;
  };

  void note_interval(const TrackedCycle& cycle, const model::Verdict& verdict,
                     const base::SharedText& job, model::CycleRecord& into);
  void note_fail(const TrackedCycle& cycle, const model::VerdictList::Pointer& pointer,
                 const std::string& job, const model::Settings& settings, model::CycleRecord& into);
  void note_pass(const TrackedCycle& cycle, Tracked& tracked, const std::string& reason,
                 const model::Settings& settings, model::CycleRecord& into);
  void settle_absent(const TrackedCycle& cycle, const model::Settings& settings,
                     model::CycleRecord& into);
  void change(Tracked& tracked, model::FindingState to, base::Timestamp now, std::string reason,
              model::CycleRecord& into);

  std::string cluster_;
  std::unordered_map<model::Fingerprint, Tracked> findings_;
  std::unordered_map<model::Fingerprint, Interval> intervals_;
  [[nodiscard]] bool nothing_new(const TrackedCycle& cycle) const;
  [[nodiscard]] base::Timestamp next_deadline(const model::Settings& settings) const;

  model::VerdictList latest_;  // of the latest complete look
  std::map<model::JobId, std::string> latest_jobs_;
  std::set<std::string> latest_live_;
  base::Timestamp deadline_{};            // until then, a look that says the same changes nothing
  std::set<model::Fingerprint> unknown_;  // of this cycle
  std::set<std::string>
      unknown_of_whole_;  // likewise: check + NUL + job, or no job for the cluster
  std::size_t open_ = 0;
  std::uint64_t cycle_ = 0;
};

}  // namespace auditor::checks
