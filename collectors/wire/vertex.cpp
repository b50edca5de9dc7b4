#include "collectors/wire/vertex.h"

#include <algorithm>
#include <string>
#include <utility>

#include "collectors/wire/json.h"

namespace auditor::collectors::wire {

namespace {

/// `host` up to 1.20, then `endpoint` ("host:port"); both are "(unassigned)" before a deployment.
std::string host_of(Object subtask) {
  std::string host = text(subtask, "host").value_or(text(subtask, "endpoint").value_or(""));
  return host.starts_with('(') ? std::string() : host;
}

}  // namespace

base::Result<std::vector<model::SubtaskState::Place>> decode_places(
    std::string_view body, std::span<const std::size_t> subtasks, base::Timestamp since) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto rows = array(*document, "subtasks");
  if (!rows) {
    return base::fail(base::ErrorKind::malformed, "no \"subtasks\" in the vertex");
  }
  std::vector<model::SubtaskState::Place> places;
  for (const Element element : *rows) {
    Object row;
    const auto subtask =
        element.get(row) == simdjson::SUCCESS ? integer(row, "subtask") : std::nullopt;
    if (!subtask || *subtask < 0 ||
        std::ranges::find(subtasks, static_cast<std::size_t>(*subtask)) == subtasks.end()) {
      continue;
    }
    const auto started = timestamp(row, "start-time");
    std::string task_manager = text(row, "taskmanager-id").value_or("");
    if (started && *started <= since && !task_manager.empty() && !task_manager.starts_with('(')) {
      places.push_back({static_cast<std::size_t>(*subtask), std::move(task_manager), host_of(row)});
    }
  }
  return places;
}

}  // namespace auditor::collectors::wire
