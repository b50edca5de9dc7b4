#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::SubtaskState;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 4> options{{
    {.name = "share_of_interval",
     .kind = model::OptionKind::percent,
     .otherwise = 50,
     .minimum = 1,
     .maximum = 1'000,
     .help = "the asynchronous part is slow beyond this part of the checkpoint interval"},
    {.name = "at_least",
     .kind = model::OptionKind::duration,
     .otherwise = 1'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "and beyond this, however short the interval is"},
    {.name = "times_median",
     .kind = model::OptionKind::number,
     .otherwise = 3,
     .minimum = 1.5,
     .maximum = 1'000,
     .help =
         "or beyond as many times its own median of the last 50 checkpoints that were looked at"},
    {.name = "at_least_over_median",
     .kind = model::OptionKind::duration,
     .otherwise = 10'000,
     .minimum = 1'000,
     .maximum = 86'400'000,
     .help = "and then beyond this"},
}};

double seconds(milliseconds duration) {
  constexpr double a_second = 1000;
  return static_cast<double>(duration.count()) / a_second;
}

std::string remediation(const Context& context, bool much) {
  const auto& settings = context.get<CheckpointConfiguration>();
  const bool heap = settings.state_backend && is_heap_backend(*settings.state_backend);
  std::string text =
      much ? "It writes much. "
           : "It writes little for that time: look at the checkpoint storage first (latency and "
             "throttling of the object store, the network of that host, many small files), then at "
             "the CPU of the TaskManager. ";
  if (heap) {
    text +=
        "The heap backend writes all of its state in every checkpoint; RocksDB with incremental "
        "checkpoints writes what changed:\n";
    text += configuration_line(model::keys::state_backend, context.version(), "rocksdb");
    text += configuration_line(model::keys::incremental_checkpoints, context.version(), "true");
    text += "It costs a move of the state by a savepoint in the canonical format, and throughput. ";
  } else if (much) {
    text += "Incremental checkpoints write what changed since the last one:\n";
    text += configuration_line(model::keys::incremental_checkpoints, context.version(), "true");
    text += "They take effect with the next start, and cost longer restores. ";
  }
  text +=
      "If one subtask alone is slow, compare its state with the others' (a hot key), and its host. "
      "A longer interval hides it, at the price of more work to redo after a failure.";
  return text;
}

/// Fewer looks at a vertex are no habit of its own.
constexpr std::size_t fewest_looks = 20;

/// What the asynchronous part of a vertex usually takes, without its latest; nullopt where too few
/// looks at it are known.
std::optional<milliseconds> usual_async(const model::JobHistory& history,
                                        const model::JobVertexId& vertex) {
  const auto found = history.vertices.find(vertex);
  if (found == history.vertices.end() || found->second.async.size() <= fewest_looks) {
    return std::nullopt;
  }
  const auto& looks = found->second.async;
  std::vector<milliseconds> durations;
  durations.reserve(looks.size());
  for (const auto& async : std::span(looks).first(looks.size() - 1)) {
    if (async) {
      durations.push_back(*async);
    }
  }
  return durations.size() < fewest_looks ? std::nullopt
                                         : std::optional(median_of(std::move(durations)));
}

Failure failure(const Context& context, const SlowSubtask& slow) {
  const milliseconds interval = *context.get<CheckpointConfiguration>().interval;
  const SubtaskState::Vertex& sample = *slow.sample;
  std::string written;
  std::vector<model::Evidence> evidence;
  bool much = false;
  if (sample.written) {
    const auto rate = static_cast<std::int64_t>(static_cast<double>(sample.written->count) /
                                                std::max(seconds(slow.duration), 0.001));
    constexpr base::Bytes fair_rate = base::mebibytes(10);  // one stream to an object store
    much = rate >= fair_rate.count;
    written = fmt::format(", for {} ({}/s)", base::format_bytes(*sample.written),
                          base::format_bytes(base::Bytes{rate}));
    evidence.push_back(context.evidence<SubtaskState>(
        fmt::format("bytes that subtask {} wrote", slow.subtask), sample.written->count,
        fmt::format("/subtasks/{}/{}", slow.subtask,
                    context.version().at_least(1, 15) ? "checkpointed_size" : "state_size"),
        {}, "bytes"));
    evidence.back().source->path = sample.path;
  }
  constexpr double percent = 100;
  std::string usually;
  if (const auto usual = usual_async(context.job_history(), slow.vertex->id);
      usual && slow.duration > 2 * *usual) {
    usually = fmt::format(", {:.0f} times its usual {}",
                          seconds(slow.duration) / std::max(seconds(*usual), 0.001),
                          base::format_duration(*usual));
  }
  return {.message = fmt::format(
              "the asynchronous part of checkpoint {} took {} in {}{}: {:.0f} % of the interval of "
              "{}{}. Until it is written there is nothing newer to recover from{}",
              sample.checkpoint_id, base::format_duration(slow.duration), slow.name, written,
              percent * seconds(slow.duration) / std::max(seconds(interval), 0.001),
              base::format_duration(interval), usually,
              sample.unaligned == 0
                  ? std::string()
                  : fmt::format("; {} of the vertex, whose part includes waiting for barriers, {} "
                                "set apart",
                                base::plural(sample.unaligned, "unaligned subtask"),
                                sample.unaligned == 1 ? "is" : "are")),
          .evidence = std::move(evidence),
          .remediation = remediation(context, much)};
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const Phase phase{
      .name = "asynchronous part",
      .pointer = "/checkpoint/async",
      .limit = std::max(share_of_interval(context, chosen), chosen.duration("at_least")),
      .expected = "of the interval",
      .longest = &SubtaskState::Vertex::longest_aligned_async,
      .subtask = &SubtaskState::Vertex::longest_aligned_async_index,
      .lacking = "all its subtasks went unaligned, and then it includes waiting for barriers"};
  std::vector<Phase> phases{phase};
  for (const model::JobVertex& vertex : context.get<model::JobDetails>().vertices) {
    const auto usual = usual_async(context.job_history(), vertex.id);
    if (!usual) {
      continue;
    }
    const auto limit =
        std::max(chosen.duration("at_least_over_median"),
                 std::chrono::duration_cast<milliseconds>(*usual * chosen.number("times_median")));
    if (limit < phase.limit) {
      Phase& own = phases.emplace_back(phase);
      own.limit = limit;
      own.expected = "its own median, several times";
      own.concerns = [&vertex](const model::JobVertex& other) { return &other == &vertex; };
    }
  }
  judge_phases(
      context, phases, [&](const SlowSubtask& slow) { return failure(context, slow); }, out);
}

}  // namespace

extern constinit const Check checkpoint_async_slow{
    .info = {.id = "checkpoint-async-slow",
             .title = "The asynchronous part of checkpoints is slow",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = checkpoint_needs,
             .uses = phase_uses | model::Resource::job_history,
             .options = options,
             .pending_for = std::chrono::minutes(10),
             .keep_firing_for = std::chrono::minutes(10)},
    .evaluate = evaluate};

}  // namespace auditor::checks
