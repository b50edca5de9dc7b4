#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::JobDetails;

constexpr std::int64_t few = 3;

std::string remediation(const RestartStrategy& strategy, bool sql,
                        const model::FlinkVersion& version) {
  const bool cluster_wide = strategy.origin == RestartStrategy::Origin::cluster;
  return fmt::format(
      "Use a strategy that waits longer after each failure in a row, and forgets old ones:\n{}{} "
      "The "
      "job then restarts for as long as an error lasts instead of ending: alert on its restarts.",
      restart_lines(strategy, sql, version),
      cluster_wide
          ? "It takes effect with a restart of the JobManager (without high availability, stop "
            "each "
            "job with a savepoint first) and reaches every job that sets no strategy."
          : "It takes effect with the job's next start: stop it with a savepoint and start it from "
            "there.");
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  auto strategy =
      restart_strategy(context, fmt::format("more than {} attempts, or no limit", few), out);
  if (!strategy) {
    return;
  }
  if (strategy->kind == RestartStrategy::Kind::none) {
    out.not_applicable(context.job(), "the job does not restart at all (restart-strategy-none)");
    return;
  }
  if (strategy->kind != RestartStrategy::Kind::fixed_delay) {
    out.pass(context.job(), "the restart strategy counts no attempts over the job's life",
             std::move(strategy->evidence), strategy->confidence);
    return;
  }
  if (!strategy->attempts) {
    out.unknown(context.job(), "the number of restart attempts does not read as a number",
                std::move(strategy->evidence));
    return;
  }
  const auto attempts = static_cast<std::size_t>(*strategy->attempts);
  if (*strategy->attempts > few) {
    out.pass(context.job(), fmt::format("the job may restart {} times", attempts),
             std::move(strategy->evidence), strategy->confidence);
    return;
  }
  out.fail(
      context.job(),
      {.message = fmt::format(
           "the job may restart {} in all: a fixed delay never refills its attempts, so failure "
           "number {} since the job started ends it, however long the job ran well in between",
           attempts == 1 ? "once" : base::plural(attempts, "time"), attempts + 1),
       .evidence = std::move(strategy->evidence),
       .remediation = remediation(*strategy, is_sql(context.get<JobDetails>()), context.version()),
       .confidence = strategy->confidence});
}

}  // namespace

extern constinit const Check restart_attempts_few{
    .info = {.id = "restart-attempts-few",
             .title = "The job may restart a few times only",
             .practice = "recovery",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::job_configuration,
             .uses = model::Resource::cluster | model::Resource::configuration |
                     model::Resource::checkpoint_configuration},
    .evaluate = evaluate};

}  // namespace auditor::checks
