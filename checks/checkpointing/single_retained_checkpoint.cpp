#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::JobSnapshot;

std::optional<std::int64_t> number(std::string_view text) {
  text = base::trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

/// A job that is known to take no periodic checkpoints.
bool takes_none(const JobSnapshot& job) {
  const bool batch = job.details.known() && job.details.value->type == model::JobType::batch;
  const bool off = job.checkpoint_configuration.known() &&
                   job.checkpoint_configuration.value->enabled() == false;
  return batch || off;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& jobs = context.jobs();
  if (!jobs.empty() && std::ranges::all_of(jobs, takes_none)) {
    out.not_applicable(context.cluster(), "no job here takes periodic checkpoints");
    return;
  }
  const model::ConfigurationEntry* entry =
      context.get<Configuration>().find(model::keys::checkpoints_retained);
  std::vector<model::Evidence> evidence{
      context.evidence(model::keys::checkpoints_retained, "2 or more; Flink's default is 1")};
  // Flink takes what is below 1 for its default.
  const auto retained = entry == nullptr ? std::optional<std::int64_t>(1) : number(entry->value);
  if (!retained) {
    out.unknown(
        context.cluster(),
        fmt::format("{} is {}", entry->key, entry->masked() ? "masked by Flink" : "not a number"),
        std::move(evidence));
    return;
  }
  if (*retained > 1) {
    out.pass(context.cluster(), fmt::format("{} checkpoints are kept of each job", *retained),
             std::move(evidence));
    return;
  }
  out.fail(
      context.cluster(),
      {.message = "only the latest checkpoint of each job is kept: if it turns out damaged, or "
                  "holds what a faulty release has written, there is no earlier one to go back to",
       .evidence = std::move(evidence),
       .remediation = fmt::format(
           "In {}:\n{}It costs storage: of incremental checkpoints only what changed between them, "
           "of full ones the whole state each. It is read when the JobManager starts; without high "
           "availability its restart loses the running jobs: stop each with a savepoint first.",
           configuration_file(context.version()),
           configuration_line(model::keys::checkpoints_retained, context.version(), "3"))});
}

}  // namespace

extern constinit const Check single_retained_checkpoint{
    .info = {.id = "single-retained-checkpoint",
             .title = "Only one checkpoint is kept",
             .practice = "checkpointing",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::info,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster | model::Resource::checkpoint_configuration |
                     model::Resource::other_jobs},
    .evaluate = evaluate};

}  // namespace auditor::checks
