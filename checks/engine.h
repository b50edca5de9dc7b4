#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "checks/memo.h"
#include "checks/subjects.h"
#include "model/cluster_history.h"
#include "model/settings.h"
#include "model/snapshot.h"
#include "model/verdict.h"
#include "model/verdict_list.h"

namespace auditor::checks {

/// Every check of the house, in the order of checks/CMakeLists.txt (generated from it).
std::span<const Check* const> catalogue();

/// What each of them is, in the same order, for whoever needs no function of theirs.
std::span<const model::CheckInfo* const> descriptions();

/// The check with the id; nullptr where there is none.
const Check* find_check(std::string_view id);

/// Why no check can judge a job.
struct Gate {
  model::Outcome outcome;  ///< unknown or not applicable
  base::Wording reason;
};

/// Whether a job can be judged at all. Documents of a job that does not run yet are sparse
/// (flink-facts C.3): whatever was configured, they show defaults.
std::optional<Gate> gate(const model::JobSnapshot& job, bool history_server);

/// What the enabled checks need or use: what a collection has to fetch.
model::Resource demand(std::span<const Check* const> checks, const model::Settings& settings);

/// Judges one cluster, look after look, by every enabled check. The verdicts follow from snapshot,
/// settings and history alone; those whose inputs read as they did in the look before (by
/// `Part::revision`) are not made again, and keep their evidence's `observed_at`. A snapshot that
/// failed is judged by the checks of reachability alone.
class Judge {
 public:
  explicit Judge(std::span<const Check* const> checks);

  /// `memos`, where given: what checks made of each job of the snapshot, in its order.
  model::VerdictList judge(const model::Snapshot& snapshot, const model::Settings& settings,
                           const model::ClusterHistory& history,
                           std::vector<Memo>* memos = nullptr);

  /// What a look showed of each resource of one subject: another number once it reads otherwise.
  using Stamps = std::array<std::uint64_t, std::numeric_limits<unsigned>::digits>;

  /// Makes every verdict anew in the next look: the settings have changed.
  void forget() {
    enabled_.clear();
    each_look_.clear();
    of_cluster_ = {};
    of_jobs_.clear();
    latest_ = {};
  }

 private:
  struct Remembered {
    std::uint64_t inputs = 0;  ///< 0: none
    base::Timestamp judged_at{};
    base::Timestamp holds_until{};  ///< by the clock of `judged_at`, while the inputs are the same
    std::vector<model::VerdictList::Pointer> verdicts;
  };
  /// The cluster, or one job of it.
  struct Judged {
    std::string key;  // `job_key` of its verdicts
    Subjects subjects;
    std::vector<Remembered> checks;  // of its scope, in the order of `checks_`
    Stamps stamps{};
    // All that follow from these hold between these times.
    base::Timestamp judged_at{};
    base::Timestamp holds_until{};
    std::uint64_t look = 0;
  };
  struct Look {
    const model::Snapshot* snapshot;
    const model::Settings* settings;
    const model::ClusterHistory* history;
  };
  /// One of those in a look.
  struct Subject {
    const model::JobSnapshot* job;  // nullptr: the cluster
    Stamps stamps;
    Judged* judged;
    base::Timestamp now;        // by the JobManager's clock, where it told
    model::Resource changed{};  // what reads otherwise than in the look before
    std::size_t key_hash = 0;   // of `Judged::key`
    Memo memo{};
  };

  /// Judges one subject by one check, unless its verdicts hold. `inputs` is what they follow from;
  /// 0 where they must be made in each look. Whether they are new.
  static bool renew(const Check& check, const Look& look, std::uint64_t inputs, Subject& subject,
                    Remembered& remembered);
  void enable(const model::Settings& settings);
  /// Begins a look at a subject: what reads otherwise than in the look before. All of it does where
  /// something that was said of it holds no longer.
  model::Resource enter(Judged& judged, std::size_t checks, const Stamps& stamps,
                        base::Timestamp now) const;
  /// Takes part of what one check said of it.
  void note(std::size_t check, Judged& judged, const Remembered& remembered);

  std::span<const Check* const> checks_;
  std::vector<std::size_t> places_;         // of each check among those of its scope
  std::vector<model::Resource> resources_;  // that each of them reads
  std::size_t of_cluster_size_ = 0;         // how many are the cluster's; the others are of jobs
  std::vector<bool> enabled_;               // in the order of `checks_`; empty: not known
  std::vector<bool> each_look_;             // the same: what it says holds for one look only
  Judged of_cluster_;
  std::map<model::JobId, Judged> of_jobs_;
  model::VerdictList latest_;
  std::vector<model::JobId> latest_jobs_;
  bool latest_failed_ = false;
  std::uint64_t look_ = 0;
};

/// One look judged on its own. Pure: the same arguments give the same verdicts.
std::vector<model::Verdict> evaluate(const model::Snapshot& snapshot,
                                     std::span<const Check* const> checks,
                                     const model::Settings& settings,
                                     const model::ClusterHistory& history = {});

/// The settings of a check; the defaults where the configuration has none.
const model::CheckSettings& settings_of(const model::Settings& settings, std::string_view id);

}  // namespace auditor::checks
