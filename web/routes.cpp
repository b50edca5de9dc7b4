#include "web/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "web/handlers.h"

namespace auditor::web {

namespace {

/// The captures where the path fits; nullopt where it does not.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& path) {
  const auto segments = base::split(pattern.substr(1), '/');
  if (segments.size() != path.size()) {
    return std::nullopt;
  }
  std::vector<std::string> captures;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (segments[i].starts_with('{')) {
      if (path[i].empty()) {
        return std::nullopt;
      }
      captures.push_back(path[i]);
    } else if (segments[i] != path[i]) {
      return std::nullopt;
    }
  }
  return captures;
}

}  // namespace

std::span<const Route> routes() {
  static constexpr std::array<Route, 43> all{{
      {"GET", "/", get_page},
      {"GET", "/assets/{name}", get_asset},
      {"GET", "/-/healthy", get_healthy},
      {"GET", "/-/ready", get_ready},
      {"POST", "/-/reload", post_reload},
      {"GET", "/metrics", get_metrics},
      {"GET", "/api/v1/openapi.json", get_openapi},
      {"GET", "/api/v1/status", get_status},
      {"GET", "/api/v1/overview", get_overview},
      {"GET", "/api/v1/fleet", get_fleet},
      {"GET", "/api/v1/fleet/scores", get_fleet_scores},
      {"GET", "/api/v1/changes", get_changes},
      {"GET", "/api/v1/changes/subjects", get_changed_subjects},
      {"GET", "/api/v1/clusters", get_clusters},
      {"GET", "/api/v1/clusters/{name}", get_cluster},
      {"GET", "/api/v1/clusters/{name}/report", get_cluster_report},
      {"GET", "/api/v1/clusters/{name}/report.html", get_cluster_report_page},
      {"GET", "/api/v1/clusters/{name}/timeline", get_cluster_timeline},
      {"POST", "/api/v1/clusters/{name}/audit", post_cluster_audit},
      {"GET", "/api/v1/coverage", get_coverage},
      {"GET", "/api/v1/exceptions", get_exceptions},
      {"GET", "/api/v1/jobs", get_jobs},
      {"GET", "/api/v1/jobs/{id}", get_job},
      {"GET", "/api/v1/jobs/{id}/graph", get_job_graph},
      {"GET", "/api/v1/jobs/{id}/what-if", get_job_what_if},
      {"GET", "/api/v1/jobs/{id}/timeline", get_job_timeline},
      {"GET", "/api/v1/jobs/{id}/checkpoints", get_job_checkpoints},
      {"GET", "/api/v1/findings", get_findings},
      {"GET", "/api/v1/findings/{id}", get_finding},
      {"GET", "/api/v1/checks", get_checks},
      {"GET", "/api/v1/checks/{id}", get_check},
      {"GET", "/api/v1/alerts", get_alerts},
      {"GET", "/api/v1/silences", get_silences},
      {"POST", "/api/v1/silences", post_silence},
      {"DELETE", "/api/v1/silences/{id}", delete_silence},
      {"GET", "/api/v1/receivers", get_receivers},
      {"GET", "/api/v1/notifications", get_notifications},
      {"GET", "/api/v1/notifications/{id}", get_notification},
      {"POST", "/api/v1/notifications/{id}/retry", post_notification_retry},
      {"POST", "/api/v1/digest", post_digest},
      {"GET", "/api/v1/waivers", get_waivers},
      {"POST", "/api/v1/waivers", post_waiver},
      {"DELETE", "/api/v1/waivers/{id}", delete_waiver},
  }};
  return all;
}

tl::expected<FoundRoute, Problem> find_route(const Request& request) {
  // Both sides a view: of a text and a literal the common type is a text, gone with this line.
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  std::vector<std::string> allowed;
  for (const Route& route : routes()) {
    auto captures = match(route.pattern, request.path);
    if (captures && route.method == method) {
      return FoundRoute{&route, *std::move(captures)};
    }
    if (captures) {
      allowed.emplace_back(route.method);
      if (route.method == "GET") {
        allowed.emplace_back("HEAD");
      }
    }
  }
  if (allowed.empty()) {
    return refuse(404, "there is nothing here; /api/v1/openapi.json tells all there is");
  }
  const std::string list = base::join(allowed, ", ");
  return tl::unexpected(Problem{405, fmt::format("only {} work here", list), {{"allow", list}}});
}

}  // namespace auditor::web
