#include "collectors/collection.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "collectors/parts.h"
#include "collectors/wire/checkpoints.h"
#include "collectors/wire/cluster.h"
#include "collectors/wire/exceptions.h"
#include "collectors/wire/job.h"

namespace auditor::collectors {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using model::Part;
using model::Resource;

/// Whether it is pointless to ask this server for anything else.
bool is_hopeless(const Error& error) {
  switch (error.kind) {
    case ErrorKind::not_recorded:
      return false;
    case ErrorKind::http_status:
      return error.http_status < 500 || error.http_status == 503;
    default:
      return true;
  }
}

/// Whether a job FAILED for good: no other of its name runs, or was started later.
bool is_lost(const model::JobOverview& job, const std::vector<model::JobOverview>& all) {
  return job.state == model::JobState::failed &&
         std::ranges::none_of(all, [&job](const model::JobOverview& other) {
           return other.name == job.name && other.id != job.id &&
                  (!model::is_terminal(other.state) || other.start_time >= job.start_time);
         });
}

/// Whether tasks may have failed, or were started again, between two looks at a run of a job.
bool has_moved(const model::JobDetails& earlier, const model::JobDetails& now) {
  const auto same_start = [](const model::JobVertex& a, const model::JobVertex& b) {
    return a.start_time == b.start_time && a.status == b.status;
  };
  return now.state != model::JobState::running ||
         (&earlier != &now && (earlier.state != now.state || earlier.entered != now.entered ||
                               !std::ranges::equal(earlier.vertices, now.vertices, same_start)));
}

}  // namespace

Collection::Collection(std::string target, Resource demand, Budget budget)
    : Collection(std::move(target), demand, std::move(budget), nullptr, {}) {}

Collection::Collection(std::string target, Resource demand, Budget budget,
                       std::shared_ptr<const model::Snapshot> previous, base::Timestamp now)
    : demand_(demand), budget_(std::move(budget)), previous_(std::move(previous)), began_(now) {
  snapshot_.target = std::move(target);
  if (previous_ && holds(previous_->cluster) && previous_->overview.known()) {
    snapshot_.cluster = previous_->cluster;
    snapshot_.configuration = previous_->configuration;
    ask_for_overview();
    ask_for_cluster_documents();
  } else {
    previous_ = nullptr;
    ask_for_cluster();
  }
}

/// Whether what an earlier look saw need not be asked again.
template <class T>
bool Collection::holds(const Part<T>& part) const {
  return part.known() && began_ - part.observed_at < budget_.static_for;
}

void Collection::ask_for_cluster() {
  // Alone at first: it is the cheapest question, and tells whether this is Flink and which one.
  ask("/config", [this](const std::string& path, const Result<Answer>& answer) {
    accept_cluster(path, answer);
  });
}

void Collection::ask_for_overview() {
  // The list of jobs before the rest: while it is unknown there is nothing to judge.
  ask("/jobs/overview",
      [this](const std::string& from, const Result<Answer>& list) { accept_overview(from, list); });
}

void Collection::ask_for_cluster_documents() {
  if (snapshot_.is_history_server()) {
    return;
  }
  if (wants(Resource::configuration) && !holds(snapshot_.configuration)) {
    ask_for_configuration();
  }
  if (wants(Resource::task_managers)) {
    ask_part("/taskmanagers", snapshot_.task_managers, wire::decode_task_managers);
  }
  if (!budget_.metrics_last) {
    ask_for_process_metrics();
  }
}

void Collection::ask_for_configuration() {
  ask("/jobmanager/config", [this](const std::string& path, const Result<Answer>& answer) {
    snapshot_.configuration =
        to_part<model::Configuration>(path, answer, wire::decode_configuration);
    for (const std::size_t job : std::exchange(waiting_for_configuration_, {})) {
      ask_for_requirements(job);
    }
  });
}

const model::JobSnapshot* Collection::seen_before(const model::JobSnapshot& job) const {
  if (!previous_) {
    return nullptr;
  }
  const auto is_it = [&job](const model::JobSnapshot& earlier) {
    return earlier.overview.id == job.overview.id;
  };
  // Mostly it stands where it stood.
  const auto place = static_cast<std::size_t>(&job - snapshot_.jobs.data());
  const auto found = place < previous_->jobs.size() && is_it(previous_->jobs[place])
                         ? previous_->jobs.begin() + static_cast<std::ptrdiff_t>(place)
                         : std::ranges::find_if(previous_->jobs, is_it);
  return found == previous_->jobs.end() ? nullptr : &*found;
}

const model::JobSnapshot* Collection::previous_of(const model::JobSnapshot& job) const {
  const model::JobSnapshot* const seen = job.details.known() ? seen_before(job) : nullptr;
  // A later start is a new JobManager, perhaps with another configuration and new counters.
  return seen != nullptr && seen->details.known() &&
                 seen->details.value->start_time == job.details.value->start_time
             ? seen
             : nullptr;
}

bool Collection::wants(Resource resource) const {
  return model::includes(demand_, resource);
}

void Collection::ask(std::string path, Accept accept) {
  if (const auto known = vertex_answers_.find(path); known != vertex_answers_.end()) {
    accept(path, known->second);
    return;
  }
  const auto [found, added] = expected_.try_emplace(path);
  if (added) {
    found->second = std::move(accept);
    requests_.push_back(std::move(path));
    return;
  }
  // Two questions that one answer answers.
  found->second = [first = std::move(found->second), second = std::move(accept)](
                      const std::string& from, const Result<Answer>& answer) {
    first(from, answer);
    second(from, answer);
  };
}

template <class T, class Decode>
void Collection::ask_part(std::string path, Part<T>& into, Decode decode) {
  ask(std::move(path), [&into, decode](const std::string& from, const Result<Answer>& answer) {
    into = to_part<T>(from, answer, decode);
  });
}

std::vector<std::string> Collection::take_requests() {
  return std::exchange(requests_, {});
}

void Collection::accept(const std::string& path, const Result<Answer>& answer) {
  const auto found = expected_.find(path);
  if (found == expected_.end() || failure_) {
    return;
  }
  const Accept accept = std::move(found->second);
  expected_.erase(found);
  // Skew, and where slow subtasks run, are read from one answer, and not always at one time.
  if (answer && path.find("/vertices/") != std::string::npos &&
      path.find('?') == std::string::npos) {
    vertex_answers_.emplace(path, answer);
  }
  accept(path, answer);
}

void Collection::accept_cluster(const std::string& path, const Result<Answer>& answer) {
  snapshot_.cluster = to_part<model::ClusterInfo>(path, answer, wire::decode_cluster);
  if (!snapshot_.cluster.known() && is_hopeless(snapshot_.cluster.value.error())) {
    failure_ = snapshot_.cluster.value.error();
    return;
  }
  ask_for_overview();
  ask_for_cluster_documents();
}

void Collection::accept_overview(const std::string& path, const Result<Answer>& answer) {
  auto list = decoded<std::vector<model::JobOverview>>(path, answer, wire::decode_overview);
  if (list && list->size() > 1) {
    // A job that is listed twice would be asked and judged twice.
    std::set<model::JobId> listed;
    std::erase_if(
        *list, [&listed](const model::JobOverview& job) { return !listed.insert(job.id).second; });
  }
  snapshot_.overview = {std::move(list), path, time_of(answer)};
  if (!snapshot_.overview.known()) {
    const Error& error = snapshot_.overview.value.error();
    if (error.kind != ErrorKind::not_recorded) {
      failure_ = error;
    } else if (!snapshot_.cluster.known()) {
      failure_ = Error{ErrorKind::malformed, "the recording has neither /config nor any job"};
    }
    return;
  }
  snapshot_.jobs.reserve(static_cast<std::size_t>(std::ranges::count_if(
      *snapshot_.overview.value,
      [](const model::JobOverview& job) { return !model::is_terminal(job.state); })));
  for (const model::JobOverview& job : *snapshot_.overview.value) {
    if (budget_.wants_job && !budget_.wants_job(job)) {
      continue;
    }
    const bool ended = model::is_terminal(job.state) && !snapshot_.is_history_server();
    if (ended && !(wants(Resource::failed_jobs) && is_lost(job, *snapshot_.overview.value))) {
      ++snapshot_.terminal_jobs;
    } else {
      model::JobSnapshot& added = snapshot_.jobs.emplace_back();
      added.overview = job;
    }
  }
  note_starts();
  vertex_requests_.resize(snapshot_.jobs.size());
  // Only now do the jobs' addresses stay.
  for (std::size_t i = 0; i < snapshot_.jobs.size(); ++i) {
    if (!is_plain_id(snapshot_.jobs[i].overview.id.value)) {
      snapshot_.jobs[i].details.value =
          base::fail(ErrorKind::malformed, "its job id is none that Flink gives");
      continue;
    }
    if (keep_ended(snapshot_.jobs[i])) {
      continue;
    }
    ask("/jobs/" + snapshot_.jobs[i].overview.id.value,
        [this, i](const std::string& from, const Result<Answer>& job) {
          accept_job(i, from, job);
        });
  }
}

/// Takes over what an earlier look saw of a job that has ended: it does not change any more.
bool Collection::keep_ended(model::JobSnapshot& job) const {
  if (!previous_ || !model::is_terminal(job.overview.state) || snapshot_.is_history_server()) {
    return false;
  }
  const auto earlier =
      std::ranges::find_if(previous_->jobs, [&job](const model::JobSnapshot& seen) {
        return seen.overview.id == job.overview.id && seen.details.known() &&
               seen.details.value->state == job.overview.state;
      });
  if (earlier == previous_->jobs.end()) {
    return false;
  }
  job.details = earlier->details;
  job.now = earlier->now;
  job.exceptions = earlier->exceptions;
  return true;
}

namespace {

/// What one answer tells, as the two parts that it is. `earlier`: what the look before it saw.
void take_job(model::JobSnapshot& job, const std::string& path, const Result<Answer>& answer,
              const model::JobSnapshot* earlier) {
  job.details.source = path;
  job.details.observed_at = time_of(answer);
  auto both = decoded<wire::JobAnswer>(path, answer, [earlier](std::string_view body) {
    return wire::decode_job_answer(
        body, earlier == nullptr ? model::Shared<model::JobDetails>() : earlier->details.value);
  });
  if (!both) {
    job.details.value = tl::unexpected(both.error());
    return;
  }
  job.details.value = std::move(both->details);
  job.now = both->now;
  job.flow.value = std::move(both->flow).map_error([&path](const base::Error& error) {
    return error.prefixed("GET " + path);
  });
  job.flow.source = path;
  job.flow.observed_at = job.details.observed_at;
}

}  // namespace

void Collection::accept_job(std::size_t index, const std::string& path,
                            const Result<Answer>& answer) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  take_job(job, path, answer, seen_before(job));
  if (!job.details.known()) {
    if (job.details.value.error().http_status == 404) {
      gone_.push_back(
          job.overview.id);  // it ended between the list and this question: not an error
    }
    return;
  }
  if (!wants(Resource::accumulated_times)) {
    job.flow = {};
  }
  const model::JobSnapshot* const earlier = previous_of(job);
  if (previous_ && earlier == nullptr && !cluster_documents_asked_) {
    // A job that starts may have been started with another Flink or another configuration.
    cluster_documents_asked_ = true;
    ask_part("/config", snapshot_.cluster, wire::decode_cluster);
    if (wants(Resource::configuration) && !snapshot_.is_history_server()) {
      ask_for_configuration();
    }
  }
  if (wants(Resource::exceptions) && !snapshot_.is_history_server()) {
    if (earlier != nullptr && earlier->exceptions.known() &&
        !has_moved(*earlier->details.value, *job.details.value)) {
      job.exceptions = earlier->exceptions;
    } else {
      ask_for_exceptions(index);
    }
  }
  if (model::is_terminal(job.details.value->state) && !snapshot_.is_history_server()) {
    return;  // how it was set up is no question any more
  }
  // The rest in one burst: Flink answers it from one cached execution graph (flink-facts A.5).
  // Sparse documents of a job that does not run yet are not worth a request.
  if (job.details.value->plan.empty()) {
    return;
  }
  if (earlier != nullptr && holds(earlier->configuration)) {
    job.configuration = earlier->configuration;
  } else if (wants(Resource::job_configuration)) {
    ask_part(path + "/config", job.configuration, wire::decode_job_configuration);
  }
  if (earlier != nullptr && holds(earlier->checkpoint_configuration)) {
    job.checkpoint_configuration = earlier->checkpoint_configuration;
  } else if (wants(Resource::checkpoint_configuration)) {
    ask_part(path + "/checkpoints/config", job.checkpoint_configuration,
             wire::decode_checkpoint_configuration);
  }
  if (wants(Resource::resource_requirements) && !snapshot_.is_history_server()) {
    ask_for_requirements(index);
  }
  if (wants(Resource::checkpoints | Resource::checkpoint_details | Resource::subtask_state |
            Resource::checkpoint_phases | Resource::unfinished_checkpoint)) {
    ask(path + "/checkpoints",
        [this, index](const std::string& from, const Result<Answer>& checkpoints) {
          accept_checkpoints(index, from, checkpoints);
        });
  }
  if (wants(Resource::subtask_flow)) {
    ask_for_subtask_flow(index);
  }
  if (!budget_.metrics_last) {
    ask_for_vertex_metrics(index);
  }
  if (snapshot_.is_history_server() && wants(Resource::configuration)) {
    ask_part(path + "/jobmanager/config", job.cluster_configuration, wire::decode_configuration);
  }
}

/// Only the adaptive scheduler has them, and in reactive mode they are every slot there is.
void Collection::ask_for_requirements(std::size_t index) {
  constexpr std::chrono::milliseconds asked_again_after = std::chrono::minutes(5);
  model::JobSnapshot& job = snapshot_.jobs[index];
  if (expected_.contains("/jobmanager/config")) {
    waiting_for_configuration_.push_back(index);
    return;
  }
  static const model::Shared<model::ResourceRequirements> none =
      base::fail(ErrorKind::not_asked, "only the adaptive scheduler has them, since Flink 1.18");
  const model::JobSnapshot* const earlier = previous_of(job);
  const bool had_none = earlier != nullptr && earlier->resource_requirements.value.is(none) &&
                        snapshot_.configuration.value.is(previous_->configuration.value) &&
                        snapshot_.cluster.value.is(previous_->cluster.value);
  if (had_none || !snapshot_.configuration.known() ||
      !model::is_adaptive(*snapshot_.configuration.value) ||
      model::is_reactive(*snapshot_.configuration.value) || !snapshot_.cluster.known() ||
      !snapshot_.cluster.value->version.at_least(1, 18)) {
    job.resource_requirements.value = none;
    return;
  }
  if (earlier != nullptr && earlier->resource_requirements.known() &&
      began_ - earlier->resource_requirements.observed_at < asked_again_after &&
      !has_moved(*earlier->details.value, *job.details.value)) {
    job.resource_requirements = earlier->resource_requirements;
    return;
  }
  ask_part(fmt::format("/jobs/{}/resource-requirements", job.overview.id.value),
           job.resource_requirements, wire::decode_resource_requirements);
}

void Collection::ask_for_exceptions(std::size_t index) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  ask_part(fmt::format("/jobs/{}/exceptions", job.overview.id.value), job.exceptions,
           wire::decode_exceptions);
}

std::size_t Collection::left_for_flow(std::size_t index) const {
  constexpr std::size_t large = 8;
  const std::size_t budget = budget_.vertex_requests_per_job;
  const std::size_t share = budget < 2             ? 0
                            : budget < large       ? 1
                            : budget_.metrics_last ? budget
                                                   : (budget + 1) / 2;
  return share > vertex_requests_[index] ? share - vertex_requests_[index] : 0;
}

bool Collection::may_ask_for_vertex(std::size_t index) {
  if (vertex_requests_[index] >= budget_.vertex_requests_per_job) {
    return false;
  }
  ++vertex_requests_[index];
  return true;
}

model::Snapshot Collection::finish(base::Timestamp taken_at, model::RequestCost cost) {
  snapshot_.taken_at = taken_at;
  snapshot_.requests = cost;
  snapshot_.failure = failure_;
  std::erase_if(snapshot_.jobs, [this](const model::JobSnapshot& job) {
    return std::ranges::find(gone_, job.overview.id) != gone_.end();
  });
  settle_places();
  // Answers come in any order; the report must not depend on it.
  for (model::JobSnapshot& job : snapshot_.jobs) {
    const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
    if (job.subtask_state.known() &&
        !std::ranges::is_sorted(job.subtask_state.value->vertices, by_id)) {
      std::ranges::sort(job.subtask_state.value.edit().vertices, by_id);
    }
    if (job.subtask_flow.known() &&
        !std::ranges::is_sorted(job.subtask_flow.value->vertices, by_id)) {
      std::ranges::sort(job.subtask_flow.value.edit().vertices, by_id);
    }
  }
  stamp_revisions();
  return std::move(snapshot_);
}

}  // namespace auditor::collectors
