#include <array>
#include <limits>

#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::JobDetails;

constexpr std::array options_info{
    model::OptionInfo{.name = "most",
                      .kind = model::OptionKind::number,
                      .otherwise = 100,
                      .minimum = 0,
                      .maximum = std::numeric_limits<std::int32_t>::max(),
                      .help = "the largest number of tolerated failures that is not reported"}};

/// How long nothing but failing checkpoints stays unseen; the interval times the number, without
/// overflow.
std::string unseen_for(std::int64_t tolerated, std::chrono::milliseconds interval) {
  constexpr std::int64_t for_ever = 1'000'000;
  if (tolerated >= for_ever) {
    return fmt::format(
        "{} failed checkpoints in a row, as good as any number of them, leave the job running",
        tolerated);
  }
  // An interval is below three years where checkpoints are on: 10^11 ms times 10^6 fits.
  return fmt::format(
      "{} failed checkpoints in a row, {} or more at its interval, leave the job running",
      tolerated, base::format_duration(interval * tolerated));
}

void evaluate(const Context& context, const Options& options, Verdicts& out) {
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto& checkpointing = context.get<CheckpointConfiguration>();
  if (!checkpointing.tolerable_failures) {
    out.unknown(context.job(), "Flink's answer has no number of tolerable checkpoint failures");
    return;
  }
  const std::int64_t tolerated = *checkpointing.tolerable_failures;
  const auto most = static_cast<std::int64_t>(options.number("most"));
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "tolerable failed checkpoints", tolerated, "/tolerable_failed_checkpoints",
      fmt::format("at most {}", most))};
  if (tolerated <= most) {
    out.pass(context.job(),
             fmt::format("the job tolerates {} failed checkpoints in a row", tolerated),
             std::move(evidence));
    return;
  }
  out.fail(
      context.job(),
      {.message =
           unseen_for(tolerated, *checkpointing.interval) +
           " as if nothing were wrong, while the work to redo after a failure grows without bound",
       .evidence = std::move(evidence),
       .remediation =
           "Look first whether checkpoints complete (counts and history of the job's checkpoints): "
           "where they do not, mend that before. Then:\n" +
           job_line(is_sql(context.get<JobDetails>()), model::keys::checkpoint_tolerable_failures,
                    context.version(), "10",
                    "env.getCheckpointConfig().setTolerableCheckpointFailureNumber(10);") +
           "It takes effect with a new start, from a savepoint. The job then restarts after the "
           "eleventh failure in a row, which may help (a stuck task) or not (a storage that is "
           "down). Where an alert tells the age of the latest completed checkpoint, a high number "
           "is a fair choice: waive this."});
}

}  // namespace

extern constinit const Check checkpoint_failures_tolerated{
    .info = {.id = "checkpoint-failures-tolerated",
             .title = "Checkpoints may fail unnoticed",
             .practice = "checkpointing",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster,
             .options = options_info},
    .evaluate = evaluate};

}  // namespace auditor::checks
