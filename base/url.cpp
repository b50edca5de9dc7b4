#include "base/url.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/text.h"

namespace auditor::base {
namespace {

// The text as an error may repeat it: user info, query and fragment can hold secrets.
std::string shown(std::string_view text) {
  const auto scheme = text.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string_view rest = text.substr(start);
  std::string masked(text.substr(0, start));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    masked += "***";
    rest.remove_prefix(at);
  }
  masked += rest.substr(0, rest.find_first_of("?#"));
  return printable(masked);
}

/// Says what is wrong with one text.
struct Refuse {
  std::string_view text;
  const UrlWording* wording;

  tl::unexpected<Error> operator()(std::string_view why) const {
    return fail(ErrorKind::usage,
                fmt::format("\"{}\" is not {}: {}",
                            wording->shown.empty() ? shown(text) : printable(wording->shown),
                            wording->what, why));
  }
};

bool is_blank_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

bool is_name_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' ||
         byte >= 0x80;  // an internationalized name, which libcurl encodes
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  const std::string address_text(text.substr(0, text.find('%')));  // the rest is the zone
  return inet_pton(AF_INET6, address_text.c_str(), &address) == 1;
}

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stop, code] = std::from_chars(begin, end, port);
  if (code != std::errc() || stop != end || port < 1 || port > 65535) return std::nullopt;
  return port;
}

Result<std::string> check_host(const Refuse& refuse, std::string_view host) {
  if (host.starts_with('[')) {
    if (is_ipv6(host.substr(1, host.size() - 2))) return to_lower(host);
    return refuse("between the brackets stands no IPv6 address; write it like [::1]");
  }
  std::string lower = to_lower(host);
  if (lower.empty()) return refuse("the host is missing; write it like http://host:8081");
  if (!std::ranges::all_of(lower, is_name_character)) {
    return refuse("the host has a character that no host name has; check the spelling");
  }
  return lower;
}

}  // namespace

std::optional<HostPort> split_host_port(std::string_view text) {
  std::size_t colon = text.find(':');
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    colon = bracket + 1 == text.size() ? std::string_view::npos : bracket + 1;
    if (colon != std::string_view::npos && text[colon] != ':') return std::nullopt;
  }
  if (colon == std::string_view::npos) return HostPort{text, std::nullopt};
  return HostPort{text.substr(0, colon), text.substr(colon + 1)};
}

Result<std::string> normalize_base_url(const std::string& text, const UrlWording& wording) {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty()) {
    return fail(ErrorKind::usage, "no URL given; write it like http://host:8081");
  }
  const Refuse refuse{trimmed, &wording};
  if (std::ranges::any_of(trimmed, is_blank_or_control)) {
    return refuse("it has a space or control character in it; remove or encode it");
  }

  std::string scheme = "http";
  std::string_view rest = trimmed;
  if (const auto mark = rest.find("://"); mark != std::string_view::npos) {
    scheme = to_lower(rest.substr(0, mark));
    rest.remove_prefix(mark + 3);
    if (scheme != "http" && scheme != "https") {
      return refuse("its scheme is not supported; use http:// or https://");
    }
  }
  if (const auto extra = rest.find_first_of("?#"); extra != std::string_view::npos) {
    return refuse(rest[extra] == '?' ? "it has a query; leave out the \"?\" and what follows"
                                     : "it has a fragment; leave out the \"#\" and what follows");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  if (rest.find('@') != std::string_view::npos && rest.find('@') < slash) {
    return refuse(
        fmt::format("user name and password in it would be seen by others on this machine; {}",
                    wording.credentials));
  }

  if (is_ipv6(rest.substr(0, slash))) {
    return refuse("an IPv6 address needs brackets; write it like [::1]:8081");
  }
  const auto authority = split_host_port(rest.substr(0, slash));
  if (!authority) {
    return refuse("the IPv6 address is not closed by \"]\" and a port; write it like [::1]:8081");
  }
  auto host = check_host(refuse, authority->host);
  if (!host) return host;
  std::string url = fmt::format("{}://{}", scheme, *host);
  if (authority->port) {
    const auto port = parse_port(*authority->port);
    if (!port) return refuse("the port is not a number from 1 to 65535");
    fmt::format_to(std::back_inserter(url), ":{}", *port);
  }

  std::string_view path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  url += path;
  return url;
}

}  // namespace auditor::base
