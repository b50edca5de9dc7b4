#include "checks/stamps.h"

#include <bit>
#include <functional>

#include "base/time.h"
#include "checks/context.h"

namespace auditor::checks {

namespace {

using model::JobSnapshot;
using model::Resource;
using model::Snapshot;

/// What the tasks do is other in each look.
constexpr Resource other_in_each_look = Resource::accumulated_times;

/// What `Context::failure` and `Context::history` tell, but for the histories of jobs, flows and
/// processes.
std::uint64_t fold_reachability(std::uint64_t inputs, const Snapshot& snapshot,
                                const model::ClusterHistory& history) {
  if (snapshot.failure) {
    inputs = fold(fold(inputs, snapshot.failure->message),
                  static_cast<std::uint64_t>(snapshot.failure->http_status));
  }
  inputs = fold(inputs, history.watched_since.value_or(base::Timestamp{}));
  inputs = fold(inputs, history.failing_since.value_or(base::Timestamp{}));
  inputs = fold(fold(inputs, history.ended_job_state), history.watched_jobs);
  for (const model::DisappearedJob& job : history.disappeared) {
    inputs = fold(fold(fold(inputs, job.id.value), job.last_listed),
                  (static_cast<std::uint64_t>(job.state) << 1U) | (job.ran_long ? 1U : 0U));
  }
  for (const model::JobManagerFailover& failover : history.failovers) {
    inputs = fold(fold(inputs, failover.job.value), failover.at);
  }
  for (const std::string& name : history.expected_jobs) {
    inputs = fold(inputs, name);
  }
  return inputs;
}

constexpr std::size_t place_of(Resource one) {
  return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(one)));
}

}  // namespace

std::uint64_t fold(std::uint64_t inputs, std::uint64_t input) {
  constexpr std::uint64_t prime = 0x9E3779B97F4A7C15ULL;
  const std::uint64_t mixed = (inputs ^ input) * prime;
  return (mixed ^ (mixed >> 29U)) | 1U;
}

std::uint64_t fold(std::uint64_t inputs, std::string_view input) {
  return fold(inputs, std::hash<std::string_view>{}(input));
}

std::uint64_t fold(std::uint64_t inputs, base::Timestamp input) {
  return fold(inputs, static_cast<std::uint64_t>(input.time_since_epoch().count()));
}

Resource Stamps::changed_since(const Stamps& earlier) const {
  auto changed = static_cast<unsigned>(moving());
  for (std::size_t i = 0; i < stamps_.size(); ++i) {
    changed |= stamps_[i] == earlier.stamps_[i] ? 0U : 1U << i;
  }
  return static_cast<Resource>(changed);
}

Resource Stamps::turned_since(const Stamps& earlier) const {
  return static_cast<Resource>(told_ ^ earlier.told_);
}

Resource Stamps::told(Resource of) const {
  return static_cast<Resource>(told_) & of;
}

Resource Stamps::moving() const {
  return told(other_in_each_look);
}

std::uint64_t Stamps::folded(std::uint64_t inputs, Resource resources) const {
  for (auto left = static_cast<unsigned>(resources); left != 0; left &= left - 1) {
    inputs = fold(inputs, stamps_[static_cast<std::size_t>(std::countr_zero(left))]);
  }
  return inputs;
}

void Stamps::set(Resource one, std::uint64_t stamp, bool told) {
  stamps_[place_of(one)] = stamp;
  const auto bit = static_cast<unsigned>(one);
  told_ = told ? told_ | bit : told_ & ~bit;
}

template <class T>
void Stamps::set(Resource one, const model::Part<T>& part) {
  set(one, part.revision, part.known());
}

template <class T>
void Stamps::set_answer(Resource one, const model::Part<T>& part) {
  set(one, part.known() ? fold(1, part.observed_at) : fold(1, part.value.error().message),
      part.known());
}

Stamps stamps_of(const Snapshot& snapshot, const model::ClusterHistory& history) {
  Stamps stamps;
  stamps.set(Resource::cluster, snapshot.cluster);
  stamps.set(Resource::configuration, snapshot.configuration);
  stamps.set(Resource::task_managers, snapshot.task_managers);
  stamps.set(Resource::reachability, fold_reachability(1, snapshot, history),
             snapshot.failure.has_value() || snapshot.cluster.known());
  stamps.set_answer(Resource::task_manager_metrics, snapshot.task_manager_metrics);
  stamps.set_answer(Resource::job_manager_metrics, snapshot.job_manager_metrics);
  return stamps;
}

Stamps stamps_of(const JobSnapshot& job, const Snapshot& snapshot, const Stamps& cluster,
                 const model::ClusterHistory& history) {
  Stamps stamps = cluster;
  stamps.set(
      Resource::configuration,
      fold(cluster.stamps_[place_of(Resource::configuration)], job.cluster_configuration.revision),
      (snapshot.is_history_server() ? job.cluster_configuration : snapshot.configuration).known());
  stamps.set(Resource::job, job.details);
  stamps.set(Resource::job_configuration, job.configuration);
  stamps.set(Resource::checkpoint_configuration, job.checkpoint_configuration);
  stamps.set(Resource::checkpoints, job.checkpoints);
  stamps.set(Resource::checkpoint_details, job.checkpoint_details);
  stamps.set(Resource::subtask_state, job.subtask_state);
  stamps.set(Resource::exceptions, job.exceptions);
  stamps.set(Resource::unfinished_checkpoint, job.unfinished_checkpoint);
  stamps.set(Resource::resource_requirements, job.resource_requirements);
  stamps.set(Resource::vertex_metrics, job.vertex_metrics);
  stamps.set(Resource::subtask_flow, job.subtask_flow);
  stamps.set(Resource::accumulated_times,
             job.flow.known() ? 1 : fold(1, job.flow.value.error().message), job.flow.known());
  stamps.set(Resource::job_history, history.of(job.overview.id).revision, true);
  const model::JobOverview& overview = job.overview;
  stamps.set(Resource::clock,
             fold(fold(1, overview.last_modified.value_or(base::Timestamp{})),
                  (overview.index << 2U) | (overview.all_tasks_run == true ? 1U : 0U) |
                      (now_of(job) ? 2U : 0U)),
             true);
  return stamps;
}

}  // namespace auditor::checks
