#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& configuration = context.get<Configuration>();
  if (platform_of(configuration) != model::Platform::yarn) {
    out.not_applicable(context.cluster(), "the cluster does not run on YARN");
    return;
  }
  if (!high_availability_on(context, out)) {
    return;
  }
  std::vector<model::Evidence> evidence{
      context.evidence(model::keys::yarn_application_attempts, "2 or more")};
  const auto* entry = configuration.find(model::keys::yarn_application_attempts);
  if (entry == nullptr) {
    // YarnClusterDescriptor then asks for YARN's own default of two; YARN's limit may be lower,
    // which REST does not show.
    out.pass(context.cluster(), "with high availability Flink asks YARN for 2 attempts",
             std::move(evidence), model::Confidence::likely);
    return;
  }
  const std::string_view text = base::trim(entry->value);
  std::int64_t attempts = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), attempts);
  if (error != std::errc{} || end != text.data() + text.size()) {
    out.unknown(context.cluster(), entry->key + " does not read as a number", std::move(evidence));
    return;
  }
  if (attempts > 1) {
    out.pass(context.cluster(), fmt::format("YARN starts the JobManager up to {} times", attempts),
             std::move(evidence));
    return;
  }
  out.fail(
      context.cluster(),
      {.message = "high availability is on, but YARN may start the JobManager once only: when "
                  "it dies, the application ends, and its jobs with it, although their "
                  "checkpoints and the cluster's metadata are there to recover from",
       .evidence = std::move(evidence),
       .remediation = fmt::format(
           "In {}:\n{}YARN's own limit (yarn.resourcemanager.am.max-attempts in yarn-site.xml, 2 "
           "by default) must allow it. It takes effect with a new YARN application: stop each "
           "job with a savepoint and start it from there.",
           configuration_file(context.version()),
           configuration_line(model::keys::yarn_application_attempts, context.version(), "4"))});
}

}  // namespace

extern constinit const Check yarn_single_attempt{
    .info = {.id = "yarn-single-attempt",
             .title = "YARN starts the JobManager only once",
             .practice = "recovery",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
