#include "cli/server.h"

#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "http/client.h"
#include "model/report_reader.h"

namespace auditor::cli {

namespace {

/// Empty where the member is absent or no text: the server may be anything.
std::string text_of(const nlohmann::json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

base::Result<std::string> get(const http::Target& server, const std::string& path) {
  http::Client client;
  std::optional<base::Result<http::Response>> answer;
  client.get(std::make_shared<const http::Target>(server), path,
             [&answer](http::Outcome outcome) { answer = std::move(outcome.response); });
  while (!answer) {
    constexpr std::chrono::milliseconds tick{100};
    client.poll(tick);
  }
  if (!*answer) {
    return tl::unexpected(answer->error());
  }
  constexpr int ok = 200;
  if ((*answer)->status != ok) {
    const auto problem = nlohmann::json::parse((*answer)->body, nullptr, false);
    const std::string detail = base::printable(text_of(problem, "detail"));
    return tl::unexpected(
        base::Error{base::ErrorKind::http_status,
                    fmt::format("{}{} answers with status {}{}{}", server.base_url, path,
                                (*answer)->status, detail.empty() ? "" : ": ", detail),
                    (*answer)->status});
  }
  return std::move((*answer)->body);
}

base::Result<std::vector<std::string>> clusters_of(const http::Target& server) {
  const auto body = get(server, "/api/v1/clusters");
  if (!body) {
    return tl::unexpected(body.error());
  }
  const auto document = nlohmann::json::parse(*body, nullptr, false);
  if (!document.is_object() || !document.contains("clusters") || !document["clusters"].is_array()) {
    return base::fail(base::ErrorKind::malformed,
                      server.base_url + ": the answer is not flink-auditd's");
  }
  std::vector<std::string> names;
  for (const auto& cluster : document["clusters"]) {
    names.push_back(text_of(cluster, "name"));
  }
  return names;
}

/// A name as a part of a path.
std::string encoded(std::string_view name) {
  std::string path;
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      path += c;
    } else {
      path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return path;
}

}  // namespace

base::Result<model::AuditReport> read_from_server(const std::string& server,
                                                  const std::string& cluster,
                                                  const AccessOptions& options) {
  const auto target = resolve(server, options);
  if (!target) {
    return tl::unexpected(target.error());
  }
  std::string name = cluster;
  if (name.empty()) {
    const auto names = clusters_of(*target);
    if (!names) {
      return tl::unexpected(names.error());
    }
    if (names->size() != 1) {
      return base::fail(
          base::ErrorKind::usage,
          fmt::format("{} watches {}: name one{}{}", target->base_url,
                      base::plural(names->size(), "cluster"), names->empty() ? "" : ": ",
                      base::shorten(base::join(*names, ", "), 400)));
    }
    name = names->front();
  }
  const auto body = get(*target, fmt::format("/api/v1/clusters/{}/report", encoded(name)));
  if (!body) {
    return tl::unexpected(body.error());
  }
  return model::report_from_json(*body).map_error(
      [&target](const base::Error& error) { return error.prefixed(target->base_url); });
}

}  // namespace auditor::cli
