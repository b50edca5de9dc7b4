#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "checks/judge.h"
#include "checks/memo.h"
#include "checks/waivers.h"
#include "collectors/recording.h"
#include "http/client.h"
#include "model/cluster_history.h"
#include "model/report.h"
#include "model/settings.h"
#include "model/snapshot.h"

namespace auditor::audit {

/// What to judge, and by what.
struct Request {
  model::Settings settings;
  std::vector<std::string> jobs;  ///< globs over job names; empty: every job
  /// A look at a running cluster reads a second time, this long after the first, what its tasks
  /// have done. 0: it does not.
  std::chrono::milliseconds watch_for{0};
  std::optional<model::Resource> demand{};  ///< instead of what the checks ask for
  std::size_t checkpoints_in_detail = 0;    ///< as `collectors::Budget` has it
};

/// How far a live audit is.
struct Progress {
  std::size_t answered = 0;
  std::size_t asked = 0;
  std::size_t jobs = 0;
  std::chrono::milliseconds watches_for{0};  ///< left of the time between two reads; 0: none
};

/// One look at a running cluster, without judging. `recorder`, where given, keeps every answer.
/// Errors: unreachable, not Flink, refused; the message names the URL.
base::Result<model::Snapshot> look(const http::Target& target, const Request& request,
                                   const std::function<void(const Progress&)>& progress,
                                   collectors::Recorder* recorder = nullptr);

/// The same from a recording. `previous` is the look before, where the recording is one of a
/// series: what that saw is reused as from a running cluster.
base::Result<model::Snapshot> look(const collectors::Recording& recording, const Request& request,
                                   std::shared_ptr<const model::Snapshot> previous = nullptr);

/// A series of looks, and what the earlier ones tell the checks of the last.
struct Watched {
  model::Snapshot latest;
  model::ClusterHistory history;
};
/// Plays the frames of a timeline through the daemon's history. Errors: of the last look; earlier
/// ones may fail. `frames` must not be empty.
base::Result<Watched> watch(std::span<const collectors::Recording> frames, const Request& request);

/// Judges what was seen. `cluster` is the name that waivers match; the target where it is empty.
struct Judgement {
  model::AuditReport report;
  bool changed = true;          ///< the report says something else than the one before
  model::VerdictList verdicts;  ///< the report's, in an order that is the same in each look
  checks::WaiverMatches waiver_matches;
  std::vector<checks::Memo> memos;  ///< what checks made of each job of the snapshot, in its order
};
Judgement judge(const model::Snapshot& snapshot, const model::Settings& settings,
                const model::ClusterHistory& history = {});

/// The same look after look, with what earlier ones saw, and without doing work twice.
class Auditor {
 public:
  explicit Auditor(std::string cluster);
  Judgement judge(const model::Snapshot& snapshot, const model::Settings& settings,
                  const model::ClusterHistory& history);
  /// The settings have changed.
  void forget() { judge_.forget(); }

 private:
  std::string cluster_;
  checks::Judge judge_;
  model::ReportMaker reports_;
};

}  // namespace auditor::audit
