#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/exceptions.h"
#include "model/flink.h"

/// What the checks of liveness ask of a job's exceptions.
namespace auditor::checks {

/// One thing that went wrong: a root exception, with those that came of the same.
struct Incident {
  base::Timestamp at{};                            ///< of the first
  std::vector<const model::RootException*> roots;  ///< newest first
};

/// Whether the job is INITIALIZING or CREATED: its JobMaster has just begun, and shows no failure
/// of the runs before it.
bool is_being_set_up(const model::JobDetails& job);

/// The failures of a job, newest first. What comes within 30 s from one TaskManager, or tells of
/// lost ones, is one: a lost TaskManager fails a region after the other, each with an exception of
/// its own, and a lost node takes its TaskManagers with it. A task that fails for the second time
/// makes another, unless it was sent to a TaskManager that is gone: until Flink has given that one
/// up, each attempt to restart fails on it, for up to `given_up_after`.
std::vector<Incident> incidents(const model::JobExceptions& exceptions,
                                std::chrono::milliseconds given_up_after);

/// Whether one of its exceptions tells of a TaskManager that was asked to go.
bool tells_of_drain(const Incident& incident);

/// A cause, and how many of the incidents it has.
struct CauseCount {
  const model::RootException* latest = nullptr;
  std::size_t incidents = 0;
};

/// The causes of incidents by fingerprint, the most frequent first; of those alike, the latest.
std::vector<CauseCount> causes_of(const std::vector<Incident>& incidents);

/// Every exception that the job's document tells of, the newest first: with the root of the
/// current graph (up to 1.20), those of executions that are failed now, and concurrent ones.
struct Told {
  const model::JobException* exception = nullptr;
  const model::RootException* row = nullptr;  ///< of the history; nullptr: from elsewhere
};
std::vector<Told> all_told(const model::JobExceptions& exceptions);

}  // namespace auditor::checks
