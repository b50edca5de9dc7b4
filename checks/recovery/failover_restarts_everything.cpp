#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& configuration = context.get<Configuration>();
  if (is_adaptive(configuration)) {
    out.not_applicable(context.cluster(),
                       "the adaptive scheduler restarts the whole job by design, whatever the "
                       "failover strategy");
    return;
  }
  std::vector<model::Evidence> evidence{context.evidence(model::keys::failover_strategy, "region")};
  const auto* entry = configuration.find(model::keys::failover_strategy);
  const std::string strategy = entry == nullptr ? "" : base::to_lower(base::trim(entry->value));
  if (entry == nullptr || strategy == "region") {
    out.pass(context.cluster(), "a failure restarts the region that it is in", std::move(evidence));
    return;
  }
  if (strategy != "full") {
    out.unknown(context.cluster(),
                entry->masked() ? "Flink masks the value of " + entry->key
                                : entry->key + " names no failover strategy of Flink",
                std::move(evidence));
    return;
  }
  out.fail(
      context.cluster(),
      {.message = "the failover strategy is \"full\": one failed task restarts every task of "
                  "its job, also those in pipelines that do not touch it, and a batch job "
                  "begins again from its start",
       .evidence = std::move(evidence),
       .remediation = fmt::format(
           "Remove the key, or in {}:\n{}It takes effect with a restart of the JobManager "
           "(without high availability, stop each job with a savepoint first). A streaming job "
           "whose tasks are all connected gains nothing, and loses nothing.",
           configuration_file(context.version()),
           configuration_line(model::keys::failover_strategy, context.version(), "region"))});
}

}  // namespace

extern constinit const Check failover_restarts_everything{
    .info = {.id = "failover-restarts-everything",
             .title = "One failed task restarts the whole job",
             .practice = "recovery",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
