#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "checks/memo.h"
#include "model/flow.h"

/// What the checks of the flow of records have in common.
namespace auditor::checks {

/// What they all need and use.
inline constexpr model::Resource flow_needs =
    model::Resource::job | model::Resource::accumulated_times;
inline constexpr model::Resource flow_uses =
    model::Resource::cluster | model::Resource::checkpoints | model::Resource::clock;

/// What the subtasks of a vertex did over some time, on average.
struct FlowWindow {
  std::string_view over;                ///< "in the last", "since they were started, in the last"
  std::chrono::milliseconds length{0};  ///< by their own counters, of each subtask
  double backpressured = 0;             ///< share of the time, 0 to 1
  std::optional<double> busy;
  std::optional<std::int64_t> records_in;  ///< all subtasks
  std::optional<std::int64_t> records_out;
  bool since_start = false;
  bool sampled = false;  ///< the mean of rates, once a minute: before 1.16
};

/// A vertex and its window, or why there is none.
struct VertexWindow {
  const model::JobVertex* vertex = nullptr;
  base::Result<FlowWindow> window;
};

/// Of each vertex of the job, in the order of Flink's answer: over the five minutes that the daemon
/// has seen; until it has, since the tasks were started, if that is between 30 s and an hour, as a
/// recording; one look that reads twice, between its reads. Counters that began anew give none.
/// Before 1.16 there are no such counters: the mean of what several looks of the daemon saw.
const std::vector<VertexWindow>& flow_windows(const Context& context);

/// The same of one job, for whoever shows them; nullptr where Flink tells nothing of its flow. They
/// point into the snapshot.
using FlowWindows = std::shared_ptr<const std::vector<VertexWindow>>;

/// Of each job of a snapshot, in its order. `memos`: what checks have made of them, in the same
/// order; empty where there were none.
std::vector<FlowWindows> flow_windows(const model::Snapshot& snapshot,
                                      const model::ClusterHistory& history,
                                      std::vector<Memo> memos);

/// Why there is none, with the vertex' name.
std::string reason_of(const Context& context, const VertexWindow& without);

/// True if the job runs on and is not catching up; otherwise writes its verdict. A job that was
/// restored less than half an hour ago, or whose tasks do not all run, is unknown.
bool flows_as_usual(const Context& context, Verdicts& out);

/// The vertices that read from it.
std::vector<const model::JobVertex*> readers_of(const model::JobDetails& job,
                                                const model::JobVertexId& vertex);

/// Whether it reads from no other vertex.
bool is_source(const model::JobDetails& job, const model::JobVertexId& vertex);

/// Its name as a message has it, in quotes.
std::string quoted(const model::JobVertex& vertex);

/// A share (0 to 1) as "72 %".
std::string percent_text(double share);

/// Evidence without a source: derived from several answers.
model::Evidence derived(const Context& context, base::Wording label, model::EvidenceValue value,
                        base::Wording expected, base::Wording unit);

}  // namespace auditor::checks
