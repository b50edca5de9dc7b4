#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "checks/check.h"
#include "model/configuration.h"
#include "model/flink.h"

/// What several checks ask of the model. Letters point into the section of flink-facts that docs/design.md summarizes.
namespace auditor::checks {

/// What Flink derives where nothing sets the max parallelism: min(max(nextPow2(p + p/2), 128), 32768)
/// (KeyGroupRangeAssignment.computeDefaultMaxParallelism, the same from 1.13 to 2.3). Note the step to 256 at 86.
std::int64_t default_max_parallelism(std::int64_t parallelism);

/// A value that the rule above can give: 128, 256, … 32768.
bool is_possible_default(std::int64_t max_parallelism);

/// Parallelism 1 and max parallelism 1: Flink pins such vertices itself (windowAll, global committers); nobody set that.
bool is_pinned(const model::JobVertex& vertex);

/// A SQL or Table job, by the names that its planner gives: "Calc[2]" since 1.15, "TableSourceScan(table=[[…" before.
bool is_sql(const model::JobDetails& job);

/// Whether an operator's name tells of keyed, window, join, aggregation or exactly-once work: state that a restart without
/// checkpoints would lose.
bool names_tell_of_state(const model::JobDetails& job);

/// The job collects or previews a result for a client (SELECT in a SQL client, DataStream.executeAndCollect).
bool is_collect_job(const model::JobDetails& job);

/// A state backend's class (E.2) that keeps its state on the JVM heap / in RocksDB or ForSt.
bool is_heap_backend(std::string_view state_backend);
bool is_disk_backend(std::string_view state_backend);

/// Whether the job's completed checkpoints hold state: true or false where at least three (or a whole history) agree,
/// nullopt where there are too few to tell.
std::optional<bool> holds_state(const model::CheckpointStatistics* checkpoints);

/// The same for one vertex, from the details of one completed checkpoint. False only where three have completed.
std::optional<bool> vertex_holds_state(const model::JobVertexId& vertex,
                                       const model::CheckpointStatistics* checkpoints,
                                       const model::CheckpointDetails* details);

/// True where every TaskManager runs on one and the same host, false on several; nullopt where there is none to ask.
std::optional<bool> on_one_host(const model::TaskManagers* task_managers);

/// For checks about periodic checkpoints: true if they are on. Otherwise writes the job's verdict, *not applicable* where they
/// are off and *unknown* where the interval is missing, and gives false.
bool checkpointing_on(const Context& context, Verdicts& out);

/// "config.yaml", or "flink-conf.yaml" before 1.19.
std::string_view configuration_file(const model::FlinkVersion& version);

/// A code line for the cluster's configuration, under the key's name of that release: "    key: value\n".
std::string configuration_line(const model::ConfigurationKey& key,
                               const model::FlinkVersion& version, std::string_view value);

}  // namespace auditor::checks
