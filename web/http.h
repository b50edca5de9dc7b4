#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

/// Requests and responses as plain values, so that everything but server.cpp is free of sockets.
namespace auditor::web {

/// Names are in lower case; each name comes once (intake.h refuses what matters twice).
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the first header with the name (lower case); nullopt where there is none.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;             ///< "GET"; a HEAD stays HEAD
  std::vector<std::string> path;  ///< the decoded segments: "/api/v1/a%2Fb" is {"api","v1","a/b"}
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in their order
  std::string target;  ///< path and query as they came, in origin form
  std::string host;    ///< the authority: Host header, or the target's own
  Headers headers;
  std::string body;

  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    return find_header(headers, name);
  }
  /// GET or HEAD.
  [[nodiscard]] bool reads() const { return method == "GET" || method == "HEAD"; }
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  Headers headers{};  ///< beside Content-Type and Content-Length

  /// Adds a header, or replaces it; the name in lower case. A value with a line break or another
  /// control character is not set.
  void set(std::string_view name, std::string value);
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    return find_header(headers, name);
  }
};

/// "Not Found" for 404.
std::string_view reason_of(int status);

/// The response's status line and headers, to be sent before its body.
std::string response_head(const Response& response, base::Timestamp now, bool last);

/// `text` with %XX turned back, and + where `plus_is_space`. nullopt for a bad escape, and for a
/// result with control characters or ill-formed UTF-8: no name of ours has them.
std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space);

/// `text` with everything but unreserved characters as %XX.
std::string encode_percent(std::string_view text);

/// Fills path, query, target and, for the absolute form, host. Errors: `malformed`.
base::Result<void> parse_target(std::string_view target, Request& request);

/// The name without its port, in lower case, from "host:port" or "[::1]:port"; nullopt where it is
/// neither.
std::optional<std::string> host_name(std::string_view authority);

}  // namespace auditor::web
