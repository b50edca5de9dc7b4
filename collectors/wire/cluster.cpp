#include "collectors/wire/cluster.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "collectors/wire/json.h"
#include "collectors/wire/walk.h"

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

/// What a row tells; false where it is malformed.
bool read_task_manager(walk::Value& row, model::TaskManager& into) {
  const auto read_memory = [&into](walk::Key key, walk::Value& value) {
    if (key == "taskHeap") {
      into.task_heap = to_bytes(walk::integer(value));
    } else if (key == "managedMemory") {
      into.managed_memory = to_bytes(walk::integer(value));
    }
    return true;
  };
  return walk::each_field(row, [&](walk::Key key, walk::Value& value) {
    if (key == "id") {
      into.id = model::TaskManagerId(walk::text(value).value_or(""));
    } else if (key == "path") {
      into.host = host_of(walk::text(value).value_or(""));
    } else if (key == "slotsNumber") {
      into.slots = walk::integer(value);
    } else if (key == "freeSlots") {
      into.free_slots = walk::integer(value);
    } else if (key == "timeSinceLastHeartbeat") {
      const auto at = to_timestamp(walk::integer(value));
      into.last_heartbeat.at = at == base::Timestamp{} ? std::nullopt : at;  // 0: none yet
    } else if (key == "memoryConfiguration") {
      return !walk::is_object(value) || walk::each_field(value, read_memory);
    }
    return true;
  });
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

namespace {

/// `read(row, index)` for each object in an array of the document; false where there is none, or it
/// is malformed.
template <class Read>
bool read_rows(std::string_view body, std::string_view array, Read read) {
  bool found = false;
  return walk::document(body,
                        [&](walk::Object& answer) {
                          return walk::each_field(answer, [&](walk::Key key, walk::Value& value) {
                            if (key != array) {
                              return true;
                            }
                            found = true;
                            return walk::each_element(
                                value, [&read](walk::Value& row, std::size_t index) {
                                  return !walk::is_object(row) || read(row, index);
                                });
                          });
                        }) &&
         found;
}

/// What `read_rows` found wrong.
base::Error why_no_rows(std::string_view body, std::string_view array) {
  const auto document = parse_object(body);
  return document ? lacks(array).value() : document.error();
}

}  // namespace

base::Result<model::TaskManagers> decode_task_managers(std::string_view body) {
  model::TaskManagers task_managers;
  const bool read =
      read_rows(body, "taskmanagers", [&task_managers](walk::Value& row, std::size_t index) {
        model::TaskManager& added = task_managers.list.emplace_back();
        added.index = index;
        return read_task_manager(row, added);
      });
  return read ? base::Result<model::TaskManagers>(std::move(task_managers))
              : tl::unexpected(why_no_rows(body, "taskmanagers"));
}

namespace {

/// `tasks` of a job, by state.
struct TaskCounts {
  std::optional<std::int64_t> total;
  std::optional<std::int64_t> running;
  std::int64_t finished = 0;

  /// Whether every subtask runs or is done with its work.
  [[nodiscard]] std::optional<bool> all_run() const {
    if (!total || !running) {
      return std::nullopt;
    }
    return *total > 0 && *total == *running + finished;
  }
};

/// What a row tells; false where it is malformed.
bool read_job(walk::Value& row, std::optional<model::JobOverview>& into) {
  std::optional<std::string_view> id;
  std::optional<std::string_view> name;
  model::JobOverview job;
  TaskCounts tasks;
  const auto read_tasks = [&tasks](walk::Key key, walk::Value& value) {
    if (key == "total") {
      tasks.total = walk::integer(value);
    } else if (key == "running") {
      tasks.running = walk::integer(value);
    } else if (key == "finished") {
      tasks.finished = walk::integer(value).value_or(0);
    }
    return true;
  };
  const bool read = walk::each_field(row, [&](walk::Key key, walk::Value& value) {
    if (key == "jid") {
      id = walk::text(value);
    } else if (key == "name") {
      name = walk::text(value);
    } else if (key == "state") {
      job.state = model::parse_job_state(walk::text(value).value_or(""));
    } else if (key == "start-time") {
      job.start_time = to_timestamp(walk::integer(value));
    } else if (key == "last-modification") {
      job.last_modified = to_timestamp(walk::integer(value));
    } else if (key == "tasks") {
      return !walk::is_object(value) || walk::each_field(value, read_tasks);
    }
    return true;
  });
  if (read && id) {
    job.id = model::JobId(*id);
    job.name = name.value_or(*id);
    job.all_tasks_run = tasks.all_run();
    into = std::move(job);
  }
  return read;
}

}  // namespace

base::Result<std::vector<model::JobOverview>> decode_overview(std::string_view body) {
  std::vector<model::JobOverview> jobs;
  const bool read = read_rows(body, "jobs", [&jobs](walk::Value& row, std::size_t index) {
    std::optional<model::JobOverview> job;
    const bool well_formed = read_job(row, job);
    if (job) {
      job->index = index;
      jobs.push_back(*std::move(job));
    }
    return well_formed;
  });
  return read ? base::Result<std::vector<model::JobOverview>>(std::move(jobs))
              : tl::unexpected(why_no_rows(body, "jobs"));
}

}  // namespace auditor::collectors::wire
