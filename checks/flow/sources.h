#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/flow/flow.h"
#include "model/flow_history.h"

/// What the checks of sources have in common.
namespace auditor::checks {

/// How long what waits at a source is watched before it tells anything, and whether it was.
inline constexpr std::chrono::minutes lag_watch{15};
bool watched_for_lag(std::span<const model::LagPoint> seen);

/// Whether it was watched for so long and what waits rose all that time: each third of it lies
/// above the one before.
bool lag_rises(std::span<const model::LagPoint> seen);

/// A source that tells what waits at it, and what earlier looks saw of that, oldest first.
struct LaggingSource {
  const model::JobVertex* vertex = nullptr;
  const model::Metrics* answer = nullptr;
  const std::vector<model::LagPoint>* seen = nullptr;
};

/// The sources of the job that tell; where none does, writes the job's verdict: not applicable if
/// no source has the metric (`pendingRecords`, since 1.14, and not of every connector), unknown if
/// a source was not asked.
std::vector<LaggingSource> sources_that_tell(const Context& context, Verdicts& out);

/// The subtasks of a source that have read nothing since they were started, while others have, and
/// that tell of no records that wait: they have no split, or an empty one. Empty where Flink does
/// not show that.
struct SubtasksWithoutSplit {
  std::vector<std::size_t> subtasks;  ///< from 0
  std::size_t asked = 0;              ///< how many were asked, of the first ones
  std::vector<model::Evidence> evidence;

  /// "subtasks 3 and 4 of 4 have read nothing …"; eight at most named.
  [[nodiscard]] std::string text() const;
};
SubtasksWithoutSplit subtasks_without_split(const Context& context, const LaggingSource& source);

/// Evidence for what waits at it now.
model::Evidence pending_evidence(const Context& context, const LaggingSource& source,
                                 base::Wording expected);

}  // namespace auditor::checks
