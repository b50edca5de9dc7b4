#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using model::JobManagerFailover;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "window",
     .kind = model::OptionKind::duration,
     .otherwise = 3'600'000,
     .minimum = 60'000,
     .maximum = 86'400'000,
     .help = "how long ago a fail-over may have been"},
}};

/// A JobManager that takes over starts its jobs one after the other.
constexpr milliseconds of_one_failover = std::chrono::minutes(2);

std::size_t failovers_in(const std::vector<JobManagerFailover>& starts) {
  std::size_t count = 0;
  std::optional<base::Timestamp> latest;
  for (const JobManagerFailover& start : starts) {
    count += !latest || start.at - *latest > of_one_failover ? 1U : 0U;
    latest = start.at;
  }
  return count;
}

/// Where the start of a job that is still that one can be read.
std::optional<model::Evidence> evidence_of(const Context& context,
                                           const JobManagerFailover& start) {
  for (const model::JobSnapshot& job : context.jobs()) {
    if (job.overview.id == start.job && job.details.known() &&
        job.details.value->start_time == start.at) {
      return model::Evidence{
          fmt::format("later start of {}", base::shorten(base::printable(start.job_name), 60)),
          start.at.time_since_epoch().count(),
          model::unix_milliseconds,
          "the start of the same deployment that was seen before",
          model::EvidenceSource{job.details.source, "/start-time"},
          job.details.observed_at};
    }
  }
  return std::nullopt;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (context.failure() != nullptr) {
    out.unknown(context.cluster(), "the cluster cannot be seen");
    return;
  }
  const model::ClusterHistory& history = context.history();
  if (!history.watched_since) {
    out.not_applicable(context.cluster(), "one look cannot tell a fail-over from a first start");
    return;
  }
  const milliseconds window = chosen.duration("window");
  std::vector<JobManagerFailover> starts;
  if (!history.failovers.empty()) {
    std::ranges::copy_if(history.failovers, std::back_inserter(starts),
                         [since = context.taken_at() - window](const JobManagerFailover& start) {
                           return start.at >= since;
                         });
  }
  if (starts.empty()) {
    out.pass(
        context.cluster(),
        fmt::format("no JobManager was seen to fail over within {}", base::format_duration(window)),
        {});
    return;
  }
  constexpr std::size_t most_named = 5;
  std::vector<model::Evidence> evidence;
  std::set<model::JobId> jobs;
  for (const JobManagerFailover& start : starts) {
    jobs.insert(start.job);
    if (auto read = evidence_of(context, start); read && evidence.size() < most_named) {
      evidence.push_back(std::move(*read));
    }
  }
  const std::size_t count = failovers_in(starts);
  out.fail(
      context.cluster(),
      {.message = fmt::format(
           "{} within {}, the last {} ago: {} of the same deployment {} started again, from "
           "the latest checkpoint",
           count == 1 ? std::string("a JobManager failed over")
                      : fmt::format("JobManagers failed over {} times", count),
           base::format_duration(window),
           base::format_duration(std::max(context.taken_at() - starts.back().at, milliseconds(0))),
           base::plural(jobs.size(), "job"), jobs.size() == 1 ? "was" : "were"),
       .evidence = std::move(evidence),
       .remediation =
           "High availability did its work; find out why it was needed: the log and the exit "
           "code of the JobManager before (out of memory, evicted, node gone), its garbage "
           "collections, and whether it lost its session with ZooKeeper or its lease in "
           "Kubernetes. A standby JobManager and a short checkpoint interval make the next "
           "one cheaper."});
}

}  // namespace

extern constinit const Check jobmanager_failover{
    .info = {.id = "jobmanager-failover",
             .title = "A JobManager failed over",
             .practice = "liveness",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::reachability,
             .uses = model::Resource::other_jobs | model::Resource::job,
             .options = options,
             .keep_firing_for = std::chrono::minutes(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
