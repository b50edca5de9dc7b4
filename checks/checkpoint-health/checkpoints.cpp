#include "checks/checkpoint-health/checkpoints.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/facts.h"

namespace auditor::checks {

using model::CheckpointConfiguration;
using model::CheckpointDetails;
using model::CheckpointStatistics;
using model::JobDetails;
using model::SubtaskState;
using std::chrono::milliseconds;

bool takes_checkpoints(const Context& context, Verdicts& out) {
  if (model::is_terminal(context.get<JobDetails>().state)) {
    out.not_applicable(context.job(), "the job has ended");
    return false;
  }
  return checkpointing_on(context, out);
}

std::vector<milliseconds> usual_durations(const CheckpointStatistics& checkpoints) {
  std::vector<milliseconds> durations;
  for (const model::Checkpoint* checkpoint : checkpoints.usual()) {
    if (checkpoint->duration) {
      durations.push_back(*checkpoint->duration);
    }
  }
  return durations;
}

milliseconds median_of(std::vector<milliseconds> durations) {
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::ranges::nth_element(durations, middle);
  return *middle;
}

milliseconds share_of_interval(const Context& context, const Options& chosen) {
  constexpr double percent = 100;
  const milliseconds interval = *context.get<model::CheckpointConfiguration>().interval;
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(interval.count()) *
                                                chosen.number("share_of_interval") / percent));
}

model::Evidence interval_evidence(const Context& context) {
  return context.evidence<CheckpointConfiguration>(
      "checkpoint interval", context.get<CheckpointConfiguration>().interval->count(), "/interval",
      "", "ms");
}

model::Evidence timeout_evidence(const Context& context, base::Wording expected) {
  return context.evidence<CheckpointConfiguration>(
      "checkpoint timeout", context.get<CheckpointConfiguration>().timeout->count(), "/timeout",
      std::move(expected), "ms");
}

std::string name_of(const model::JobVertex& vertex, std::size_t subtask,
                    std::optional<std::int64_t> subtasks, const SubtaskState::Place* place) {
  std::string name = fmt::format("\"{}\" ({}/{})", base::shorten(base::printable(vertex.name), 60),
                                 subtask + 1, subtasks ? fmt::to_string(*subtasks) : "?");
  if (place != nullptr) {
    fmt::format_to(std::back_inserter(name), " on TaskManager {}",
                   base::shorten(base::printable(place->task_manager), 80));
    if (!place->host.empty()) {
      fmt::format_to(std::back_inserter(name), " ({})",
                     base::shorten(base::printable(place->host), 80));
    }
  }
  return name;
}

namespace {

/// A phase that can be too long, as at least half of the checkpoints took longer than it may.
struct Suspect {
  const Phase* phase;
  model::Evidence habit;
};

/// What was seen of the vertices.
struct Seen {
  std::vector<std::pair<SlowSubtask, const Suspect*>> slow;
  std::vector<std::pair<const model::JobVertex*, std::string>> unclear;  ///< with the reason
};

constexpr std::string_view not_looked_at =
    "its subtasks were not looked at (not sampled): the budget of requests for single vertices was "
    "spent, or they gave no answer";

/// Looks at one vertex in one phase: whether it is too long there.
void look_at(const Suspect& suspect, const model::JobVertex& vertex,
             const model::VertexState& state, const SubtaskState::Vertex* sample, Seen& seen) {
  const Phase& phase = *suspect.phase;
  const bool judged = std::ranges::any_of(
      seen.slow, [&vertex](const auto& slow) { return slow.first.vertex == &vertex; });
  if (judged || !state.duration || *state.duration <= phase.limit ||
      (phase.concerns && !phase.concerns(vertex))) {
    return;  // none of its phases can be longer
  }
  if (sample == nullptr) {
    seen.unclear.emplace_back(&vertex, not_looked_at);
    return;
  }
  const auto duration = sample->*phase.longest;
  if (!duration) {
    seen.unclear.emplace_back(&vertex, fmt::format("the {}: {}", phase.name, phase.lacking));
  } else if (*duration > phase.limit) {
    const std::size_t subtask = sample->*phase.subtask;
    seen.slow.emplace_back(
        SlowSubtask{&phase, &vertex, sample, *duration, subtask,
                    name_of(vertex, subtask, state.subtasks, sample->place(subtask))},
        &suspect);
  }
}

Seen look_at_all(const Context& context, std::span<const Suspect> suspects) {
  Seen seen;
  const auto* const details = context.find<CheckpointDetails>();
  const auto* const samples = context.find<SubtaskState>();
  for (const model::JobVertex& vertex : context.get<JobDetails>().vertices) {
    const auto state = details->vertices.find(vertex.id);
    if (state == details->vertices.end()) {
      continue;
    }
    const SubtaskState::Vertex* sample = nullptr;
    if (samples != nullptr) {
      const auto found = std::ranges::find(samples->vertices, vertex.id, &SubtaskState::Vertex::id);
      sample = found == samples->vertices.end() ? nullptr : &*found;
    }
    for (const Suspect& suspect : suspects) {
      look_at(suspect, vertex, state->second, sample, seen);
    }
  }
  return seen;
}

model::Evidence phase_evidence(const Context& context, const SlowSubtask& slow) {
  const Phase& phase = *slow.phase;
  model::Evidence evidence = context.evidence<SubtaskState>(
      fmt::format("{} of subtask {} in checkpoint {}", phase.name, slow.subtask,
                  slow.sample->checkpoint_id),
      slow.duration.count(), fmt::format("/subtasks/{}{}", slow.subtask, phase.pointer),
      fmt::format("at most {} ({})", base::format_duration(phase.limit), phase.expected), "ms");
  if (phase.pointer.empty()) {
    evidence.source.reset();
  } else {
    evidence.source->path = slow.sample->path;
  }
  return evidence;
}

/// The phases that can be too long.
std::vector<Suspect> suspects_of(std::span<const Phase> phases,
                                 const std::vector<milliseconds>& durations) {
  std::vector<Suspect> suspects;
  for (const Phase& phase : phases) {
    const auto slow = static_cast<std::size_t>(std::ranges::count_if(
        durations, [&phase](milliseconds duration) { return duration > phase.limit; }));
    if (slow > 0 && slow * 2 >= durations.size()) {
      suspects.push_back({&phase,
                          {"checkpoints that took longer as a whole",
                           fmt::format("{} of the last {}, longer than {}", slow, durations.size(),
                                       base::format_duration(phase.limit)),
                           "", "less than half", std::nullopt, std::nullopt}});
    }
  }
  return suspects;
}

}  // namespace

void judge_phases(const Context& context, std::span<const Phase> phases,
                  const std::function<Failure(const SlowSubtask&)>& failure, Verdicts& out) {
  const std::vector<milliseconds> durations = usual_durations(context.get<CheckpointStatistics>());
  const std::vector<Suspect> suspects = suspects_of(phases, durations);
  if (suspects.empty() && !durations.empty()) {
    out.pass(context.job(),
             fmt::format("half of the checkpoints take {} or less",
                         base::format_duration(median_of(durations))),
             {interval_evidence(context)});
    return;
  }
  if (durations.size() < fewest_checkpoints) {
    out.unknown(context.job(),
                "fewer than three checkpoints have completed (savepoints and the first one after a "
                "restore do not count): too few to tell");
    return;
  }
  if (context.find<CheckpointDetails>() == nullptr) {
    out.unknown(context.job(), "checkpoints take long, but Flink did not tell in which vertices",
                {suspects.front().habit});
    return;
  }
  const Seen seen = look_at_all(context, suspects);
  for (const auto& [slow, suspect] : seen.slow) {
    Failure fail = failure(slow);
    fail.evidence.insert(fail.evidence.begin(), phase_evidence(context, slow));
    fail.evidence.push_back(interval_evidence(context));
    fail.evidence.push_back(suspect->habit);
    out.fail(context.vertex(*slow.vertex), std::move(fail));
  }
  const model::JobVertex* last = nullptr;
  for (const auto& [vertex, reason] : seen.unclear) {
    const bool fails = std::ranges::any_of(
        seen.slow, [vertex = vertex](const auto& slow) { return slow.first.vertex == vertex; });
    if (vertex != last && !fails) {
      out.unknown(context.vertex(*vertex), reason, {suspects.front().habit});
    }
    last = vertex;
  }
  if (seen.slow.empty() && seen.unclear.empty()) {
    out.pass(context.job(), "checkpoints take long, but not by this part of them",
             {suspects.front().habit, interval_evidence(context)});
  }
}

}  // namespace auditor::checks
