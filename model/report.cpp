#include "model/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

namespace auditor::model {

namespace {

constexpr double practice_cap = 25;
constexpr std::size_t fewest_assessed = 8;
constexpr double least_coverage = 0.5;

double points_of(const Verdict& verdict) {
  constexpr std::array<double, 5> points{0, 1, 4, 10, 25};  // in the order of Severity
  const double full = points.at(static_cast<std::size_t>(verdict.severity));
  return verdict.confidence == Confidence::likely ? full / 2 : full;
}

/// fail > unknown > pass > not_applicable.
int weight(Outcome outcome) {
  switch (outcome) {
    case Outcome::fail:
      return 3;
    case Outcome::unknown:
      return 2;
    case Outcome::pass:
      return 1;
    case Outcome::not_applicable:
      break;
  }
  return 0;
}

std::size_t practice_rank(std::string_view id) {
  const auto all = practices();
  const auto found = std::ranges::find_if(all, [id](const Practice& p) { return p.id == id; });
  return static_cast<std::size_t>(found - all.begin());
}

/// Gathers the verdicts of the health practices on one cluster or job.
class HealthOf {
 public:
  void add(const Verdict& verdict) {
    if (verdict.outcome == Outcome::fail && !verdict.waiver) {
      const Health seen = verdict.severity >= Severity::high     ? Health::red
                          : verdict.severity == Severity::medium ? Health::amber
                                                                 : Health::green;
      worst_ = std::max(worst_, seen);
    } else if (verdict.outcome == Outcome::unknown) {
      unknown_ = true;
    } else {
      worst_ = std::max(worst_, Health::green);
    }
  }

  [[nodiscard]] Health value() const {
    return unknown_ && worst_ == Health::green ? Health::unknown : worst_;
  }

 private:
  Health worst_ = Health::unknown;
  bool unknown_ = false;
};

/// Red and amber are known whatever else is unknown; green is not.
Health worse(Health a, Health b) {
  const auto rank = [](Health health) {
    return health == Health::unknown ? 2
           : health == Health::green ? 1
                                     : 2 + static_cast<int>(health);
  };
  return rank(a) >= rank(b) ? a : b;
}

/// One check on one cluster or job: all its vertices together.
struct CheckResult {
  Outcome outcome = Outcome::not_applicable;
  double points = 0;  ///< of the worst fail: a failed check costs once
  std::string practice;
};

using CheckResults = std::map<std::string, CheckResult>;  // by check id

struct Judged {
  Score score;
  std::vector<Loss> losses;
};

Judged judge(const CheckResults& results) {
  Judged judged;
  std::map<std::string, double> by_practice;
  for (const auto& [check, result] : results) {
    judged.score.assessed +=
        result.outcome == Outcome::pass || result.outcome == Outcome::fail ? 1U : 0U;
    judged.score.unknown += result.outcome == Outcome::unknown ? 1U : 0U;
    if (result.points > 0) {
      by_practice[result.practice] += result.points;
      judged.losses.push_back({check, result.practice, std::nullopt, result.points});
    }
  }
  for (Loss& loss : judged.losses) {
    const double sum = by_practice[loss.practice];
    loss.points *= std::min(1.0, practice_cap / sum);
  }
  for (const auto& [practice, sum] : by_practice) {
    judged.score.cost += std::min(sum, practice_cap);
  }
  return judged;
}

double coverage(std::size_t assessed, std::size_t unknown) {
  const std::size_t all = assessed + unknown;
  return all == 0 ? 0 : static_cast<double>(assessed) / static_cast<double>(all);
}

void settle(Score& score, double cost) {
  score.coverage = coverage(score.assessed, score.unknown);
  if (score.coverage >= least_coverage && score.assessed >= fewest_assessed) {
    score.value = std::clamp(100 - cost, 0.0, 100.0);
  }
}

/// The order of a report: its n-th is the n-th index into these.
std::vector<std::size_t> order_of(const VerdictList& verdicts) {
  struct Ranked {
    std::tuple<int, int, std::size_t> rank;
    const Verdict* verdict;
    std::size_t index;
  };
  std::vector<Ranked> ranked;
  ranked.reserve(verdicts.size());
  for (const Verdict& verdict : verdicts) {
    const std::tuple rank(
        -weight(verdict.outcome),
        verdict.outcome == Outcome::fail ? -static_cast<int>(verdict.severity) : 0,
        practice_rank(verdict.practice));
    ranked.push_back({rank, &verdict, ranked.size()});
  }
  const auto address = [](const Verdict& v) {
    return std::tie(v.check, v.subject->job_name, v.subject->job_id, v.subject->vertex_name,
                    v.subject->vertex_ordinal);
  };
  std::ranges::stable_sort(ranked, [&](const Ranked& a, const Ranked& b) {
    return a.rank != b.rank ? a.rank < b.rank : address(*a.verdict) < address(*b.verdict);
  });
  std::vector<std::size_t> order;
  order.reserve(ranked.size());
  for (const Ranked& row : ranked) {
    order.push_back(row.index);
  }
  return order;
}

JobSummary summary_of(const JobSnapshot& job) {
  JobSummary summary;
  summary.id = job.overview.id;
  summary.name = job.overview.name;
  summary.state = job.overview.state;
  if (job.details.known()) {
    summary.state = job.details.value->state;
    summary.type = job.details.value->type;
    for (const JobVertex& vertex : job.details.value->vertices) {
      if (vertex.parallelism && *vertex.parallelism > summary.parallelism.value_or(0)) {
        summary.parallelism = vertex.parallelism;
      }
    }
  }
  return summary;
}

}  // namespace

std::string_view grade_of(const Score& score) {
  if (!score.value) {
    return "n/a";
  }
  const double value = std::round(*score.value);
  if (value >= 90) {
    return "A";
  }
  if (value >= 80) {
    return "B";
  }
  if (value >= 70) {
    return "C";
  }
  return value >= 60 ? "D" : "F";
}

std::string_view to_text(Health health) {
  constexpr std::array<std::string_view, 4> names{"unknown", "green", "amber", "red"};
  return names.at(static_cast<std::size_t>(health));
}

namespace {

/// The causes of a job's root exceptions, the most frequent first.
std::vector<FailureCause> causes_of(const JobSnapshot& job) {
  std::vector<FailureCause> causes;
  if (!job.exceptions.known()) {
    return causes;
  }
  for (const RootException& root : job.exceptions.value->history) {  // newest first
    const JobException& exception = root.exception;
    auto found = std::ranges::find(causes, exception.fingerprint, &FailureCause::fingerprint);
    if (found == causes.end()) {
      causes.push_back({job.overview.id, job.overview.name, exception.fingerprint, exception.title,
                        exception.task, exception.trace, 0, std::nullopt, exception.at});
      found = std::prev(causes.end());
    }
    ++found->occurrences;
    if (exception.at) {
      found->first_at = exception.at;
    }
  }
  std::ranges::stable_sort(causes, std::greater(), &FailureCause::occurrences);
  return causes;
}

AuditReport make_in_order(const Snapshot& snapshot, const VerdictList& verdicts,
                          std::vector<std::size_t>& order) {
  AuditReport report;
  report.taken_at = snapshot.taken_at;
  report.name = snapshot.target;
  report.target = snapshot.target;
  report.history_server = snapshot.is_history_server();
  report.requests = snapshot.requests;
  report.terminal_jobs = snapshot.terminal_jobs;
  if (snapshot.cluster.known()) {
    report.flink_version = snapshot.cluster.value->version.text;
  }
  if (snapshot.task_managers.known()) {
    report.task_managers = snapshot.task_managers.value->list.size();
  }

  CheckResults cluster;
  std::map<JobId, CheckResults> jobs;
  std::map<std::string, PracticeSummary> practice_summaries;
  HealthOf own_health;
  std::map<JobId, HealthOf> job_health;
  for (const JobSnapshot& job : snapshot.jobs) {
    job_health[job.overview.id];
  }
  for (const Verdict& verdict : verdicts) {
    const bool waived = verdict.outcome == Outcome::fail && verdict.waiver;
    // A waived finding is accepted: it neither fails its practice nor costs.
    const Outcome outcome = waived ? Outcome::pass : verdict.outcome;
    PracticeSummary& practice = practice_summaries[verdict.practice];
    practice.verdict = std::max(practice.verdict, outcome,
                                [](Outcome a, Outcome b) { return weight(a) < weight(b); });
    practice.findings += outcome == Outcome::fail ? 1U : 0U;
    practice.waived += waived ? 1U : 0U;
    practice.unknown += outcome == Outcome::unknown ? 1U : 0U;
    const Practice* const known = find_practice(verdict.practice);
    if (known != nullptr && known->kind == PracticeKind::health) {
      // A job that has gone counts for its cluster.
      const auto of_job =
          verdict.subject->job_id ? job_health.find(*verdict.subject->job_id) : job_health.end();
      (of_job == job_health.end() ? own_health : of_job->second).add(verdict);
      continue;  // health makes no score
    }
    CheckResult& result = verdict.subject->job_id ? jobs[*verdict.subject->job_id][verdict.check]
                                                  : cluster[verdict.check];
    result.practice = verdict.practice;
    result.outcome = std::max(result.outcome, outcome,
                              [](Outcome a, Outcome b) { return weight(a) < weight(b); });
    if (outcome == Outcome::fail) {
      result.points = std::max(result.points, points_of(verdict));
    }
  }

  Judged own = judge(cluster);
  report.score = own.score;
  report.health = own_health.value();
  std::vector<Loss> losses = std::move(own.losses);
  double jobs_cost = 0;
  std::size_t scored_jobs = 0;
  std::vector<Loss> job_losses;
  for (const JobSnapshot& job : snapshot.jobs) {
    JobSummary summary = summary_of(job);
    Judged judged = judge(jobs[summary.id]);
    summary.score = judged.score;
    settle(summary.score, judged.score.cost);
    summary.health = job_health[summary.id].value();
    report.health = worse(report.health, summary.health);
    report.score.assessed += judged.score.assessed;
    report.score.unknown += judged.score.unknown;
    if (summary.score.value) {  // a job that reads n/a is left out of the mean
      jobs_cost += judged.score.cost;
      ++scored_jobs;
      for (Loss& loss : judged.losses) {
        loss.job_name = summary.name;
        job_losses.push_back(std::move(loss));
      }
    }
    report.jobs.push_back(std::move(summary));
  }
  if (scored_jobs > 0) {
    report.score.cost += jobs_cost / static_cast<double>(scored_jobs);
    for (Loss& loss : job_losses) {
      loss.points /= static_cast<double>(scored_jobs);
    }
  }
  losses.insert(losses.end(), job_losses.begin(), job_losses.end());
  settle(report.score, report.score.cost);
  std::ranges::stable_sort(losses,
                           [](const Loss& a, const Loss& b) { return a.points > b.points; });
  std::ranges::stable_sort(report.jobs, [](const JobSummary& a, const JobSummary& b) {
    return std::tie(a.score.value, a.name, a.id) < std::tie(b.score.value, b.name, b.id);
  });

  for (const Loss& loss : losses) {
    practice_summaries[loss.practice].lost += loss.points;
  }
  report.losses = std::move(losses);
  std::vector<PracticeSummary> summaries;
  summaries.reserve(practice_summaries.size());
  for (const Practice& practice : practices()) {
    if (const auto found = practice_summaries.find(std::string(practice.id));
        found != practice_summaries.end()) {
      found->second.practice = practice;
      summaries.push_back(found->second);
    }
  }
  report.practices = std::move(summaries);
  std::vector<FailureCause> causes;
  for (const JobSnapshot& job : snapshot.jobs) {
    std::ranges::move(causes_of(job), std::back_inserter(causes));
  }
  report.failure_causes = std::move(causes);
  order = order_of(verdicts);
  report.results = verdicts.in_order(order);
  return report;
}

/// What changes from look to look though the verdicts say the same.
void renew(AuditReport& report, const Snapshot& snapshot) {
  report.taken_at = snapshot.taken_at;
  report.requests = snapshot.requests;
  report.terminal_jobs = snapshot.terminal_jobs;
  report.task_managers.reset();
  if (snapshot.task_managers.known()) {
    report.task_managers = snapshot.task_managers.value->list.size();
  }
  if (snapshot.cluster.known()) {
    report.flink_version = snapshot.cluster.value->version.text;
  }
  for (JobSummary& summary : report.jobs) {
    const auto job = std::ranges::find(snapshot.jobs, summary.id,
                                       [](const JobSnapshot& seen) { return seen.overview.id; });
    if (job != snapshot.jobs.end()) {
      JobSummary fresh = summary_of(*job);
      summary.state = fresh.state;
      summary.type = fresh.type;
      summary.parallelism = fresh.parallelism;
    }
  }
}

JobState state_of(const JobSnapshot& job) {
  const JobDetails* const details = job.details.known() ? &*job.details.value : nullptr;
  return details != nullptr ? details->state : job.overview.state;
}

bool same_waiver(const base::Rare<WaiverNote>& a, const base::Rare<WaiverNote>& b) {
  return a.has_value() == b.has_value();
}

/// Whether two verdicts count alike and stand at the same place of a report.
bool says_the_same_of(const Verdict& a, const Verdict& b) {
  return a.outcome == b.outcome && a.severity == b.severity && a.confidence == b.confidence &&
         same_waiver(a.waiver, b.waiver) && a.fingerprint == b.fingerprint &&
         a.subject->job_id == b.subject->job_id;
}

}  // namespace

AuditReport make_report(const Snapshot& snapshot, const VerdictList& verdicts) {
  std::vector<std::size_t> order;
  return make_in_order(snapshot, verdicts, order);
}

bool ReportMaker::says_the_same(const Snapshot& snapshot, const VerdictList& verdicts) const {
  if (!report_ || snapshot.jobs.size() != jobs_.size()) {
    return false;
  }
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (snapshot.jobs[i].overview.id != jobs_[i].id ||
        state_of(snapshot.jobs[i]) != jobs_[i].state ||
        snapshot.jobs[i].exceptions.revision != jobs_[i].exceptions) {
      return false;
    }
  }
  return verdicts.shares_with(verdicts_) ||
         std::ranges::equal(verdicts.pointers(), verdicts_.pointers(),
                            [](const VerdictList::Pointer* a, const VerdictList::Pointer* b) {
                              return a == b || *a == *b || says_the_same_of(**a, **b);
                            });
}

AuditReport ReportMaker::make(const Snapshot& snapshot, const VerdictList& verdicts) {
  changed_ = !says_the_same(snapshot, verdicts);
  if (!changed_) {
    renew(*report_, snapshot);
    if (!verdicts.shares_with(verdicts_)) {
      report_->results = verdicts.in_order(order_);
      verdicts_ = verdicts;
    }
    return *report_;
  }
  AuditReport report = make_in_order(snapshot, verdicts, order_);
  verdicts_ = verdicts;
  jobs_.clear();
  for (const JobSnapshot& job : snapshot.jobs) {
    jobs_.push_back({job.overview.id, state_of(job), job.exceptions.revision});
  }
  report_ = report;
  return report;
}

}  // namespace auditor::model
