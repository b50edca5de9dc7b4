#include "collectors/wire/cluster.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "collectors/wire/json.h"

namespace auditor::collectors::wire {

namespace {

tl::unexpected<base::Error> lacks(std::string_view field) {
  return base::fail(base::ErrorKind::not_flink,
                    fmt::format("JSON without \"{}\": is this Flink's REST API?", field));
}

/// "akka.tcp://flink@10.0.0.1:40001/user/rpc/taskmanager_0" → "10.0.0.1".
std::string host_of(std::string_view rpc_path) {
  const std::size_t at = rpc_path.find('@');
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view address = rpc_path.substr(at + 1, rpc_path.find('/', at) - at - 1);
  return std::string(address.substr(0, address.rfind(':')));
}

model::TaskManager task_manager(Object row, std::size_t index) {
  model::TaskManager tm;
  tm.id = model::TaskManagerId(text(row, "id").value_or(""));
  tm.host = host_of(text(row, "path").value_or(""));
  tm.slots = integer(row, "slotsNumber");
  tm.free_slots = integer(row, "freeSlots");
  if (const auto memory = object(row, "memoryConfiguration")) {
    tm.task_heap = bytes(*memory, "taskHeap");
    tm.managed_memory = bytes(*memory, "managedMemory");
  }
  tm.index = index;
  tm.last_heartbeat.at = timestamp(row, "timeSinceLastHeartbeat");
  if (tm.last_heartbeat.at == base::Timestamp{}) {
    tm.last_heartbeat.at.reset();  // 0: none yet
  }
  return tm;
}

}  // namespace

base::Result<model::ClusterInfo> decode_cluster(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  auto version = text(*document, "flink-version");
  if (!version) {
    return lacks("flink-version");
  }
  model::ClusterInfo cluster;
  cluster.version = model::parse_flink_version(*version).value_or(
      model::FlinkVersion{.suffix = {}, .text = *version});
  if (const auto features = object(*document, "features")) {
    cluster.history_server = boolean(*features, "web-history").value_or(false);
    cluster.web_submit = boolean(*features, "web-submit");
  }
  return cluster;
}

base::Result<model::Configuration> decode_configuration(std::string_view body) {
  const auto document = parse_array(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  std::vector<model::ConfigurationEntry> entries;
  entries.reserve(document->size());
  for (const Element element : *document) {
    Object row;
    auto key = element.get(row) == simdjson::SUCCESS ? text(row, "key") : std::nullopt;
    auto value = key ? text(row, "value") : std::nullopt;
    if (!value) {
      // A row left out would read as "not set", which is a claim.
      return base::fail(base::ErrorKind::malformed,
                        fmt::format(R"(row {} has no "key" and "value")", entries.size()));
    }
    entries.push_back({std::move(*key), std::move(*value), entries.size()});
  }
  if (entries.empty()) {
    return base::fail(base::ErrorKind::malformed,
                      "an empty list: a JobManager always has some keys");
  }
  return model::Configuration(std::move(entries));
}

base::Result<model::TaskManagers> decode_task_managers(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto rows = array(*document, "taskmanagers");
  if (!rows) {
    return lacks("taskmanagers");
  }
  model::TaskManagers task_managers;
  std::size_t index = 0;
  for (const Element element : *rows) {
    Object row;
    if (element.get(row) == simdjson::SUCCESS) {
      task_managers.list.push_back(task_manager(row, index));
    }
    ++index;
  }
  return task_managers;
}

namespace {

/// Whether every subtask runs or is done with its work.
std::optional<bool> all_tasks_run(Object job) {
  const auto tasks = object(job, "tasks");
  if (!tasks) {
    return std::nullopt;
  }
  const auto total = integer(*tasks, "total");
  const auto running = integer(*tasks, "running");
  if (!total || !running) {
    return std::nullopt;
  }
  return *total > 0 && *total == *running + integer(*tasks, "finished").value_or(0);
}

}  // namespace

base::Result<std::vector<model::JobOverview>> decode_overview(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto rows = array(*document, "jobs");
  if (!rows) {
    return lacks("jobs");
  }
  std::vector<model::JobOverview> jobs;
  std::size_t index = 0;
  for (const Element element : *rows) {
    Object row;
    const auto id = element.get(row) == simdjson::SUCCESS ? text(row, "jid") : std::nullopt;
    if (id) {
      jobs.push_back({model::JobId(*id), text(row, "name").value_or(*id),
                      model::parse_job_state(text(row, "state").value_or("")), index,
                      timestamp(row, "start-time"), timestamp(row, "last-modification"),
                      all_tasks_run(row)});
    }
    ++index;
  }
  return jobs;
}

}  // namespace auditor::collectors::wire
