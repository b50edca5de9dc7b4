#include "checks/context.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/secrets.h"

namespace auditor::checks {

std::optional<base::Timestamp> now_of(const model::JobSnapshot& job) {
  return job.details.known() ? job.now : std::nullopt;
}

std::optional<base::Timestamp> earliest_now_of(const model::Snapshot& snapshot) {
  std::optional<base::Timestamp> earliest;
  for (const model::JobSnapshot& job : snapshot.jobs) {
    const auto told = now_of(job);
    if (told && (!earliest || *told < *earliest)) {
      earliest = told;
    }
  }
  return earliest;
}

const model::Part<model::Configuration>& Context::configuration() const {
  // A HistoryServer has no configuration of its own to speak of, but archives that of each job's
  // cluster.
  return job_ != nullptr && snapshot_->is_history_server() ? job_->cluster_configuration
                                                           : snapshot_->configuration;
}

void Context::require(model::Resource resource) const {
  const model::Resource all = info_->needs | info_->uses;
  if (!model::includes(all, resource)) {
    std::abort();
  }
  reads_ = reads_ | (all & resource);
}

void Context::require_lasting(model::Resource made_of) {
  if ((made_of & ~(model::Resource::job | model::Resource::cluster)) != model::Resource::none) {
    std::abort();
  }
}

base::Timestamp Context::taken_at() const {
  require(model::Resource::reachability);
  holds_until_ = base::Timestamp::min();
  return snapshot_->taken_at;
}

const model::ClusterHistory& Context::history() const {
  require(model::Resource::reachability);
  return *history_;
}

const model::JobHistory& Context::job_history() const {
  require(model::Resource::job_history);
  return history_->of(job_->overview.id);
}

const std::vector<model::JobSnapshot>& Context::jobs() const {
  require(model::Resource::other_jobs);
  return snapshot_->jobs;
}

std::chrono::milliseconds Context::look_took() const {
  require(model::Resource::clock);
  holds_until_ = base::Timestamp::min();
  return snapshot_->requests.duration;
}

std::optional<base::Timestamp> Context::now() const {
  require(model::Resource::clock);
  holds_until_ = base::Timestamp::min();
  return now_of(*job_);
}

std::optional<base::Timestamp> Context::now(const model::JobSnapshot& job) const {
  require(model::Resource::clock);
  require(model::Resource::other_jobs);
  holds_until_ = base::Timestamp::min();
  return now_of(job);
}

const std::optional<base::Timestamp>& Context::earliest_now() const {
  require(model::Resource::clock);
  require(model::Resource::other_jobs);
  if (!earliest_now_) {
    earliest_now_ = earliest_now_of(*snapshot_);
  }
  return *earliest_now_;
}

bool Context::knows_earliest_now() const {
  return earliest_now().has_value();
}

bool Context::is_earliest_past(base::Timestamp moment) const {
  const auto& now = earliest_now();
  if (now && *now > moment) {
    return true;
  }
  holds_until_ = std::min(holds_until_, moment);
  return false;
}

bool Context::knows_now() const {
  require(model::Resource::clock);
  return now_of(*job_).has_value();
}

bool Context::is_past(base::Timestamp moment) const {
  require(model::Resource::clock);
  const auto now = now_of(*job_);
  if (now && *now > moment) {
    return true;
  }
  holds_until_ = std::min(holds_until_, moment);
  return false;
}

std::optional<base::Timestamp> Context::all_tasks_run_since() const {
  require(model::Resource::clock);
  return job_->overview.all_tasks_run == true ? job_->overview.last_modified : std::nullopt;
}

const model::FlowHistory* Context::flow_history() const {
  require(model::Resource::accumulated_times | model::Resource::vertex_metrics);
  const auto found = history_->flows.find(job_->overview.id);
  return found == history_->flows.end() ? nullptr : &found->second;
}

const model::ProcessHistory& Context::process_history() const {
  require(model::Resource::task_manager_metrics | model::Resource::job_manager_metrics);
  return history_->processes;
}

model::Evidence Context::overview_evidence(base::Wording label, base::Timestamp time,
                                           std::string_view field) const {
  require(model::Resource::clock);
  const auto& part = snapshot_->overview;
  return {
      std::move(label),
      time.time_since_epoch().count(),
      model::unix_milliseconds,
      {},
      model::EvidenceSource{part.source, fmt::format("/jobs/{}/{}", job_->overview.index, field)},
      part.observed_at};
}

const base::Error* Context::failure() const {
  require(model::Resource::reachability);
  return snapshot_->failure ? &*snapshot_->failure : nullptr;
}

model::Evidence Context::evidence(const model::ConfigurationKey& key,
                                  base::Wording expected) const {
  const model::Part<model::Configuration>& part =
      declared<model::Configuration>(info_->needs | info_->uses);
  const model::ConfigurationEntry* entry = part.known() ? part.value->find(key) : nullptr;
  if (entry == nullptr) {
    return {std::string(key.name_in(version())),    "not set",       "", std::move(expected),
            model::EvidenceSource{part.source, ""}, part.observed_at};
  }
  return {entry->key,
          model::masked(entry->key, entry->value),
          "",
          std::move(expected),
          model::EvidenceSource{part.source, "/" + std::to_string(entry->index) + "/value"},
          part.observed_at};
}

model::FlinkVersion Context::version() const {
  if (snapshot_->cluster.known() && snapshot_->cluster.value->version.known()) {
    return snapshot_->cluster.value->version;
  }
  return {1, 20, 0, "", "1.20"};
}

}  // namespace auditor::checks
