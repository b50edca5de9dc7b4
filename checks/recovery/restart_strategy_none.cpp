#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::JobDetails;

std::string remediation(const RestartStrategy& strategy, bool sql,
                        const model::FlinkVersion& version) {
  if (strategy.origin == RestartStrategy::Origin::built_in) {
    return fmt::format(
        "Switch on checkpointing: restarts come with it, without a strategy of their own.\n{}"
        "A strategy alone would bring the job back with empty state. An error that comes back at "
        "once then restarts the job for ever instead of failing it: alert on its restarts.",
        job_line(sql, model::keys::checkpoint_interval, version, "1 min",
                 "env.enableCheckpointing(60000);"));
  }
  const std::string takes_effect =
      strategy.origin == RestartStrategy::Origin::cluster
          ? "It takes effect with a restart of the JobManager (without high availability, stop "
            "each "
            "job with a savepoint first) and reaches every job that sets no strategy."
          : "It takes effect with the job's next start: stop it with a savepoint and start it from "
            "there.";
  return fmt::format(
      "{}{} An error that comes back at once then restarts the job for ever instead of failing it: "
      "alert on its restarts. Without checkpoints a restart begins with empty state.",
      restart_lines(strategy, sql, version), takes_effect);
}

std::string why(RestartStrategy::Origin origin) {
  switch (origin) {
    case RestartStrategy::Origin::job:
      return "its own setting switches restarts off";
    case RestartStrategy::Origin::cluster:
      return "the cluster's configuration switches restarts off";
    case RestartStrategy::Origin::built_in:
      break;
  }
  return "nothing sets a restart strategy, and with checkpointing off Flink's own is not to "
         "restart";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  auto strategy = restart_strategy(context, "one that restarts", out);
  if (!strategy) {
    return;
  }
  if (strategy->kind != RestartStrategy::Kind::none) {
    out.pass(context.job(), "the job restarts after a failure", std::move(strategy->evidence),
             strategy->confidence);
    return;
  }
  out.fail(
      context.job(),
      {.message = fmt::format("the job does not restart: {}. The first failure of a task, a "
                              "lost TaskManager or a short outage of a source or sink ends it, "
                              "and somebody must start it by hand",
                              why(strategy->origin)),
       .evidence = std::move(strategy->evidence),
       .remediation = remediation(*strategy, is_sql(context.get<JobDetails>()), context.version()),
       .confidence = strategy->confidence});
}

}  // namespace

extern constinit const Check restart_strategy_none{
    .info = {.id = "restart-strategy-none",
             .title = "The job does not restart after a failure",
             .practice = "recovery",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::job_configuration,
             .uses = model::Resource::cluster | model::Resource::configuration |
                     model::Resource::checkpoint_configuration},
    .evaluate = evaluate};

}  // namespace auditor::checks
