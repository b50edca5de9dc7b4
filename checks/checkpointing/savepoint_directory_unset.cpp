#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::JobSnapshot;

bool is_batch(const JobSnapshot& job) {
  return job.details.known() && job.details.value->type == model::JobType::batch;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& jobs = context.jobs();
  if (!jobs.empty() && std::ranges::all_of(jobs, is_batch)) {
    out.not_applicable(context.cluster(), "only batch jobs run here: they take no savepoints");
    return;
  }
  const model::ConfigurationEntry* entry =
      context.get<Configuration>().find(model::keys::savepoint_directory);
  std::vector<model::Evidence> evidence{
      context.evidence(model::keys::savepoint_directory, "a path that every host can reach")};
  if (entry != nullptr && entry->masked()) {
    out.unknown(context.cluster(), "Flink masks the value of " + entry->key, std::move(evidence));
    return;
  }
  if (entry != nullptr && !base::trim(entry->value).empty()) {
    out.pass(context.cluster(), "savepoints have a directory", std::move(evidence));
    return;
  }
  out.fail(
      context.cluster(),
      {.message =
           "no savepoint directory is set: stopping a job with a savepoint, or taking one, fails "
           "unless whoever does it, often in a hurry, names a path that every host can reach",
       .evidence = std::move(evidence),
       .remediation =
           fmt::format("In {}:\n{}Use a shared file system or an object store, whose plugin must "
                       "be in plugins/. It is read when the JobManager starts; without high "
                       "availability its restart loses the running jobs: stop each with a "
                       "savepoint first. Flink never deletes savepoints: something must.",
                       configuration_file(context.version()),
                       configuration_line(model::keys::savepoint_directory, context.version(),
                                          "s3://bucket/savepoints"))});
}

}  // namespace

extern constinit const Check savepoint_directory_unset{
    .info = {.id = "savepoint-directory-unset",
             .title = "No savepoint directory is set",
             .practice = "checkpointing",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster | model::Resource::other_jobs},
    .evaluate = evaluate};

}  // namespace auditor::checks
