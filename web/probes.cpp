#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "version.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// The probes, and what concerns the program itself.
namespace auditor::web {

Answer get_openapi(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  return embedded("openapi.json", "application/json");
}

Answer get_healthy(const Context& /*context*/) {
  return Response{.content_type = "text/plain; charset=utf-8", .body = "flink-auditd lives\n"};
}

Answer get_ready(const Context& context) {
  const DaemonStatus daemon = context.board.daemon();
  if (daemon.ready && daemon.not_ready.empty()) {
    return Response{.content_type = "text/plain; charset=utf-8", .body = "ready\n"};
  }
  return refuse(503,
                daemon.not_ready.empty() ? "not ready yet" : base::join(daemon.not_ready, "; "));
}

Answer post_reload(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  if (const auto done = context.commands.reload(); !done) {
    const bool wrong = done.error().kind == base::ErrorKind::configuration ||
                       done.error().kind == base::ErrorKind::file;
    return refuse(wrong ? 422 : 500,
                  fmt::format("the old configuration keeps running: {}", done.error().message));
  }
  return json_response({{"reloaded", true}});
}

Answer get_status(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const DaemonStatus daemon = context.board.daemon();
  return json_response({{"version", version},
                        {"started_at", time_json(daemon.started_at)},
                        {"ready", daemon.ready && daemon.not_ready.empty()},
                        {"not_ready", daemon.not_ready},
                        {"reloads",
                         {{"count", daemon.reloads},
                          {"failures", daemon.reload_failures},
                          {"last_ok", daemon.last_reload_ok},
                          {"last_error", text_or_null(daemon.last_reload_error)},
                          {"last_at", time_json(daemon.last_reload_at)}}},
                        {"pipeline",
                         {{"queue", daemon.queue},
                          {"queue_capacity", daemon.queue_capacity},
                          {"dropped_snapshots", daemon.dropped_snapshots}}},
                        {"storage",
                         {{"unwritten_records", daemon.unwritten_records},
                          {"failures", daemon.store_failures},
                          {"error", text_or_null(daemon.store_error)},
                          {"database_bytes", daemon.database_size.count},
                          {"write_ahead_log_bytes", daemon.write_ahead_log_size.count}}},
                        {"collection",
                         {{"requests_in_flight", daemon.requests_in_flight},
                          {"lateness_seconds_max", daemon.lateness_seconds_max},
                          {"looks", daemon.lateness_count}}},
                        {"discovery_errors", Json(daemon.discovery_errors)}});
}

}  // namespace auditor::web
