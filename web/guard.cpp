#include "web/guard.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::web {

namespace {

/// Four decimal numbers, or brackets.
bool is_address(std::string_view host) {
  if (host.starts_with('[')) {
    return true;
  }
  const auto parts = base::split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           return !part.empty() && part.size() <= 3 &&
                  std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
         });
}

/// "host:port" of an origin, without a port that its scheme implies.
std::optional<std::string> authority_of(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) {
      return base::to_lower(origin.substr(scheme.size()));
    }
  }
  return std::nullopt;
}

/// Whether a browser says that another site's page asks for this.
bool is_foreign(const Request& request) {
  if (const auto site = request.header("sec-fetch-site");
      site && *site != "same-origin" && *site != "none") {
    return true;
  }
  const auto origin = request.header("origin");
  return origin && authority_of(*origin) != base::to_lower(request.host);
}

/// For probes, which carry no credentials, and for the page, which knows nothing before it asks.
bool is_open(const Request& request) {
  if (!request.reads()) {
    return false;
  }
  const auto& path = request.path;
  const bool probe =
      path.size() == 2 && path[0] == "-" && (path[1] == "healthy" || path[1] == "ready");
  const bool page = path.size() == 1 && path[0].empty();
  return probe || page || (path.size() == 2 && path[0] == "assets");
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  volatile std::uint8_t difference = 0;  // volatile: the loop must not end early
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = difference | static_cast<std::uint8_t>(a[i] ^ b[i]);
  }
  return difference == 0;
}

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  std::size_t count = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if (++count % 4 != 1) {
      const unsigned shift = 6U - 2U * ((static_cast<unsigned>(count) - 1U) % 4U);
      out += static_cast<char>(bits >> shift & 0xFFU);
    }
  }
  return out;
}

bool Guard::knows_host(std::string_view authority) const {
  const auto name = host_name(authority);
  if (!name) {
    return false;
  }
  if (*name == "localhost" || is_address(*name) || name == host_name(settings_.listen)) {
    return true;
  }
  const std::string whole = base::to_lower(authority);
  return std::ranges::any_of(settings_.allowed_hosts, [&](const std::string& allowed) {
    const std::string pattern = base::to_lower(allowed);
    return base::glob_match(pattern, *name) || base::glob_match(pattern, whole);
  });
}

bool Guard::has_credentials() const {
  return !settings_.bearer_token.empty() ||
         (!settings_.basic_user.empty() && !settings_.basic_password.empty());
}

bool Guard::accepts(std::string_view authorization) const {
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos) {
    return false;
  }
  const std::string scheme = base::to_lower(authorization.substr(0, space));
  const std::string_view value = base::trim(authorization.substr(space + 1));
  if (scheme == "bearer") {
    return !settings_.bearer_token.empty() && equal_in_constant_time(value, settings_.bearer_token);
  }
  if (scheme != "basic" || settings_.basic_user.empty() || settings_.basic_password.empty()) {
    return false;
  }
  const auto given = decode_base64(value);
  return given && equal_in_constant_time(
                      *given, fmt::format("{}:{}", settings_.basic_user, settings_.basic_password));
}

std::optional<Problem> Guard::refuses(const Request& request) const {
  if (!knows_host(request.host)) {
    return Problem{
        421,
        fmt::format("\"{}\" is no host of this server; web.allowed_hosts names more", request.host),
        {}};
  }
  if (!request.reads() && is_foreign(request)) {
    return Problem{403, "another site's page may not change anything here", {}};
  }
  if (is_open(request) || (request.reads() && !settings_.protect_reads)) {
    return std::nullopt;
  }
  if (!has_credentials()) {
    return Problem{
        403,
        request.reads()
            ? "web.protect_reads is on, but neither web.bearer_token_file nor web.basic is set"
            : "changes are off: set web.bearer_token_file or web.basic to allow them (SIGHUP "
              "reloads the configuration without)",
        {}};
  }
  if (const auto authorization = request.header("authorization");
      !authorization || !accepts(*authorization)) {
    Problem problem{401, "a valid bearer token, or user and password, is needed", {}};
    if (!settings_.bearer_token.empty()) {
      problem.headers.emplace_back("www-authenticate", R"(Bearer realm="flink-auditor")");
    }
    if (!settings_.basic_user.empty()) {
      problem.headers.emplace_back("www-authenticate",
                                   R"(Basic realm="flink-auditor", charset="UTF-8")");
    }
    return problem;
  }
  return std::nullopt;
}

}  // namespace auditor::web
