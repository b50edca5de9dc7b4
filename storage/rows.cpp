#include "storage/rows.h"

#include <array>
#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/verdict_json.h"

namespace auditor::storage::rows {

namespace {

using Json = nlohmann::json;

constexpr std::size_t bits_of_a_byte = 8;

template <class Enum>
Enum enumerator(sqlite::Statement& row) {
  return static_cast<Enum>(row.integer());
}

/// A public id; empty where there is none, as in a row that is the cluster's own.
std::string id(sqlite::Statement& row) {
  return sqlite::to_hex(row.blob());
}

std::vector<model::DeploymentVertex> vertices_of(const std::string& column) {
  std::vector<model::DeploymentVertex> vertices;
  const Json parsed = Json::parse(column, nullptr, false);
  if (!parsed.is_array()) {
    return vertices;
  }
  vertices.reserve(parsed.size());
  for (const Json& item : parsed) {
    if (!item.is_object() || !item.contains("id") || !item["id"].is_string()) {
      continue;
    }
    model::DeploymentVertex& vertex = vertices.emplace_back();
    vertex.id = model::JobVertexId(item["id"].get<std::string>());
    vertex.name = item.value("name", "");
    if (const auto found = item.find("max_parallelism");
        found != item.end() && found->is_number_integer()) {
      vertex.max_parallelism = found->get<std::int64_t>();
    }
    if (const auto found = item.find("state_size");
        found != item.end() && found->is_number_integer()) {
      vertex.state_size = base::Bytes{found->get<std::int64_t>()};
    }
  }
  return vertices;
}

using Times = model::SubtaskState::Times;

constexpr std::array<std::pair<std::string_view, std::optional<model::milliseconds> Times::*>, 4>
    times{{{"start_delay", &Times::start_delay},
           {"alignment", &Times::alignment},
           {"sync", &Times::sync},
           {"async", &Times::async}}};

std::optional<model::CriticalPath> critical_path_of(const std::optional<std::string>& column) {
  if (!column) {
    return std::nullopt;
  }
  const Json parsed = Json::parse(*column, nullptr, false);
  if (!parsed.is_object()) {
    return std::nullopt;
  }
  const auto number = [&parsed](std::string_view name) -> std::optional<std::int64_t> {
    const auto found = parsed.find(name);
    return found != parsed.end() && found->is_number_integer()
               ? std::optional(found->get<std::int64_t>())
               : std::nullopt;
  };
  const auto text = [&parsed](std::string_view name) {
    const auto found = parsed.find(name);
    return found != parsed.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  model::CriticalPath path;
  path.vertex_name = text("vertex");
  path.task_manager = text("task_manager");
  path.host = text("host");
  path.times.subtask = static_cast<std::size_t>(number("subtask").value_or(0));
  path.times.whole = model::milliseconds(number("whole").value_or(0));
  for (const auto& [name, member] : times) {
    if (const auto value = number(name)) {
      path.times.*member = model::milliseconds(*value);
    }
  }
  return path;
}

}  // namespace

model::JobRecord job(sqlite::Statement& row) {
  model::JobRecord job;
  job.id = id(row);
  job.cluster = row.text();
  job.key = row.text();
  job.name = row.text();
  job.flink_job_id = model::JobId(row.text());
  job.state = enumerator<model::JobState>(row);
  job.type = enumerator<model::JobType>(row);
  job.first_seen = row.time();
  job.last_seen = row.time();
  job.ended_at = row.optional<base::Timestamp>();
  return job;
}

model::Deployment deployment(sqlite::Statement& row) {
  model::Deployment deployment;
  deployment.job = id(row);
  deployment.flink_job_id = model::JobId(row.text());
  deployment.started_at = row.optional<base::Timestamp>();
  deployment.seen_at = row.time();
  deployment.plan_hash = row.text();
  deployment.configuration_hash = row.text();
  deployment.flink_version = row.text();
  deployment.parallelism = row.optional<std::int64_t>();
  deployment.changed = list_of(row.text());
  deployment.state_backend = row.text();
  deployment.checkpoint_storage = row.text();
  deployment.vertices = vertices_of(row.text());
  return deployment;
}

base::Result<model::Finding> finding(sqlite::Statement& row) {
  model::Finding finding;
  finding.id = id(row);
  finding.cluster = row.text();
  finding.job = id(row);
  finding.state = enumerator<model::FindingState>(row);
  finding.first_seen = row.time();
  finding.pending_since = row.time();
  finding.firing_since = row.optional<base::Timestamp>();
  finding.resolved_at = row.optional<base::Timestamp>();
  finding.last_failed = row.time();
  finding.episodes = row.integer();
  finding.waiver = row.text();
  auto verdict = model::verdict_from_json(row.text());
  if (!verdict) {
    return tl::unexpected(verdict.error().prefixed("finding " + finding.id));
  }
  finding.verdict = std::move(*verdict);
  return finding;
}

model::VerdictInterval verdict(sqlite::Statement& row) {
  model::VerdictInterval interval;
  interval.job = id(row);
  interval.check = row.text();
  interval.fingerprint = model::Fingerprint::from_text(id(row));
  interval.outcome = enumerator<model::Outcome>(row);
  interval.severity = enumerator<model::Severity>(row);
  interval.vertex_name = row.text();
  interval.text = row.text();
  interval.opened_at = row.time();
  interval.closed_at = row.optional<base::Timestamp>();
  return interval;
}

model::Transition transition(sqlite::Statement& row) {
  model::Transition transition;
  transition.id = row.integer();
  transition.finding = id(row);
  if (const auto from = row.optional<std::int64_t>()) {
    transition.from = static_cast<model::FindingState>(*from);
  }
  transition.to = enumerator<model::FindingState>(row);
  transition.at = row.time();
  transition.severity = enumerator<model::Severity>(row);
  transition.waived = row.integer() != 0;
  transition.reason = row.text();
  return transition;
}

model::CheckpointRecord checkpoint(sqlite::Statement& row) {
  model::CheckpointRecord checkpoint;
  checkpoint.job = id(row);
  checkpoint.flink_job_id = model::JobId(id(row));
  checkpoint.checkpoint_id = row.integer();
  checkpoint.status = enumerator<model::CheckpointStatus>(row);
  checkpoint.is_savepoint = row.integer() != 0;
  checkpoint.triggered_at = row.time();
  checkpoint.duration = row.optional<model::milliseconds>();
  checkpoint.checkpointed_size = row.optional<base::Bytes>();
  checkpoint.state_size = row.optional<base::Bytes>();
  checkpoint.start_delay = row.optional<model::milliseconds>();
  checkpoint.alignment = row.optional<model::milliseconds>();
  checkpoint.sync = row.optional<model::milliseconds>();
  checkpoint.async = row.optional<model::milliseconds>();
  checkpoint.critical_path = critical_path_of(row.optional<std::string>());
  checkpoint.failure = row.text();
  return checkpoint;
}

model::ScorePoint score(sqlite::Statement& row) {
  model::ScorePoint point;
  point.job = id(row);
  point.at = row.time();
  point.value = row.optional<double>();
  point.coverage = row.real();
  return point;
}

model::Event event(sqlite::Statement& row) {
  model::Event event;
  event.job = id(row);
  event.kind = enumerator<model::EventKind>(row);
  event.at = row.time();
  event.from = row.text();
  event.to = row.text();
  event.detail = row.text();
  return event;
}

std::int64_t rank_of(model::FindingState state, model::Severity severity) {
  const std::int64_t group = state == model::FindingState::firing    ? 0
                             : state == model::FindingState::pending ? 1
                                                                     : 2;
  constexpr std::int64_t severities = 5;
  return group * severities + (severities - 1 - static_cast<std::int64_t>(severity));
}

model::ActiveHours job_hours(sqlite::Statement& row) {
  model::ActiveHours hours;
  hours.newest = row.integer();
  hours.watched_since = row.time();
  hours.last_moved = row.time();
  const std::string bytes = row.blob();
  for (std::size_t i = 0; i < hours.moved.size() && i / bits_of_a_byte < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i / bits_of_a_byte]);
    hours.moved[i] = ((byte >> (i % bits_of_a_byte)) & 1U) != 0;
  }
  return hours;
}

std::string to_column(const model::ActiveHours& hours) {
  std::string bytes(hours.moved.size() / bits_of_a_byte, '\0');
  for (std::size_t i = 0; i < hours.moved.size(); ++i) {
    if (hours.moved[i]) {
      const auto byte = static_cast<unsigned char>(bytes[i / bits_of_a_byte]);
      bytes[i / bits_of_a_byte] = static_cast<char>(byte | (1U << (i % bits_of_a_byte)));
    }
  }
  return bytes;
}

std::string to_column(const std::vector<std::string>& list) {
  return Json(list).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_column(const std::map<std::string, std::string>& map) {
  return Json(map).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_column(const std::map<std::string, std::int64_t>& map) {
  return Json(map).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_column(const std::vector<model::DeploymentVertex>& vertices) {
  Json list = Json::array();
  for (const model::DeploymentVertex& vertex : vertices) {
    Json& item = list.emplace_back(Json{{"id", vertex.id.value}, {"name", vertex.name}});
    if (vertex.max_parallelism) {
      item["max_parallelism"] = *vertex.max_parallelism;
    }
    if (vertex.state_size) {
      item["state_size"] = vertex.state_size->count;
    }
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_column(const model::CriticalPath& path) {
  Json json{{"vertex", path.vertex_name},
            {"task_manager", path.task_manager},
            {"host", path.host},
            {"subtask", path.times.subtask},
            {"whole", path.times.whole.count()}};
  for (const auto& [name, member] : times) {
    if (path.times.*member) {
      json[std::string(name)] = (path.times.*member)->count();
    }
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> list_of(const std::string& column) {
  std::vector<std::string> list;
  const Json parsed = Json::parse(column, nullptr, false);
  if (parsed.is_array()) {
    for (const Json& item : parsed) {
      if (item.is_string()) {
        list.push_back(item.get<std::string>());
      }
    }
  }
  return list;
}

std::map<std::string, std::string> labels_of(const std::string& column) {
  std::map<std::string, std::string> labels;
  const Json parsed = Json::parse(column, nullptr, false);
  if (parsed.is_object()) {
    for (const auto& [name, value] : parsed.items()) {
      if (value.is_string()) {
        labels[name] = value.get<std::string>();
      }
    }
  }
  return labels;
}

std::map<std::string, std::int64_t> numbers_of(const std::string& column) {
  std::map<std::string, std::int64_t> numbers;
  const Json parsed = Json::parse(column, nullptr, false);
  if (parsed.is_object()) {
    for (const auto& [name, value] : parsed.items()) {
      if (value.is_number_integer()) {
        numbers[name] = value.get<std::int64_t>();
      }
    }
  }
  return numbers;
}

}  // namespace auditor::storage::rows
