#include "checks/engine.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::JobSnapshot;
using model::JobState;
using model::Resource;
using model::Snapshot;

std::string missing(const base::Error& error, const std::string& source) {
  if (error.kind == base::ErrorKind::not_asked || error.kind == base::ErrorKind::not_recorded) {
    return source.empty() ? error.message : fmt::format("{}: {}", source, error.message);
  }
  return error.message;
}

}  // namespace

const model::CheckSettings& settings_of(const model::Settings& settings, std::string_view id) {
  static const model::CheckSettings otherwise;
  const auto found = settings.checks.find(id);
  return found == settings.checks.end() ? otherwise : found->second;
}

double Options::number(std::string_view name) const {
  if (!configured_->empty()) {
    if (const auto found = configured_->find(std::string(name)); found != configured_->end()) {
      return found->second;
    }
  }
  const auto option = std::ranges::find_if(
      info_->options, [name](const model::OptionInfo& o) { return o.name == name; });
  if (option == info_->options.end()) {
    std::abort();  // a check asks for an option that it did not declare: a bug that its fixtures
                   // show
  }
  return option->otherwise;
}

std::chrono::milliseconds Options::duration(std::string_view name) const {
  return std::chrono::milliseconds(static_cast<std::int64_t>(number(name)));
}

base::Bytes Options::bytes(std::string_view name) const {
  return {static_cast<std::int64_t>(number(name))};
}

std::span<const model::CheckInfo* const> descriptions() {
  static const std::vector<const model::CheckInfo*> all = [] {
    std::vector<const model::CheckInfo*> infos;
    infos.reserve(catalogue().size());
    for (const Check* check : catalogue()) {
      infos.push_back(&check->info);
    }
    return infos;
  }();
  return all;
}

const Check* find_check(std::string_view id) {
  const auto all = catalogue();
  const auto found = std::ranges::find_if(all, [id](const Check* c) { return c->info.id == id; });
  return found == all.end() ? nullptr : *found;
}

std::optional<Gate> gate(const JobSnapshot& job, bool history_server) {
  if (!job.details.known()) {
    return Gate{model::Outcome::unknown, missing(job.details.value.error(), job.details.source)};
  }
  const model::JobDetails& details = *job.details.value;
  const bool runs = details.state == JobState::running || details.state == JobState::restarting ||
                    details.state == JobState::failing;
  if (details.state == JobState::failed && !history_server) {
    return Gate{model::Outcome::not_applicable, "the job has FAILED: it does not run any more"};
  }
  if (!runs && !(history_server && model::is_terminal(details.state))) {
    return Gate{model::Outcome::unknown,
                fmt::format("the job is {}: Flink shows its settings only once it runs",
                            to_text(details.state))};
  }
  if (details.plan.empty()) {
    return Gate{model::Outcome::unknown,
                "Flink shows no job plan yet: the job is still being set up"};
  }
  const bool data_set = is_data_set(details);
  if (data_set || details.type == model::JobType::batch) {
    return Gate{model::Outcome::not_applicable,
                data_set ? base::Wording("a DataSet job: batch, without state to keep")
                         : base::Wording("a batch job: it keeps no state between runs")};
  }
  return std::nullopt;
}

std::optional<Gate> gate_of_any_state(const JobSnapshot& job, bool history_server) {
  if (history_server) {
    return Gate{model::Outcome::not_applicable,
                "a HistoryServer shows past jobs: how they are now is no question"};
  }
  if (job.details.known()) {
    const model::JobDetails& details = *job.details.value;
    if (is_data_set(details) || details.type == model::JobType::batch) {
      return Gate{model::Outcome::not_applicable,
                  "a batch job: it ends, and its tasks may wait for each other"};
    }
  }
  return std::nullopt;
}

std::optional<std::string> unmet(Resource needs, const Snapshot& snapshot, const JobSnapshot* job) {
  std::optional<std::string> reason;
  const auto look = [&](Resource resource, const auto& part) {
    if (!reason && model::includes(needs, resource) && !part.known()) {
      reason = missing(part.value.error(), part.source);
    }
  };
  if (model::includes(needs, Resource::reachability) && !snapshot.failure &&
      !snapshot.cluster.known()) {
    reason = missing(snapshot.cluster.value.error(), snapshot.cluster.source);
  }
  look(Resource::cluster, snapshot.cluster);
  look(Resource::task_managers, snapshot.task_managers);
  look(Resource::task_manager_metrics, snapshot.task_manager_metrics);
  look(Resource::job_manager_metrics, snapshot.job_manager_metrics);
  look(Resource::configuration, job != nullptr && snapshot.is_history_server()
                                    ? job->cluster_configuration
                                    : snapshot.configuration);
  if (job != nullptr) {
    look(Resource::job, job->details);
    look(Resource::job_configuration, job->configuration);
    look(Resource::checkpoint_configuration, job->checkpoint_configuration);
    look(Resource::checkpoints, job->checkpoints);
    look(Resource::checkpoint_details, job->checkpoint_details);
    look(Resource::subtask_state, job->subtask_state);
    look(Resource::exceptions, job->exceptions);
    look(Resource::unfinished_checkpoint, job->unfinished_checkpoint);
    look(Resource::accumulated_times, job->flow);
    look(Resource::subtask_flow, job->subtask_flow);
    look(Resource::vertex_metrics, job->vertex_metrics);
    look(Resource::resource_requirements, job->resource_requirements);
  }
  return reason;
}

Resource demand(std::span<const Check* const> checks, const model::Settings& settings) {
  // The spine of every audit: which release, which jobs, and whether they can be judged.
  Resource all = Resource::cluster | Resource::job;
  for (const Check* check : checks) {
    if (settings_of(settings, check->info.id).enabled) {
      all = all | check->info.needs | check->info.uses;
    }
  }
  return all;
}

}  // namespace auditor::checks
