#include "cli/server.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "http/client.h"
#include "model/report_reader.h"
#include "model/verdict_json.h"

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

base::Result<nlohmann::json> get_object(const http::Target& server, const std::string& path) {
  const auto body = get(server, path);
  if (!body) {
    return tl::unexpected(body.error());
  }
  auto document = nlohmann::json::parse(*body, nullptr, false);
  if (!document.is_object()) {
    return base::fail(base::ErrorKind::malformed,
                      server.base_url + ": the answer is not flink-auditd's");
  }
  return document;
}

/// Whether the latest of its changes up to `at` left it open.
bool was_open(const nlohmann::json& finding, base::Timestamp at) {
  bool open = false;
  const auto history = finding.find("history");
  if (history == finding.end() || !history->is_array()) {
    return false;
  }
  for (const auto& transition : *history) {
    const auto when = base::parse_rfc3339(text_of(transition, "at"));
    if (when && *when <= at) {
      open = text_of(transition, "to") != "resolved";
    }
  }
  return open;
}

}  // namespace

base::Result<model::AuditReport> read_past_from_server(const std::string& server,
                                                       const std::string& cluster,
                                                       base::Timestamp at,
                                                       const AccessOptions& options) {
  const auto target = resolve(server, options);
  if (!target) {
    return tl::unexpected(target.error());
  }
  const auto names = clusters_of(*target);
  if (!names) {
    return tl::unexpected(names.error());
  }
  if (std::ranges::find(*names, cluster) == names->end()) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("{} watches no cluster \"{}\"; it watches {}", target->base_url,
                                  cluster, base::shorten(base::join(*names, ", "), 400)));
  }
  model::AuditReport report;
  report.name = cluster;
  report.target = cluster;
  report.taken_at = at;
  std::vector<model::Verdict> found;
  const std::string query =
      fmt::format("/api/v1/findings?cluster={}&since={}&until={}&limit=1000", encoded(cluster),
                  encoded(base::format_rfc3339(at)),
                  encoded(base::format_rfc3339(at + std::chrono::milliseconds(1))));
  std::string cursor;
  do {
    const auto page =
        get_object(*target, cursor.empty() ? query : query + "&cursor=" + encoded(cursor));
    if (!page) {
      return tl::unexpected(page.error());
    }
    for (auto finding : page->value("findings", nlohmann::json::array())) {
      if (finding.value("episodes", 1) > 1) {
        const auto whole = get_object(*target, "/api/v1/findings/" + text_of(finding, "id"));
        if (!whole) {
          return tl::unexpected(whole.error());
        }
        if (!was_open(*whole, at)) {
          continue;
        }
      }
      finding["verdict"] = "fail";  // the list leaves out what all of it are
      finding.erase("waiver");
      if (auto verdict = model::verdict_from_json(finding.dump())) {
        found.push_back(std::move(*verdict));
      }
    }
    cursor = text_of(*page, "next");
  } while (!cursor.empty());
  report.results = std::move(found);
  return report;
}

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
