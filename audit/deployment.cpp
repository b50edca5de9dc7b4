#include "audit/deployment.h"

#include <algorithm>
#include <string_view>

#include "base/murmur3.h"
#include "model/volatile_key.h"

namespace auditor::audit {

namespace {

std::string hash_of(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  std::string all;
  for (const std::string& line : lines) {
    all += line;
    all += '\n';
  }
  return base::to_hex(base::murmur3_x64_128(all));
}

}  // namespace

std::string hash_of(const model::Configuration& configuration) {
  std::vector<std::string> lines;
  lines.reserve(configuration.entries().size());
  for (const model::ConfigurationEntry& entry : configuration.entries()) {
    if (!model::is_volatile_key(entry.key)) {
      std::string& line = lines.emplace_back(entry.key);
      line += '\0';
      line += entry.value;
    }
  }
  return hash_of(std::move(lines));
}

std::string plan_hash_of(const model::JobDetails& job) {
  std::vector<std::string> ids;
  ids.reserve(job.vertices.size());
  for (const model::JobVertex& vertex : job.vertices) {
    ids.push_back(vertex.id.value);
  }
  return hash_of(std::move(ids));
}

model::Deployment deployment_of(const model::JobSnapshot& job, const model::Snapshot& snapshot,
                                const std::string& configuration_hash,
                                const model::Deployment* before) {
  model::Deployment deployment = before == nullptr ? model::Deployment{} : *before;
  const model::JobDetails& details = *job.details.value;
  deployment.changed.clear();
  deployment.flink_job_id = job.overview.id;
  deployment.started_at = details.start_time;
  deployment.seen_at = snapshot.taken_at;
  if (!details.plan.empty()) {
    deployment.plan_hash = plan_hash_of(details);
    deployment.parallelism.reset();
    deployment.vertices.clear();
    deployment.vertices.reserve(details.vertices.size());
    for (const model::JobVertex& vertex : details.vertices) {
      deployment.parallelism = std::max(deployment.parallelism, vertex.parallelism);
      deployment.vertices.push_back({vertex.id, vertex.name, vertex.max_parallelism, std::nullopt});
    }
  }
  if (snapshot.cluster.known()) {
    deployment.flink_version = snapshot.cluster.value->version.text;
  }
  if (!configuration_hash.empty()) {
    deployment.configuration_hash = configuration_hash;
  }
  deployment.state_backend.clear();
  deployment.checkpoint_storage.clear();
  complete(deployment, job);
  return deployment;
}

bool complete(model::Deployment& deployment, const model::JobSnapshot& job) {
  bool more = false;
  const auto fill = [&more](std::string& known, const std::optional<std::string>& told) {
    if (known.empty() && told && !told->empty()) {
      known = *told;
      more = true;
    }
  };
  if (job.checkpoint_configuration.known()) {
    fill(deployment.state_backend, job.checkpoint_configuration.value->state_backend);
    fill(deployment.checkpoint_storage, job.checkpoint_configuration.value->storage);
  }
  if (!job.checkpoint_details.known()) {
    return more;
  }
  const auto& states = job.checkpoint_details.value->vertices;
  for (model::DeploymentVertex& vertex : deployment.vertices) {
    const auto found = states.find(vertex.id);
    if (found == states.end() || !found->second.state_size) {
      continue;
    }
    const base::Bytes size = *found->second.state_size;
    if (!vertex.state_size || size.count > 2 * vertex.state_size->count) {
      vertex.state_size = size;
      more = true;
    }
  }
  return more;
}

std::vector<std::string> differences(const model::Deployment& before,
                                     const model::Deployment& after) {
  std::vector<std::string> changed;
  const auto compare = [&changed](const char* what, const auto& a, const auto& b, bool known) {
    if (known && a != b) {
      changed.emplace_back(what);
    }
  };
  compare("JobID", before.flink_job_id, after.flink_job_id, true);
  compare("plan", before.plan_hash, after.plan_hash,
          !before.plan_hash.empty() && !after.plan_hash.empty());
  compare("parallelism", before.parallelism, after.parallelism,
          before.parallelism.has_value() && after.parallelism.has_value());
  compare("Flink version", before.flink_version, after.flink_version,
          !before.flink_version.empty() && !after.flink_version.empty());
  compare("configuration", before.configuration_hash, after.configuration_hash,
          !before.configuration_hash.empty() && !after.configuration_hash.empty());
  return changed;
}

}  // namespace auditor::audit
