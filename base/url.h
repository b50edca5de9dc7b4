#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace auditor::base {

/// How `normalize_base_url` words its errors for whoever typed the URL.
struct UrlWording {
  std::string_view what = "a cluster's URL";
  std::string_view credentials = "use --token-file or --header";  ///< in place of user info
  std::string_view shown;  ///< repeated in place of the text, which may hold a secret
};

/// Checks and normalizes what a user typed as a cluster's URL ("host:8081" gets "http://", a slash
/// at the end goes). Errors: `usage`, with what is wrong: scheme, port, user info, query or
/// fragment.
Result<std::string> normalize_base_url(const std::string& text, const UrlWording& wording = {});

/// A host and what stands behind its colon.
struct HostPort {
  std::string_view host;  ///< an IPv6 address with its brackets
  std::optional<std::string_view> port;
};

/// "host", "host:8081", "[::1]:8081" in its parts, which are not checked; nullopt where a bracket
/// is not closed or not followed by a port.
std::optional<HostPort> split_host_port(std::string_view text);

}  // namespace auditor::base
