#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/memo.h"
#include "checks/stamps.h"
#include "checks/subjects.h"
#include "model/cluster_history.h"
#include "model/settings.h"
#include "model/snapshot.h"
#include "model/verdict.h"
#include "model/verdict_list.h"

namespace auditor::checks {

/// Judges one cluster, look after look, by every enabled check. The verdicts follow from snapshot,
/// settings and history alone; those for which the check read nothing that reads otherwise than in
/// the look before (`Stamps`) are not made again, and keep their evidence's `observed_at`. A
/// snapshot that failed is judged by the checks of reachability alone.
class Judge {
 public:
  explicit Judge(std::span<const Check* const> checks);

  /// `memos`, where given: what checks made of each job of the snapshot, in its order.
  model::VerdictList judge(const model::Snapshot& snapshot, const model::Settings& settings,
                           const model::ClusterHistory& history,
                           std::vector<Memo>* memos = nullptr);

  /// Makes every verdict anew in the next look: the settings have changed.
  void forget() {
    enabled_.clear();
    of_cluster_ = {};
    of_jobs_.clear();
    latest_ = {};
  }

 private:
  /// What one check said of a subject.
  struct Remembered {
    std::uint64_t inputs = 0;  ///< 0: it was not judged yet
    base::Timestamp judged_at{};
    base::Timestamp holds_until{};  ///< by the clock of `judged_at`, while the inputs are the same
    std::vector<model::VerdictList::Pointer> verdicts;
  };
  /// The cluster, or one job of it.
  struct Judged {
    std::string key;  // `job_key` of its verdicts
    Subjects subjects;
    Memos memos;
    std::vector<Remembered> checks;  // of its scope, in the order of `checks_`
    /// What those verdicts follow from. Apart from them, for each look asks all of these.
    std::vector<model::Resource> reads;
    /// All of them, of the checks that judge; nullptr: not gathered yet.
    model::VerdictList::Block verdicts;
    Stamps stamps;
    // All that follow from these hold between these times.
    base::Timestamp judged_at{};
    base::Timestamp holds_until{};
    std::uint64_t look = 0;
  };
  /// One of those in a look.
  struct Subject {
    const model::JobSnapshot* job;  // nullptr: the cluster
    Stamps stamps;
    Judged* judged;
    base::Timestamp now;        // by the JobManager's clock, where it told
    model::Resource changed{};  // what reads otherwise than in the look before
    model::Resource turned{};   // what was told in one of the two alone
    std::size_t key_hash = 0;   // of `Judged::key`
  };
  struct Look {
    const model::Snapshot* snapshot;
    const model::Settings* settings;
    const model::ClusterHistory* history;
    const std::vector<Subject>* jobs;
  };

  void enable(const model::Settings& settings);
  [[nodiscard]] bool judges(std::size_t check, const model::Snapshot& snapshot) const;
  /// The snapshot's jobs, in its order.
  std::vector<Subject> enter_jobs(const model::Snapshot& snapshot, const Stamps& cluster,
                                  const model::ClusterHistory& history);
  /// Begins a look at a subject.
  void enter(Subject& subject, std::size_t checks) const;
  /// Judges a subject by the checks of its scope, but where their verdicts hold. Whether one is
  /// new.
  bool renew(const Look& look, Subject& subject, std::span<const std::size_t> checks);
  bool renew(const Look& look, Subject& subject, std::size_t check, std::size_t place) const;
  /// What a verdict of one check follows from, if that reads `reads`; never 0.
  [[nodiscard]] std::uint64_t inputs_of(const Look& look, const Subject& subject, std::size_t check,
                                        model::Resource reads) const;
  /// What the checks of a subject's scope have said.
  [[nodiscard]] model::VerdictList::Block gathered(const model::Snapshot& snapshot,
                                                   const Judged& judged,
                                                   std::span<const std::size_t> checks) const;

  std::span<const Check* const> checks_;
  std::vector<model::Resource> resources_;  // that each of them may read
  /// The same, and that time goes on, where what it says of some job follows from that.
  std::vector<model::Resource> visited_for_;
  std::vector<std::size_t> cluster_checks_;
  std::vector<std::size_t> job_checks_;
  std::vector<bool> enabled_;  // in the order of `checks_`; empty: not known
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

}  // namespace auditor::checks
