#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/checkpoint-health/checkpoints.h"

namespace auditor::checks {

namespace {

using model::JobVertex;
using model::VertexSnapshot;
using std::chrono::milliseconds;

constexpr std::size_t looked_at = model::VertexHistory::snapshots_kept;
constexpr std::size_t habit = 8;
constexpr milliseconds long_enough = std::chrono::seconds(5);

/// Whether one subtask kept the checkpoint waiting for the others by far.
bool straggles(const VertexSnapshot& snapshot) {
  return snapshot.last && snapshot.median_duration && snapshot.last->whole >= long_enough &&
         snapshot.last->whole >= 2 * *snapshot.median_duration;
}

/// What most of them have in common, and how many do.
template <class Key, class Of>
std::pair<Key, std::size_t> most_common(const std::vector<const VertexSnapshot*>& snapshots,
                                        Of of) {
  std::map<Key, std::size_t> counts;
  std::pair<Key, std::size_t> most{};
  for (const VertexSnapshot* snapshot : snapshots) {
    const Key key = of(*snapshot);
    if (key == Key{} && !std::is_arithmetic_v<Key>) {
      continue;
    }
    if (const std::size_t count = ++counts[key]; count > most.second) {
      most = {key, count};
    }
  }
  return most;
}

struct Straggler {
  const JobVertex* vertex;
  std::string who;  ///< "subtask 3" or "TaskManager tm-1"
  std::size_t times;
  std::size_t of;
  const VertexSnapshot* example;
};

std::optional<Straggler> straggler_of(const JobVertex& vertex,
                                      const std::vector<VertexSnapshot>& snapshots) {
  std::vector<const VertexSnapshot*> late;
  for (const VertexSnapshot& snapshot : snapshots) {
    if (straggles(snapshot)) {
      late.push_back(&snapshot);
    }
  }
  if (late.size() < habit) {
    return std::nullopt;
  }
  const auto [subtask, by_subtask] = most_common<std::size_t>(
      late, [](const VertexSnapshot& snapshot) { return snapshot.last->subtask; });
  if (by_subtask >= habit) {
    return Straggler{&vertex, fmt::format("subtask {}", subtask), by_subtask, snapshots.size(),
                     late.back()};
  }
  const auto [place, by_place] = most_common<std::string>(
      late, [](const VertexSnapshot& snapshot) { return snapshot.last->task_manager; });
  if (by_place >= habit) {
    return Straggler{&vertex,
                     fmt::format("TaskManager {}", base::shorten(base::printable(place), 60)),
                     by_place, snapshots.size(), late.back()};
  }
  return std::nullopt;
}

void report(const Context& context, const Straggler& straggler, Verdicts& out) {
  const VertexSnapshot& example = *straggler.example;
  const std::string one = fmt::format("checkpoint {}", example.checkpoint_id);
  std::vector<model::Evidence> evidence{
      {fmt::format("checkpoints that {} ended", straggler.who),
       fmt::format("{} of the last {}", straggler.times, straggler.of), "",
       fmt::format("less than {}", habit), std::nullopt, std::nullopt},
      {fmt::format("its duration in {}", one), example.last->whole.count(), "ms", "", std::nullopt,
       std::nullopt},
      {fmt::format("median of the vertex' subtasks in {}", one), example.median_duration->count(),
       "ms", "", std::nullopt, std::nullopt}};
  out.fail(
      context.vertex(*straggler.vertex),
      {.message = fmt::format(
           "{} of the last {} checkpoints waited for {} alone: in {} it took {}, where half of the "
           "subtasks took {} or less",
           straggler.times, straggler.of, straggler.who, one,
           base::format_duration(example.last->whole),
           base::format_duration(*example.median_duration)),
       .evidence = std::move(evidence),
       .remediation =
           straggler.who.starts_with("subtask")
               ? "A subtask that is always last has more to do than the others: compare its state "
                 "and its records with theirs (a hot key, uneven key groups), then its host."
               : "Subtasks on that TaskManager are always last: look at its disk, its network, its "
                 "CPU and garbage collections, and at what else runs on that host. Move it if they "
                 "are worse than elsewhere."});
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (!takes_checkpoints(context, out)) {
    return;
  }
  const auto& histories = context.job_history().vertices;
  bool enough = false;
  bool found = false;
  for (const JobVertex& vertex : context.get<model::JobDetails>().vertices) {
    const auto history = histories.find(vertex.id);
    if (history == histories.end()) {
      continue;
    }
    enough = enough || history->second.snapshots.size() >= looked_at;
    if (const auto straggler = straggler_of(vertex, history->second.snapshots)) {
      found = true;
      report(context, *straggler, out);
    }
  }
  if (found) {
    return;
  }
  if (enough) {
    out.pass(context.job(), "no subtask and no TaskManager is always the last", {});
  } else {
    out.not_applicable(context.job(),
                       fmt::format("fewer than {} checkpoints were looked at so far", looked_at));
  }
}

}  // namespace

extern constinit const Check checkpoint_straggler{
    .info = {.id = "checkpoint-straggler",
             .title = "Checkpoints wait for the same subtask or TaskManager",
             .practice = "checkpoint-health",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = checkpoint_needs | model::Resource::job_history,
             .uses = model::Resource::checkpoint_phases,
             .keep_firing_for = std::chrono::minutes(10)},
    .evaluate = evaluate};

}  // namespace auditor::checks
