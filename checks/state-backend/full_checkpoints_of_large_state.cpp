#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Checkpoint;
using model::CheckpointConfiguration;
using model::CheckpointStatistics;
using model::Configuration;
using model::JobDetails;
using model::SubtaskState;

constexpr base::Bytes large = base::gibibytes(10);
constexpr double long_share = 0.2;  ///< of the interval
constexpr std::size_t several = 3;

/// Completed checkpoints of the present run, newest first, without the oldest one known: it may be
/// the first after a start, which is full even where checkpoints are incremental.
std::vector<const Checkpoint*> later_checkpoints(const CheckpointStatistics& statistics,
                                                 const JobDetails* job) {
  base::Timestamp since =
      job == nullptr ? base::Timestamp::min() : job->start_time.value_or(base::Timestamp::min());
  if (statistics.latest_restored) {
    since = std::max(since, statistics.latest_restored->restored_at.value_or(since));
  }
  std::vector<const Checkpoint*> found;
  for (const Checkpoint* checkpoint : statistics.completed()) {
    const bool earlier = checkpoint->triggered_at && *checkpoint->triggered_at < since;
    if (!checkpoint->is_savepoint && !earlier) {
      found.push_back(checkpoint);
    }
  }
  if (!found.empty()) {
    found.pop_back();
  }
  return found;
}

/// How the sizes of one checkpoint compare: it wrote all of the state, nearly all, or a part;
/// nullopt where one is missing.
enum class Written { part, nearly_all, all };
std::optional<Written> written(const Checkpoint& checkpoint) {
  constexpr double nearly = 0.98;
  if (!checkpoint.checkpointed_size || !checkpoint.state_size ||
      checkpoint.state_size->count <= 0) {
    return std::nullopt;
  }
  if (checkpoint.checkpointed_size->count >= checkpoint.state_size->count) {
    return Written::all;
  }
  return static_cast<double>(checkpoint.checkpointed_size->count) >=
                 nearly * static_cast<double>(checkpoint.state_size->count)
             ? Written::nearly_all
             : Written::part;
}

/// The sampled vertex with the longest asynchronous part; nullptr where none is known.
const SubtaskState::Vertex* slowest_upload(const SubtaskState* sampled) {
  const SubtaskState::Vertex* slowest = nullptr;
  if (sampled != nullptr) {
    for (const SubtaskState::Vertex& vertex : sampled->vertices) {
      if (vertex.longest_async &&
          (slowest == nullptr || *vertex.longest_async > *slowest->longest_async)) {
        slowest = &vertex;
      }
    }
  }
  return slowest;
}

std::string remediation(const Context& context) {
  const model::FlinkVersion version = context.version();
  const auto* job = context.find<JobDetails>();
  const std::string_view java =
      version.at_least(1, 20)
          ? "configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);"
          : "env.setStateBackend(new EmbeddedRocksDBStateBackend(true));";
  return "Take incremental checkpoints, in the job:\n" +
         job_line(job != nullptr && is_sql(*job), model::keys::incremental_checkpoints, version,
                  "true", java) +
         fmt::format("or for the cluster, in {}:\n{}", configuration_file(version),
                     configuration_line(model::keys::incremental_checkpoints, version, "true")) +
         "It takes a restart of the job, which can restore from its last full checkpoint or a "
         "savepoint. From then on checkpoints share files: never delete single directories by "
         "hand, and expect a few more files and somewhat more storage.";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& settings = context.get<CheckpointConfiguration>();
  if (!settings.state_backend || *settings.state_backend == "Unknown") {
    out.unknown(context.job(), "Flink's answer has no state backend");
    return;
  }
  if (settings.changelog == true || *settings.state_backend == "ChangelogStateBackend") {
    out.not_applicable(context.job(), "with the changelog, checkpoints hold only what changed");
    return;
  }
  if (!is_disk_backend(*settings.state_backend)) {
    out.not_applicable(context.job(),
                       "the state is not in RocksDB or ForSt, which alone take incremental "
                       "checkpoints: " +
                           *settings.state_backend);
    return;
  }
  if (!checkpointing_on(context, out)) {
    return;
  }
  const auto* statistics = context.find<CheckpointStatistics>();
  if (statistics == nullptr) {
    out.unknown(context.job(), "the job's checkpoints are not known");
    return;
  }
  std::vector<const Checkpoint*> checkpoints =
      later_checkpoints(*statistics, context.find<JobDetails>());
  if (checkpoints.size() < several) {
    out.unknown(context.job(),
                "fewer than three completed checkpoints beside the first: too few to compare");
    return;
  }
  const Checkpoint& newest = *checkpoints.front();
  if (!newest.state_size) {
    out.unknown(context.job(), "Flink's answer has no size of the latest checkpoint");
    return;
  }
  const auto size_evidence = [&context](const Checkpoint& checkpoint, base::Wording expected) {
    return context.evidence<CheckpointStatistics>(
        fmt::format("written by checkpoint {}", checkpoint.id), checkpoint.checkpointed_size->count,
        fmt::format("/history/{}/checkpointed_size", checkpoint.index), std::move(expected),
        "bytes");
  };
  std::vector<model::Evidence> evidence{context.evidence<CheckpointStatistics>(
      fmt::format("state in checkpoint {}", newest.id), newest.state_size->count,
      fmt::format("/history/{}/state_size", newest.index), {}, "bytes")};

  // The asynchronous part is within the whole: where even that is short, the upload is.
  const bool is_large = *newest.state_size >= large;
  const auto duration = median_checkpoint_duration(statistics);
  const bool may_be_slow =
      !duration || static_cast<double>(duration->count()) >=
                       long_share * static_cast<double>(settings.interval->count());
  if (!is_large && !may_be_slow) {
    out.pass(
        context.job(),
        fmt::format("{} of state, checkpointed in less than a fifth of the interval: incremental "
                    "checkpoints would gain little",
                    base::format_bytes(*newest.state_size)),
        std::move(evidence));
    return;
  }
  checkpoints.resize(std::min<std::size_t>(checkpoints.size(), 2 * several));
  bool all = true;
  for (const Checkpoint* checkpoint : checkpoints) {
    const auto how = written(*checkpoint);
    if (!how) {
      out.unknown(
          context.job(),
          "Flink does not tell how much of the state each checkpoint wrote (it does since 1.15)",
          std::move(evidence));
      return;
    }
    if (*how == Written::part) {
      evidence.push_back(size_evidence(*checkpoint, {}));
      out.pass(context.job(), "checkpoints are incremental: they write only a part of the state",
               std::move(evidence));
      return;
    }
    all = all && *how == Written::all;
  }
  for (std::size_t i = 0; i < several; ++i) {
    evidence.push_back(size_evidence(*checkpoints[i], "less than the whole state"));
  }
  const auto* configuration = context.find<Configuration>();
  const auto incremental = configuration == nullptr
                               ? std::nullopt
                               : configuration->flag(model::keys::incremental_checkpoints, false);
  if (configuration != nullptr) {
    evidence.push_back(context.evidence(model::keys::incremental_checkpoints, "true"));
  }
  if (!incremental) {
    out.unknown(context.job(), "whether the cluster takes incremental checkpoints is not known",
                std::move(evidence));
    return;
  }
  if (*incremental) {
    out.pass(context.job(), "the cluster takes incremental checkpoints", std::move(evidence),
             model::Confidence::likely);
    return;
  }
  std::string upload;
  if (!is_large) {
    const SubtaskState::Vertex* slowest = slowest_upload(context.find<SubtaskState>());
    if (slowest == nullptr) {
      out.unknown(
          context.job(),
          fmt::format("the checkpoints are full and take a fifth of the interval or more, but how "
                      "much of that is the upload is not known ({} of state)",
                      base::format_bytes(*newest.state_size)),
          std::move(evidence));
      return;
    }
    const auto async = *slowest->longest_async;
    evidence.push_back(context.evidence<SubtaskState>(
        "asynchronous part of the slowest subtask", async.count(),
        fmt::format("/subtasks/{}/checkpoint/async", slowest->longest_async_index),
        "less than a fifth of the interval", "ms"));
    evidence.back().source->path = slowest->path;
    if (static_cast<double>(async.count()) <
        long_share * static_cast<double>(settings.interval->count())) {
      // The vertices with most state were looked at; the upload of the others is no longer.
      out.pass(context.job(), "the upload of the state takes less than a fifth of the interval",
               std::move(evidence), model::Confidence::likely);
      return;
    }
    upload = fmt::format(", and its upload takes {} of the interval", base::format_duration(async));
  }
  out.fail(context.job(),
           {.message = fmt::format("each checkpoint writes the whole state, {} every {}{}: network "
                                   "and storage carry it over "
                                   "and over, and checkpoints get longer as the state grows",
                                   base::format_bytes(*newest.state_size),
                                   base::format_duration(*settings.interval), upload),
            .evidence = std::move(evidence),
            .remediation = remediation(context),
            .confidence = all ? model::Confidence::certain : model::Confidence::likely});
}

}  // namespace

extern constinit const Check full_checkpoints_of_large_state{
    .info = {.id = "full-checkpoints-of-large-state",
             .title = "Each checkpoint writes all of a large state",
             .practice = "state-backend",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::checkpoint_configuration,
             .uses = model::Resource::checkpoints | model::Resource::configuration |
                     model::Resource::job | model::Resource::cluster |
                     model::Resource::subtask_state},
    .evaluate = evaluate};

}  // namespace auditor::checks
