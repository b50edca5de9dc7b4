#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "checks/memo.h"
#include "checks/subjects.h"
#include "model/check_info.h"
#include "model/cluster_history.h"
#include "model/snapshot.h"
#include "model/uid_table.h"
#include "model/verdict.h"

namespace auditor::checks {

/// Which resource gives a `T`.
template <class T>
inline constexpr model::Resource resource_of = model::Resource::none;
template <>
inline constexpr model::Resource resource_of<model::ClusterInfo> = model::Resource::cluster;
template <>
inline constexpr model::Resource resource_of<model::Configuration> = model::Resource::configuration;
template <>
inline constexpr model::Resource resource_of<model::TaskManagers> = model::Resource::task_managers;
template <>
inline constexpr model::Resource resource_of<model::JobDetails> = model::Resource::job;
template <>
inline constexpr model::Resource resource_of<model::JobConfiguration> =
    model::Resource::job_configuration;
template <>
inline constexpr model::Resource resource_of<model::CheckpointConfiguration> =
    model::Resource::checkpoint_configuration;
template <>
inline constexpr model::Resource resource_of<model::CheckpointStatistics> =
    model::Resource::checkpoints;
template <>
inline constexpr model::Resource resource_of<model::CheckpointDetails> =
    model::Resource::checkpoint_details;
template <>
inline constexpr model::Resource resource_of<model::SubtaskState> = model::Resource::subtask_state;
template <>
inline constexpr model::Resource resource_of<model::JobExceptions> = model::Resource::exceptions;

template <>
inline constexpr model::Resource resource_of<model::UnfinishedCheckpoint> =
    model::Resource::unfinished_checkpoint;
template <>
inline constexpr model::Resource resource_of<model::ResourceRequirements> =
    model::Resource::resource_requirements;

template <>
inline constexpr model::Resource resource_of<model::JobFlow> = model::Resource::accumulated_times;
template <>
inline constexpr model::Resource resource_of<model::SubtaskFlow> = model::Resource::subtask_flow;
template <>
inline constexpr model::Resource resource_of<model::VertexMetrics> =
    model::Resource::vertex_metrics;
template <>
inline constexpr model::Resource resource_of<model::TaskManagerMetrics> =
    model::Resource::task_manager_metrics;
template <>
inline constexpr model::Resource resource_of<model::JobManagerMetrics> =
    model::Resource::job_manager_metrics;

/// The JobManager's clock when it answered for the job; nullopt where it did not tell.
std::optional<base::Timestamp> now_of(const model::JobSnapshot& job);

/// The earliest of those of the cluster's jobs; nullopt where none told.
std::optional<base::Timestamp> earliest_now_of(const model::Snapshot& snapshot);

/// What one check sees of a snapshot: the resources that it declared, nothing else. It notes which
/// of them the check read: what it said follows from no other.
class Context {
 public:
  /// `job` is nullptr for a check of the cluster; `subjects` and `memos` are those of the job or
  /// cluster.
  Context(const model::CheckInfo& info, const model::Snapshot& snapshot,
          const model::ClusterHistory& history, const model::JobSnapshot* job,
          const model::UidTable& uid_words, Subjects& subjects, Memos& memos)
      : info_(&info),
        snapshot_(&snapshot),
        history_(&history),
        job_(job),
        uid_words_(&uid_words),
        subjects_(&subjects),
        memos_(&memos) {}

  /// A declared need. The engine calls no check whose needs are not all there.
  template <class T>
  [[nodiscard]] const T& get() const {
    return *declared<T>(info_->needs).value;
  }

  /// A declared use; nullptr where it is missing.
  template <class T>
  [[nodiscard]] const T* find() const {
    const model::Part<T>& part = declared<T>(info_->uses);
    return part.known() ? &*part.value : nullptr;
  }

  /// A declared need, for who keeps it beyond the look.
  template <class T>
  [[nodiscard]] const model::Shared<T>& share() const {
    return declared<T>(info_->needs).value;
  }

  /// Evidence read from the answer that gave the `T`, at a JSON pointer into it.
  template <class T>
  [[nodiscard]] model::Evidence evidence(base::Wording label, model::EvidenceValue value,
                                         std::string pointer, base::Wording expected = {},
                                         base::Wording unit = {}) const {
    const model::Part<T>& part = declared<T>(info_->needs | info_->uses);
    return {std::move(label),
            std::move(value),
            std::move(unit),
            std::move(expected),
            model::EvidenceSource{part.source, std::move(pointer)},
            part.observed_at};
  }

  /// The same for a time.
  template <class T>
  [[nodiscard]] model::Evidence evidence(base::Wording label, base::Timestamp time,
                                         std::string pointer, base::Wording expected = {}) const {
    return evidence<T>(std::move(label), time.time_since_epoch().count(), std::move(pointer),
                       std::move(expected), model::unix_milliseconds);
  }

  /// Evidence for a configuration key: its entry, or that the whole answer lacks it ("not set").
  [[nodiscard]] model::Evidence evidence(const model::ConfigurationKey& key,
                                         base::Wording expected = {}) const;

  /// The release that the remediation is for; 1.20 where the cluster did not tell. Needs or uses
  /// `cluster`.
  [[nodiscard]] model::FlinkVersion version() const;

  /// The base URL that was audited, or the target that the recording names (a path where it names
  /// none).
  [[nodiscard]] const std::string& target() const { return snapshot_->target; }

  /// UIDs that the user's code may set, as far as the user named them.
  [[nodiscard]] const model::UidTable& uid_words() const { return *uid_words_; }

  /// Why the cluster could not be seen at all; nullptr where it was. Needs `reachability`.
  [[nodiscard]] const base::Error* failure() const;

  /// When the look was taken (as `now`: in each look), and what earlier ones saw. Need
  /// `reachability`.
  [[nodiscard]] base::Timestamp taken_at() const;
  [[nodiscard]] const model::ClusterHistory& history() const;

  /// What earlier looks at the job saw; nothing where this is the first. Needs `job_history`.
  [[nodiscard]] const model::JobHistory& job_history() const;

  /// The JobManager's clock when it answered for the job; nullopt where it did not tell. Needs
  /// `clock`. A check that reads it is judged in each look: where a comparison does, `is_past`.
  [[nodiscard]] std::optional<base::Timestamp> now() const;

  /// The same of one of `jobs`. Needs `clock` and `other_jobs`.
  [[nodiscard]] std::optional<base::Timestamp> now(const model::JobSnapshot& job) const;

  /// Whether the JobManager told its time. Needs `clock`.
  [[nodiscard]] bool knows_now() const;

  /// Whether the JobManager's clock is past `moment`; false where it did not tell. Needs `clock`.
  /// What follows from it holds until then, and is not judged again as long as nothing else that
  /// the check reads has changed.
  [[nodiscard]] bool is_past(base::Timestamp moment) const;

  /// The same of the cluster: by the earliest of the times that the JobManager gave with its jobs,
  /// so that ages are not exaggerated. Need `clock` and `other_jobs`.
  [[nodiscard]] bool knows_earliest_now() const;
  [[nodiscard]] bool is_earliest_past(base::Timestamp moment) const;

  /// Until when, by the JobManager's clock, what the
  /// check said holds, as far as time goes: by the questions above that it asked.
  [[nodiscard]] base::Timestamp holds_until() const { return holds_until_; }

  /// Since when all subtasks of the job run: the last change of one, where all do; nullopt where
  /// one does not, or that is not known. Needs `clock`.
  [[nodiscard]] std::optional<base::Timestamp> all_tasks_run_since() const;

  /// What earlier looks saw of the job's flow, this one included; nullptr where none did. Needs or
  /// uses `accumulated_times`, which are other in each look, or `vertex_metrics`: with these alone
  /// only what comes from them (lags, watermarks), for the check is judged anew with their answers.
  [[nodiscard]] const model::FlowHistory* flow_history() const;

  /// The same of the cluster's processes. Needs `task_manager_metrics` or `job_manager_metrics`.
  [[nodiscard]] const model::ProcessHistory& process_history() const;

  /// How long the look took; 0 where it reads a recording. Needs `clock`.
  [[nodiscard]] std::chrono::milliseconds look_took() const;

  /// A time in the job's row in the list of jobs as evidence. Needs `clock`.
  [[nodiscard]] model::Evidence overview_evidence(base::Wording label, base::Timestamp time,
                                                  std::string_view field) const;

  [[nodiscard]] Subjects::Shared cluster() const { return subjects_->cluster(); }
  [[nodiscard]] Subjects::Shared job() const { return subjects_->job(job_->overview); }
  [[nodiscard]] Subjects::Shared vertex(const model::JobVertex& vertex) const {
    return subjects_->vertex(job_->overview, vertex);
  }

  /// What `make` gives, made once for all checks that ask for a `T` of the job or cluster in this
  /// look. It may read only what each of them declares.
  template <class T, class Make>
  [[nodiscard]] const T& once(Make make) const {
    return *static_cast<const T*>(made<T>(memos_->of_look, std::move(make)).get());
  }

  /// The same, for who keeps it beyond the look.
  template <class T, class Make>
  [[nodiscard]] std::shared_ptr<const T> shared(Make make) const {
    return std::static_pointer_cast<const T>(made<T>(memos_->of_look, std::move(make)));
  }

  /// The same, kept from look to look as long as the job's own document reads the same, which is
  /// all that `make` may read. It must not refer to the snapshot.
  template <class T, class Make>
  [[nodiscard]] const T& lasting(Make make) const {
    return *static_cast<const T*>(made<T>(memos_->lasting, std::move(make)).get());
  }

  /// What the check has read so far: some of what it declared.
  [[nodiscard]] model::Resource reads() const { return reads_; }

  /// The judged jobs of the cluster, for a check that follows all of them. Uses `other_jobs`.
  [[nodiscard]] const std::vector<model::JobSnapshot>& jobs() const;

 private:
  /// Aborts where a check reads what it did not declare: a bug that every run of its fixtures
  /// shows, and a verdict that would not be judged anew when what it read changes.
  void require(model::Resource resource) const;
  /// Aborts where what is kept from look to look was made of more than the job's own document.
  static void require_lasting(model::Resource made_of);

  template <class T, class Make>
  [[nodiscard]] const std::shared_ptr<const void>& made(Memo& memo, Make make) const {
    Memo::Made* found = memo.find<T>();
    const model::Resource read_before = reads_;
    const base::Timestamp held_until = holds_until_;
    if (found == nullptr) {
      reads_ = model::Resource::none;
      holds_until_ = base::Timestamp::max();
      auto value = std::make_shared<const T>(make());  // it may ask for others
      if (&memo == &memos_->lasting) {
        require_lasting(reads_);
      }
      found = &memo.keep<T>(std::move(value), reads_, holds_until_);
    }
    found->asked = true;
    reads_ = read_before | found->reads;
    holds_until_ = std::min(held_until, found->holds_until);
    return found->value;
  }

  template <class T>
  const model::Part<T>& declared(model::Resource allowed) const {
    static_assert(resource_of<T> != model::Resource::none);
    if (!model::includes(allowed, resource_of<T>)) {
      std::abort();  // a check reads what it did not declare: a bug that every run of its fixtures
                     // shows
    }
    reads_ = reads_ | resource_of<T>;
    return part<T>();
  }

  template <class T>
  const model::Part<T>& part() const {
    if constexpr (std::is_same_v<T, model::ClusterInfo>) {
      return snapshot_->cluster;
    } else if constexpr (std::is_same_v<T, model::Configuration>) {
      return configuration();
    } else if constexpr (std::is_same_v<T, model::TaskManagers>) {
      return snapshot_->task_managers;
    } else if constexpr (std::is_same_v<T, model::JobDetails>) {
      return job_->details;
    } else if constexpr (std::is_same_v<T, model::JobConfiguration>) {
      return job_->configuration;
    } else if constexpr (std::is_same_v<T, model::CheckpointConfiguration>) {
      return job_->checkpoint_configuration;
    } else if constexpr (std::is_same_v<T, model::CheckpointStatistics>) {
      return job_->checkpoints;
    } else if constexpr (std::is_same_v<T, model::CheckpointDetails>) {
      return job_->checkpoint_details;
    } else if constexpr (std::is_same_v<T, model::JobExceptions>) {
      return job_->exceptions;
    } else if constexpr (std::is_same_v<T, model::UnfinishedCheckpoint>) {
      return job_->unfinished_checkpoint;
    } else if constexpr (std::is_same_v<T, model::JobFlow>) {
      return job_->flow;
    } else if constexpr (std::is_same_v<T, model::SubtaskFlow>) {
      return job_->subtask_flow;
    } else if constexpr (std::is_same_v<T, model::VertexMetrics>) {
      return job_->vertex_metrics;
    } else if constexpr (std::is_same_v<T, model::TaskManagerMetrics>) {
      return snapshot_->task_manager_metrics;
    } else if constexpr (std::is_same_v<T, model::JobManagerMetrics>) {
      return snapshot_->job_manager_metrics;
    } else if constexpr (std::is_same_v<T, model::ResourceRequirements>) {
      return job_->resource_requirements;
    } else {
      static_assert(std::is_same_v<T, model::SubtaskState>);
      return job_->subtask_state;
    }
  }

  [[nodiscard]] const model::Part<model::Configuration>& configuration() const;
  const std::optional<base::Timestamp>& earliest_now() const;

  const model::CheckInfo* info_;
  const model::Snapshot* snapshot_;
  const model::ClusterHistory* history_;
  const model::JobSnapshot* job_;
  const model::UidTable* uid_words_;
  Subjects* subjects_;
  Memos* memos_;
  mutable model::Resource reads_ = model::Resource::none;
  mutable base::Timestamp holds_until_ = base::Timestamp::max();
  mutable std::optional<std::optional<base::Timestamp>> earliest_now_;  // absent: nobody asked
};

}  // namespace auditor::checks
