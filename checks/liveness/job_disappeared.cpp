#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using model::DisappearedJob;

model::Subject subject_of(const std::string& name) {
  model::Subject subject;
  subject.kind = model::SubjectKind::job;
  subject.job_name = name;
  return subject;
}

/// Whether a job of that name runs, or FAILED (another check tells of that).
bool is_there(const Context& context, const std::string& name) {
  return std::ranges::any_of(context.jobs(), [&name](const model::JobSnapshot& job) {
    return job.overview.name == name && job.overview.state != model::JobState::finished &&
           job.overview.state != model::JobState::canceled;
  });
}

void report(const Context& context, const DisappearedJob& job, Verdicts& out) {
  model::Subject subject = subject_of(job.name);
  subject.job_id = job.id;
  out.fail(
      std::move(subject),
      {.message = fmt::format(
           "the job is gone: it was {} when Flink last listed it, {} ago, and was not seen to "
           "finish, to be canceled or to fail. It processes nothing",
           to_text(job.state), base::format_duration(context.taken_at() - job.last_listed)),
       .evidence = {{"JobID", job.id.value, "", "listed in /jobs/overview", std::nullopt,
                     context.taken_at()},
                    {"last listed", base::format_rfc3339(job.last_listed), "", "", std::nullopt,
                     job.last_listed}},
       .remediation =
           "A JobManager that restarts without high availability forgets its jobs: look at when "
           "it was started, and at its log before that. Start the job again from its latest "
           "retained checkpoint or savepoint:\n"
           "    flink run -s <path of the checkpoint> …\n"
           "If somebody removed it on purpose, the finding ends by itself after a day."});
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (context.failure() != nullptr) {
    out.unknown(context.cluster(), "the cluster cannot be seen");
    return;
  }
  const auto* const cluster = context.find<model::ClusterInfo>();
  if (cluster != nullptr && cluster->history_server) {
    out.not_applicable(context.cluster(), "a HistoryServer shows past jobs");
    return;
  }
  const model::ClusterHistory& history = context.history();
  if (!history.watched_since && history.expected_jobs.empty()) {
    out.not_applicable(context.cluster(), "one look cannot tell which jobs were there before");
    return;
  }
  bool all_there = true;
  for (const DisappearedJob& job : history.disappeared) {
    if (job.ran_long && !is_there(context, job.name)) {
      all_there = false;
      report(context, job, out);
    }
  }
  for (const std::string& name : history.expected_jobs) {
    const bool told = std::ranges::any_of(history.disappeared, [&name](const DisappearedJob& job) {
      return job.name == name && job.ran_long;
    });
    if (!told && !is_there(context, name)) {
      all_there = false;
      out.fail(subject_of(name),
               {.message = "no job of that name runs, and the configuration expects one",
                .evidence = {{"expected_jobs", name, "", "a job that runs", std::nullopt,
                              context.taken_at()}},
                .remediation =
                    "Start the job, from its latest retained checkpoint or savepoint if it has "
                    "one; or take its name out of expected_jobs of this cluster in the auditor's "
                    "configuration."});
    }
  }
  if (all_there) {
    out.pass(context.cluster(), "every job that was seen to run is listed, or ended", {});
  }
}

}  // namespace

extern constinit const Check job_disappeared{
    .info = {.id = "job-disappeared",
             .title = "A job is gone",
             .practice = "liveness",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::critical,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::reachability,
             .uses = model::Resource::cluster | model::Resource::other_jobs | model::Resource::job,
             .pending_for = std::chrono::minutes(1),
             .keep_firing_for = std::chrono::minutes(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
