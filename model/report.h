#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/name.h"
#include "base/shared_list.h"
#include "model/check_info.h"
#include "model/snapshot.h"
#include "model/verdict.h"
#include "model/verdict_list.h"

namespace auditor::model {

/// What one failed check took from the score.
struct Loss {
  base::Name check;
  base::Name practice;
  std::optional<std::string> job_name;  ///< absent for the cluster's own
  double points = 0;                    ///< of the subject's 100, after the practice's cap
};

/// DESIGN 3: of posture alone. `value` is absent where too little could be judged.
struct Score {
  std::optional<double> value;  ///< 0 to 100
  double coverage = 0;          ///< assessed / (assessed + unknown), 0 to 1
  double cost = 0;              ///< points lost, not bounded by 100
  std::size_t assessed = 0;     ///< checks that passed or failed
  std::size_t unknown = 0;
};

/// A to F; "n/a" where there is no value.
std::string_view grade_of(const Score& score);

/// How a cluster or a job is doing now, by the findings of the health practices that are not
/// waived: red with a high or critical one, amber with a medium one, green where every check of
/// health passed or does not apply. Unknown is not green.
enum class Health { unknown, green, amber, red };
std::string_view to_text(Health health);

struct PracticeSummary {
  Practice practice;
  Outcome verdict =
      Outcome::not_applicable;  ///< the worst of fail > unknown > pass > not_applicable
  std::size_t findings = 0;     ///< not waived
  std::size_t waived = 0;
  std::size_t unknown = 0;
  double lost = 0;  ///< points of the cluster's score
};

struct JobSummary {
  JobId id;
  std::string name;
  JobState state = JobState::other;
  JobType type = JobType::unknown;
  std::optional<std::int64_t> parallelism;  ///< the largest of its vertices
  Score score;
  Health health = Health::unknown;
};

/// A cause of a job's failures, of those that Flink remembers.
struct FailureCause {
  JobId job;
  std::string job_name;
  std::string fingerprint;  ///< `Cause::fingerprint`: the same over jobs and clusters
  std::string title;        ///< of the latest
  std::string task;         ///< of the latest; empty: of the whole job
  std::string trace;        ///< of the latest, `condensed`
  std::size_t occurrences = 0;
  std::optional<Timestamp> first_at;
  std::optional<Timestamp> last_at;
};

/// One audit of one cluster: what every renderer and the API show.
struct AuditReport {
  Timestamp taken_at{};
  std::string name;  ///< of the cluster; the target unless the configuration names it
  std::string target;
  std::string flink_version;  ///< as `/config` has it; empty where unknown
  bool history_server = false;
  std::optional<std::size_t> task_managers;
  std::size_t terminal_jobs = 0;
  Score score;
  Health health = Health::unknown;  ///< the worst of its own and its jobs'
  base::SharedList<PracticeSummary> practices;
  std::vector<JobSummary> jobs;
  VerdictList results;                            ///< fails first, the worst first
  base::SharedList<Loss> losses;                  ///< the largest first
  base::SharedList<FailureCause> failure_causes;  ///< job by job, the most frequent first
  RequestCost requests;
};

/// Puts the snapshot and the verdicts on it together, with the score.
AuditReport make_report(const Snapshot& snapshot, const VerdictList& verdicts);

/// The same look after look: while the verdicts say the same of the same subjects, score, summaries
/// and order stay, and only what is new is put in its place.
class ReportMaker {
 public:
  AuditReport make(const Snapshot& snapshot, const VerdictList& verdicts);

  /// Whether the latest report says something new.
  [[nodiscard]] bool changed() const { return changed_; }

 private:
  [[nodiscard]] bool says_the_same(const Snapshot& snapshot, const VerdictList& verdicts) const;

  VerdictList verdicts_;            // in the order of the checks
  std::vector<std::size_t> order_;  // of the report: indices into `verdicts_`
  struct Job {
    JobId id;
    JobState state = JobState::other;
    std::uint64_t exceptions = 0;  // the revision
  };
  std::vector<Job> jobs_;
  std::optional<AuditReport> report_;
  bool changed_ = true;
};

/// Schema flink-auditor/report/1, indented, with a newline at the end.
std::string to_json(const AuditReport& report);

}  // namespace auditor::model
