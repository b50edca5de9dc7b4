#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "model/flink.h"

/// What the checks of how checkpoints go have in common.
namespace auditor::checks {

/// What they all need, and what those of single vertices use.
inline constexpr model::Resource checkpoint_needs =
    model::Resource::job | model::Resource::checkpoint_configuration | model::Resource::checkpoints;
inline constexpr model::Resource phase_uses =
    model::Resource::cluster | model::Resource::checkpoint_details | model::Resource::subtask_state;

/// Fewer checkpoints than this are no habit.
inline constexpr std::size_t fewest_checkpoints = 3;

/// True if the job lives and takes periodic checkpoints; otherwise writes its verdict.
bool takes_checkpoints(const Context& context, Verdicts& out);

/// The durations of the job's usual checkpoints that the history remembers, newest first.
std::vector<std::chrono::milliseconds> usual_durations(
    const model::CheckpointStatistics& checkpoints);

/// The middle of them; they must not be empty.
std::chrono::milliseconds median_of(std::vector<std::chrono::milliseconds> durations);

/// The option `share_of_interval` as a time. The interval must be known.
std::chrono::milliseconds share_of_interval(const Context& context, const Options& chosen);

/// Evidence for the interval and for the timeout, which must be known.
model::Evidence interval_evidence(const Context& context);
model::Evidence timeout_evidence(const Context& context, base::Wording expected = {});

/// "\"window -> Sink\" (3/4) on TaskManager tm-1 (host)": a subtask as Flink's logs name it, and
/// where it runs, as far as that is known.
std::string name_of(const model::JobVertex& vertex, std::size_t subtask,
                    std::optional<std::int64_t> subtasks, const model::SubtaskState::Place* place);

/// One of the phases that a subtask's part of a checkpoint consists of.
struct Phase {
  std::string_view name;     ///< "asynchronous part"
  std::string_view pointer;  ///< into a subtask: "/checkpoint/async"; empty: it is derived
  std::chrono::milliseconds limit;
  std::string_view expected;  ///< where the limit is from
  std::optional<std::chrono::milliseconds> model::SubtaskState::Vertex::* longest;
  std::size_t model::SubtaskState::Vertex::* subtask;
  /// Which vertices have it; empty: all.
  std::function<bool(const model::JobVertex&)> concerns{};
  /// Why a looked-at vertex without the phase cannot be judged.
  std::string_view lacking = "Flink's answer lacks it";
};

/// A subtask in which a phase takes too long.
struct SlowSubtask {
  const Phase* phase;
  const model::JobVertex* vertex;
  const model::SubtaskState::Vertex* sample;
  std::chrono::milliseconds duration;
  std::size_t subtask;
  std::string name;  ///< as `name_of`
};

/// Judges phases over all vertices of the job: a fail for each vertex that is slow in one of them,
/// the first in their order, in the newest usual checkpoint, where at least half of the usual ones
/// take longer than the phase may; one pass for the job where none is.
void judge_phases(const Context& context, std::span<const Phase> phases,
                  const std::function<Failure(const SlowSubtask&)>& failure, Verdicts& out);

}  // namespace auditor::checks
