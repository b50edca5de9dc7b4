#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collectors/answer.h"
#include "model/check_info.h"
#include "model/snapshot.h"

namespace auditor::collectors {

/// How much one audit may ask for.
struct Budget {
  std::size_t vertex_requests_per_job = 20;
  /// How long documents that change only with a start need not be asked again.
  std::chrono::milliseconds static_for = std::chrono::hours(1);
  std::function<bool(const model::JobOverview&)> wants_job;  ///< empty: every job
  /// Of how many of each job's last checkpoints the slowest vertex is looked at, two requests each.
  std::size_t checkpoints_in_detail = 0;
  bool metrics_last = false;  ///< metrics only by `ask_for_metrics`
};

/// One look at one cluster: which requests, and what their answers mean. No network inside: the
/// driver takes the paths, gets them from a server or a recording in any order, and hands the
/// answers back until there is nothing left to ask.
///
/// Stages: cluster → jobs → job → details. Only what `demand` includes is asked for. A failed
/// request becomes a `Part` with an error; it never stops the others, except where nothing could be
/// judged at all (`failure`).
class Collection {
 public:
  Collection(std::string target, model::Resource demand, Budget budget);

  /// The same with what an earlier look at the same cluster saw: its static documents and the
  /// details of checkpoints are not asked for again while they hold. `now` is when the look begins.
  Collection(std::string target, model::Resource demand, Budget budget,
             std::shared_ptr<const model::Snapshot> previous, base::Timestamp now);
  // It stays where it is: what waits for an answer holds its address.
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  /// Paths to GET now, each once. Empty with nothing in flight: the collection is complete.
  [[nodiscard]] std::vector<std::string> take_requests();

  /// The answer for a path that `take_requests` gave, or why there is none.
  void accept(const std::string& path, const base::Result<Answer>& answer);

  /// Asks again what the tasks of each running job have done, for jobs whose release tells that.
  /// Once complete, any number of times: `JobSnapshot::flow` has the latest answer. False where
  /// there is nothing to ask.
  bool ask_for_flow_again();

  /// Keeps what was last answered to that, as the earlier of two looks.
  void keep_earlier_flow();

  /// Asks for metrics, with `Budget::metrics_last`. Once complete.
  void ask_for_metrics();

  /// Why nothing can be judged: unreachable, not Flink, no list of jobs. nullopt while there is
  /// hope.
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

  /// Jobs found so far, for a progress line.
  [[nodiscard]] std::size_t jobs() const { return snapshot_.jobs.size(); }

  /// The picture. Call once, when complete or failed.
  [[nodiscard]] model::Snapshot finish(base::Timestamp taken_at, model::RequestCost cost);

 private:
  using Accept = std::function<void(const std::string& path, const base::Result<Answer>& answer)>;

  void ask_for_cluster();
  void ask_for_cluster_documents();
  void ask_for_configuration();
  void ask_for_overview();
  void ask(std::string path, Accept accept);
  template <class T, class Decode>
  void ask_part(std::string path, model::Part<T>& into, Decode decode);

  void accept_cluster(const std::string& path, const base::Result<Answer>& answer);
  void accept_overview(const std::string& path, const base::Result<Answer>& answer);
  void accept_job(std::size_t job, const std::string& path, const base::Result<Answer>& answer);
  void accept_checkpoints(std::size_t job, const std::string& path,
                          const base::Result<Answer>& answer);
  void accept_checkpoint_details(std::size_t job, const std::string& path,
                                 const base::Result<Answer>& answer);
  void ask_for_exceptions(std::size_t job);
  void ask_for_subtask_flow(std::size_t job);
  // In metric_collection.cpp.
  void ask_for_process_metrics();
  void ask_for_job_manager_metrics();
  void ask_for_task_manager_metrics(std::vector<std::string> names);
  void ask_for_single_task_managers();
  void note_starts();
  void ask_for_vertex_metrics(std::size_t job);
  void ask_for_vertex_names(std::size_t job, const model::JobVertexId& vertex);
  void ask_for_vertex_values(std::size_t job, const model::JobVertexId& vertex,
                             const std::vector<std::string>& names);
  void ask_for_idle_subtasks(std::size_t job, const model::JobVertexId& vertex);
  /// Whether Flink adds up no times, so that rates must tell how tasks are held up: before 1.16.
  [[nodiscard]] bool tells_rates_alone() const;
  void ask_for_requirements(std::size_t job);
  [[nodiscard]] bool keep_ended(model::JobSnapshot& job) const;
  void ask_for_subtasks(std::size_t job);
  void ask_for_unfinished(std::size_t job);
  void ask_for_waiting_subtasks(std::size_t job);
  void ask_for_slowest_vertices(std::size_t job);
  void accept_slowest_vertex(std::size_t job, std::int64_t checkpoint,
                             const model::CheckpointDetails& details);
  void ask_for_all_places(std::size_t job, const model::JobVertexId& vertex, std::size_t subtasks);
  void settle_places();
  void ask_for_places(std::size_t job, const model::SubtaskState::Vertex& vertex);
  /// How many requests for single vertices the flow of records may take now. The rest is for
  /// checkpoints, which are looked at once: what flows can be asked in the next look.
  [[nodiscard]] std::size_t left_for_flow(std::size_t job) const;
  /// Whether the budget has a request for a single vertex left; takes it.
  [[nodiscard]] bool may_ask_for_vertex(std::size_t job);
  [[nodiscard]] std::vector<model::JobVertexId> interesting_vertices(
      const model::JobSnapshot& job) const;

  /// The job in the previous look, by its JobID.
  [[nodiscard]] const model::JobSnapshot* seen_before(const model::JobSnapshot& job) const;
  /// The same, if it is still the same run of it.
  [[nodiscard]] const model::JobSnapshot* previous_of(const model::JobSnapshot& job) const;
  void stamp_revisions();
  template <class T>
  void stamp(model::Part<T>& part, const model::Part<T>* earlier);
  template <class T>
  [[nodiscard]] bool holds(const model::Part<T>& part) const;

  [[nodiscard]] bool wants(model::Resource resource) const;

  model::Resource demand_;
  Budget budget_;
  model::Snapshot snapshot_;
  std::shared_ptr<const model::Snapshot> previous_;  ///< nullptr: none
  base::Timestamp began_{};
  bool cluster_documents_asked_ = false;
  std::vector<std::size_t> vertex_requests_;            ///< of each job of the snapshot, so far
  std::vector<std::size_t> waiting_for_configuration_;  ///< jobs whose next question follows it
  std::vector<std::string> requests_;
  std::unordered_map<std::string, Accept> expected_;
  std::map<std::string, base::Result<Answer>> vertex_answers_;  ///< `/jobs/:id/vertices/:vid`
  /// By job and vertex: where all its subtasks run.
  std::map<std::pair<std::size_t, model::JobVertexId>, std::vector<model::SubtaskState::Place>>
      places_;
  std::vector<model::JobId> gone_;  ///< 404 between the list and the detail
  std::optional<base::Error> failure_;
};

}  // namespace auditor::collectors
