#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "model/configuration.h"
#include "model/flink.h"

/// What several checks ask of the model. Letters point into the section of flink-facts that
/// docs/design.md summarizes.
namespace auditor::checks {

/// What Flink derives where nothing sets the max parallelism: min(max(nextPow2(p + p/2), 128),
/// 32768) (KeyGroupRangeAssignment.computeDefaultMaxParallelism, the same from 1.13 to 2.3). Note
/// the step to 256 at 86.
std::int64_t default_max_parallelism(std::int64_t parallelism);

/// A value that the rule above can give: 128, 256, … 32768.
bool is_possible_default(std::int64_t max_parallelism);

/// Parallelism 1 and max parallelism 1: Flink pins such vertices itself (windowAll, global
/// committers); nobody set that.
bool is_pinned(const model::JobVertex& vertex);

/// A max parallelism that leaves room for four times the parallelism and has many divisors: 120,
/// 720, 5040, …
std::int64_t roomy_max_parallelism(std::int64_t parallelism);

/// For checks about key groups: the vertices with an input that is partitioned by key, and a known
/// parallelism and max parallelism. Writes the verdict of every other vertex.
std::vector<const model::JobVertex*> keyed_vertices(const Context& context, Verdicts& out);

/// A DataSet job, by its plan: batch, without state to keep.
bool is_data_set(const model::JobDetails& job);

/// A SQL or Table job, by the names that its planner gives: "Calc[2]" since 1.15,
/// "TableSourceScan(table=[[…" before.
bool is_sql(const model::JobDetails& job);

/// Whether an operator's name tells of keyed, window, join, aggregation or exactly-once work: state
/// that a restart without checkpoints would lose.
bool names_tell_of_state(const model::JobDetails& job);

/// The job collects or previews a result for a client (SELECT in a SQL client,
/// DataStream.executeAndCollect).
bool is_collect_job(const model::JobDetails& job);

/// A state backend's class (E.2) that keeps its state on the JVM heap / in RocksDB or ForSt.
bool is_heap_backend(std::string_view state_backend);
bool is_disk_backend(std::string_view state_backend);

/// Whether the job's completed checkpoints hold state: true or false where at least three (or a
/// whole history) agree, nullopt where there are too few to tell.
std::optional<bool> holds_state(const model::CheckpointStatistics* checkpoints);

/// The same for one vertex, from the details of one completed checkpoint. False only where three
/// have completed.
std::optional<bool> vertex_holds_state(const model::JobVertexId& vertex,
                                       const model::CheckpointStatistics* checkpoints,
                                       const model::CheckpointDetails* details);

/// The task heap that one slot has, on the TaskManager where it is smallest; nullopt where one does
/// not tell.
struct SlotHeap {
  base::Bytes size;
  const model::TaskManager* smallest;
};
std::optional<SlotHeap> task_heap_per_slot(const model::TaskManagers* task_managers);

/// True where every TaskManager runs on one and the same host, false on several; nullopt where
/// there is none to ask.
std::optional<bool> on_one_host(const model::TaskManagers* task_managers);

/// For checks about periodic checkpoints: true if they are on. Otherwise writes the job's verdict,
/// *not applicable* where they are off and *unknown* where the interval is missing, and gives
/// false.
bool checkpointing_on(const Context& context, Verdicts& out);

/// How the JobManager's high availability works (HighAvailabilityMode): `NONE`, `standalone` and
/// nothing mean off, and what is no mode's name is the class of a factory.
enum class HighAvailability { off, zookeeper, kubernetes, custom };

/// nullopt where Flink masks the value.
std::optional<HighAvailability> high_availability(const model::Configuration& configuration);

/// For checks about the set-up of high availability: the mode if it is on. Otherwise writes the
/// cluster's verdict, *not applicable* where it is off and *unknown* where its value is masked, and
/// gives nullopt.
std::optional<HighAvailability> high_availability_on(const Context& context, Verdicts& out);

/// How long the job's completed checkpoints take, in the middle and at the 95th percentile
/// (before 1.14: of the history); nullopt where fewer than three have completed.
std::optional<std::chrono::milliseconds> median_checkpoint_duration(
    const model::CheckpointStatistics* checkpoints);
std::optional<std::chrono::milliseconds> p95_checkpoint_duration(
    const model::CheckpointStatistics* checkpoints);

/// What Flink does when a job fails (flink-facts F.3).
struct RestartStrategy {
  enum class Kind { none, fixed_delay, failure_rate, exponential_delay };
  enum class Origin { job, cluster, built_in };
  Kind kind = Kind::none;  ///< `none` also for a fixed delay of 0 attempts
  Origin origin = Origin::job;
  std::optional<std::int64_t> attempts;  ///< of a fixed delay; nullopt where its text does not tell
  /// `likely` where the job may bring a strategy that REST does not show: 1.19 and 1.20 hide what
  /// was set by options.
  model::Confidence confidence = model::Confidence::certain;
  std::vector<model::Evidence> evidence;
};

/// The strategy of the context's job. Where it cannot be told, or the job is a query that ends with
/// its client, writes the job's verdict and gives nullopt. Needs `job` and `job_configuration`,
/// uses `configuration`, `checkpoint_configuration`.
std::optional<RestartStrategy> restart_strategy(const Context& context, std::string_view expected,
                                                Verdicts& out);

/// Code lines that give a job, or the cluster's default, restarts without an end.
std::string restart_lines(const RestartStrategy& strategy, bool sql,
                          const model::FlinkVersion& version);

/// A duration as Flink's configuration reads it: "3 min", "90 s", "1500 ms".
std::string flink_duration(std::chrono::milliseconds duration);

/// A code line for a setting of one job: SQL's SET in a SQL job, the Java call in others. Ends the
/// line.
std::string job_line(bool sql, const model::ConfigurationKey& key,
                     const model::FlinkVersion& version, std::string_view value,
                     std::string_view java);

/// "config.yaml", or "flink-conf.yaml" before 1.19.
std::string_view configuration_file(const model::FlinkVersion& version);

/// A code line for the cluster's configuration, under the key's name of that release: "    key:
/// value\n".
std::string configuration_line(const model::ConfigurationKey& key,
                               const model::FlinkVersion& version, std::string_view value);

}  // namespace auditor::checks
