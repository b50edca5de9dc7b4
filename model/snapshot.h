#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/configuration.h"
#include "model/exceptions.h"
#include "model/flink.h"
#include "model/flow.h"
#include "model/part.h"

namespace auditor::model {

/// What is known of one job in one cycle.
struct JobSnapshot {
  JobOverview overview;
  Part<JobDetails> details;
  std::optional<Timestamp> now;  ///< the JobManager's clock when it answered with `details`
  Part<JobConfiguration> configuration;
  Part<CheckpointConfiguration> checkpoint_configuration;
  Part<CheckpointStatistics> checkpoints;
  Part<CheckpointDetails> checkpoint_details;  ///< of one completed checkpoint in the history
  Part<SubtaskState> subtask_state;
  Part<JobExceptions> exceptions;
  Part<UnfinishedCheckpoint> unfinished_checkpoint;
  Part<ResourceRequirements> resource_requirements;
  /// Of the last checkpoints the slowest vertex of each, where `Budget::checkpoints_in_detail` asks
  /// for them.
  std::vector<SubtaskState::Vertex> slowest_vertices;
  Part<VertexMetrics> vertex_metrics;  ///< answers of this look and of earlier ones that hold
  Part<Configuration>
      cluster_configuration;  ///< HistoryServer only: of the cluster that the job ran on
  Part<SubtaskFlow> subtask_flow;
  Part<JobFlow> flow;  ///< other in each look: it bears no revision
};

/// What the audit took from the cluster.
struct RequestCost {
  std::size_t count = 0;
  Bytes received{};
  std::chrono::milliseconds duration{0};
};

/// A picture of one cluster in one cycle; immutable once it is made.
struct Snapshot {
  std::string target;  ///< base URL, or the target that a recording names
  Timestamp taken_at{};
  Part<ClusterInfo> cluster;
  Part<Configuration> configuration;
  Part<TaskManagers> task_managers;
  Part<std::vector<JobOverview>> overview;
  Part<TaskManagerMetrics> task_manager_metrics;
  Part<JobManagerMetrics> job_manager_metrics;
  /// The judged ones: not terminal, and those that FAILED where they are asked for (on a
  /// HistoryServer: all).
  std::vector<JobSnapshot> jobs;
  std::size_t terminal_jobs = 0;  ///< of `overview`, left out of `jobs`
  RequestCost requests;
  std::uint64_t revisions = 0;         ///< how many were given, in this look and those before it
  std::optional<base::Error> failure;  ///< why nothing could be seen; all else is empty then

  [[nodiscard]] bool is_history_server() const {
    return cluster.known() && cluster.value->history_server;
  }
};

}  // namespace auditor::model
