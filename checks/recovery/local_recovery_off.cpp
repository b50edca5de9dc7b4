#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using base::Bytes;
using model::Configuration;
using model::JobSnapshot;

constexpr Bytes large = base::gibibytes(10);

/// Local recovery could not help this job, whatever its size.
bool has_nothing_to_recover(const JobSnapshot& job) {
  if (job.details.known() && job.details.value->type == model::JobType::batch) {
    return true;
  }
  if (!job.checkpoint_configuration.known()) {
    return false;
  }
  const model::CheckpointConfiguration& checkpointing = *job.checkpoint_configuration.value;
  // ForSt keeps its state in the remote storage: there is no local copy to start from.
  return checkpointing.enabled() == false || checkpointing.state_backend == "ForStStateBackend";
}

struct Largest {
  const JobSnapshot* job = nullptr;
  Bytes state{};
  const JobSnapshot* untold = nullptr;  ///< a job whose state is not known
};

Largest largest_state(const std::vector<JobSnapshot>& jobs) {
  Largest largest;
  for (const JobSnapshot& job : jobs) {
    if (has_nothing_to_recover(job)) {
      continue;
    }
    if (!job.checkpoints.known() || !job.checkpoints.value->latest_completed ||
        !job.checkpoints.value->latest_completed->state_size) {
      largest.untold = &job;
      continue;
    }
    const Bytes state = *job.checkpoints.value->latest_completed->state_size;
    if (largest.job == nullptr || state > largest.state) {
      largest.job = &job;
      largest.state = state;
    }
  }
  return largest;
}

std::string name_of(const JobSnapshot& job) {
  return base::shorten(base::printable(job.overview.name), 60);
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& configuration = context.get<Configuration>();
  const auto on = configuration.flag(model::keys::local_recovery, false);
  std::vector<model::Evidence> evidence{context.evidence(model::keys::local_recovery, "true")};
  const Largest largest = largest_state(context.jobs());
  if (on == true) {
    out.pass(context.cluster(), "local recovery is on", std::move(evidence));
    return;
  }
  if (largest.job == nullptr || largest.state < large) {
    if (largest.untold != nullptr) {
      out.unknown(context.cluster(),
                  fmt::format("no completed checkpoint tells how much state job \"{}\" has",
                              name_of(*largest.untold)));
    } else {
      out.not_applicable(context.cluster(), fmt::format("no job's checkpoints hold {} or more",
                                                        base::format_bytes(large)));
    }
    return;
  }
  if (!on) {
    out.unknown(context.cluster(), "the value of the local recovery key is neither true nor false",
                std::move(evidence));
    return;
  }
  evidence.push_back(
      {"state of the latest completed checkpoint",
       largest.state.count,
       "bytes",
       {},
       model::EvidenceSource{largest.job->checkpoints.source, "/latest/completed/state_size"},
       largest.job->checkpoints.observed_at});
  out.fail(
      context.cluster(),
      {.message = fmt::format(
           "local recovery is off, and job \"{}\" has {} of state: after a failure every task "
           "fetches its state from the checkpoint storage, also on the TaskManagers that are still "
           "there and had it on disk",
           name_of(*largest.job), base::format_bytes(largest.state)),
       .evidence = std::move(evidence),
       .remediation = fmt::format(
           "In {}:\n{}Each TaskManager then keeps a copy of its latest checkpoint on its local "
           "disk: "
           "for RocksDB mostly hard links, for heap state the whole size again. It helps keyed "
           "state "
           "only, not unaligned checkpoints, and takes effect with a restart of the TaskManagers.",
           configuration_file(context.version()),
           configuration_line(model::keys::local_recovery, context.version(), "true"))});
}

}  // namespace

extern constinit const Check local_recovery_off{
    .info = {.id = "local-recovery-off",
             .title = "Large state is always recovered over the network",
             .practice = "recovery",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::info,
             .confidence = model::Confidence::likely,  // since 1.20 a job may set it for itself
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster | model::Resource::job |
                     model::Resource::checkpoints | model::Resource::checkpoint_configuration |
                     model::Resource::other_jobs},
    .evaluate = evaluate};

}  // namespace auditor::checks
