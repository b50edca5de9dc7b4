#include "checks/engine.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

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

/// Why a need is not met; nullopt where all are there.
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
  }
  return reason;
}

/// The job's name, with its JobID where several judged jobs share the name.
std::string job_key(const Snapshot& snapshot, const JobSnapshot& job) {
  const auto same_name = std::ranges::count_if(snapshot.jobs, [&job](const JobSnapshot& other) {
    return other.overview.name == job.overview.name;
  });
  return same_name > 1 ? job.overview.name + '\0' + job.overview.id.value : job.overview.name;
}

}  // namespace

const model::CheckSettings& settings_of(const model::Settings& settings, std::string_view id) {
  static const model::CheckSettings otherwise;
  const auto found = settings.checks.find(id);
  return found == settings.checks.end() ? otherwise : found->second;
}

double Options::number(std::string_view name) const {
  if (const auto found = configured_->find(std::string(name)); found != configured_->end()) {
    return found->second;
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
  if (!runs && !(history_server && model::is_terminal(details.state))) {
    return Gate{model::Outcome::unknown,
                fmt::format("the job is {}: Flink shows its settings only once it runs",
                            to_text(details.state))};
  }
  if (details.plan.empty()) {
    return Gate{model::Outcome::unknown,
                "Flink shows no job plan yet: the job is still being set up"};
  }
  const bool data_set = std::ranges::any_of(
      details.plan, [](const model::PlanNode& node) { return node.from_data_set; });
  if (data_set || details.type == model::JobType::batch) {
    return Gate{model::Outcome::not_applicable,
                data_set ? "a DataSet job: batch, without state to keep"
                         : "a batch job: it keeps no state between runs"};
  }
  return std::nullopt;
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

std::vector<model::Verdict> evaluate(const Snapshot& snapshot, std::span<const Check* const> checks,
                                     const model::Settings& settings,
                                     const model::ClusterHistory& history) {
  std::vector<model::Verdict> verdicts;
  const auto judge = [&](const Check& check, const model::CheckSettings& own,
                         const JobSnapshot* job, const std::string& key) {
    const std::size_t first = verdicts.size();
    const Context context(check.info, snapshot, history, job, settings.uid_words);
    Verdicts out(check.info, key, verdicts);
    const model::Subject subject = job == nullptr ? context.cluster() : context.job();
    const bool of_reachability = model::includes(check.info.needs, Resource::reachability);
    if (job == nullptr && snapshot.is_history_server() && !of_reachability) {
      out.not_applicable(subject,
                         "a HistoryServer shows past jobs, not the clusters that ran them");
    } else if (const auto closed =
                   job == nullptr ? std::nullopt : gate(*job, snapshot.is_history_server())) {
      if (closed->outcome == model::Outcome::unknown) {
        out.unknown(subject, closed->reason);
      } else {
        out.not_applicable(subject, closed->reason);
      }
    } else if (auto reason = unmet(check.info.needs, snapshot, job)) {
      out.unknown(subject, std::move(*reason));
    } else {
      check.evaluate(context, Options(check.info, own.options), out);
    }
    if (own.severity) {
      for (std::size_t i = first; i < verdicts.size(); ++i) {
        verdicts[i].severity = *own.severity;
      }
    }
  };
  for (const Check* check : checks) {
    const model::CheckSettings& own = settings_of(settings, check->info.id);
    if (!own.enabled ||
        (snapshot.failure && !model::includes(check->info.needs, Resource::reachability))) {
      continue;
    }
    if (check->info.scope == model::SubjectKind::cluster) {
      judge(*check, own, nullptr, "");
      continue;
    }
    for (const JobSnapshot& job : snapshot.jobs) {
      judge(*check, own, &job, job_key(snapshot, job));
    }
  }
  return verdicts;
}

}  // namespace auditor::checks
