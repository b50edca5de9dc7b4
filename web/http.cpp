#include "web/http.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::web {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

base::Result<void> parse_path(std::string_view path, Request& request) {
  for (const std::string_view segment : base::split(path.substr(1), '/')) {
    auto decoded = decode_percent(segment, false);
    if (!decoded) {
      return base::fail(base::ErrorKind::malformed,
                        "the path has a bad %-escape, a control character or is not UTF-8");
    }
    request.path.push_back(*std::move(decoded));
  }
  return {};
}

base::Result<void> parse_query(std::string_view query, Request& request) {
  for (const std::string_view part : base::split(query, '&')) {
    if (part.empty()) {
      continue;
    }
    const std::size_t equals = part.find('=');
    auto name = decode_percent(part.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string()
                                                  : decode_percent(part.substr(equals + 1), true);
    if (!name || !value) {
      return base::fail(base::ErrorKind::malformed,
                        "the query has a bad %-escape, a control character or is not UTF-8");
    }
    request.query.emplace_back(*std::move(name), *std::move(value));
  }
  return {};
}

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  const auto found =
      std::ranges::find_if(headers, [name](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

void Response::set(std::string_view name, std::string value) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(value, is_control)) {
    return;
  }
  const auto found =
      std::ranges::find_if(headers, [name](const auto& header) { return header.first == name; });
  if (found != headers.end()) {
    found->second = std::move(value);
  } else {
    headers.emplace_back(name, std::move(value));
  }
}

std::string_view reason_of(int status) {
  struct Reason {
    int status;
    std::string_view text;
  };
  constexpr std::array<Reason, 23> reasons{{{200, "OK"},
                                            {201, "Created"},
                                            {202, "Accepted"},
                                            {204, "No Content"},
                                            {304, "Not Modified"},
                                            {400, "Bad Request"},
                                            {401, "Unauthorized"},
                                            {403, "Forbidden"},
                                            {404, "Not Found"},
                                            {405, "Method Not Allowed"},
                                            {408, "Request Timeout"},
                                            {409, "Conflict"},
                                            {411, "Length Required"},
                                            {413, "Content Too Large"},
                                            {414, "URI Too Long"},
                                            {415, "Unsupported Media Type"},
                                            {417, "Expectation Failed"},
                                            {421, "Misdirected Request"},
                                            {422, "Unprocessable Content"},
                                            {431, "Request Header Fields Too Large"},
                                            {500, "Internal Server Error"},
                                            {503, "Service Unavailable"},
                                            {505, "HTTP Version Not Supported"}}};
  const auto* const found = std::ranges::find(reasons, status, &Reason::status);
  return found == reasons.end() ? "Error" : found->text;
}

std::string response_head(const Response& response, base::Timestamp now, bool last) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(now - day));
  std::string out = fmt::format(
      "HTTP/1.1 {} {}\r\nDate: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n", response.status,
      reason_of(response.status), days.at(std::chrono::weekday(day).c_encoding()),
      static_cast<unsigned>(date.day()), months.at(static_cast<unsigned>(date.month()) - 1),
      static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count());
  const bool may_have_body = response.status != 204 && response.status != 304;
  if (may_have_body) {
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\nContent-Length: {}\r\n",
                   response.content_type, response.body.size());
  }
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, value);
  }
  out += last ? "Connection: close\r\n\r\n" : "\r\n";
  return out;
}

std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) {
        return std::nullopt;
      }
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return base::printable(out) == out ? std::optional(std::move(out)) : std::nullopt;
}

std::string encode_percent(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

base::Result<void> parse_target(std::string_view target, Request& request) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (base::to_lower(target.substr(0, scheme.size())) == scheme) {
      target.remove_prefix(scheme.size());
      const std::size_t end = target.find_first_of("/?");
      request.host = target.substr(0, end);
      if (request.host.empty() || request.host.find('@') != std::string::npos) {
        return base::fail(base::ErrorKind::malformed, "the target names no host");
      }
      target = end == std::string_view::npos ? "/" : target.substr(end);
      break;
    }
  }
  if (!target.starts_with('/')) {
    return base::fail(base::ErrorKind::malformed, "the target must begin with a /");
  }
  request.target = target;
  if (target.find('#') != std::string_view::npos) {
    return base::fail(base::ErrorKind::malformed, "the target has a #");
  }
  const std::size_t question = target.find('?');
  if (auto path = parse_path(target.substr(0, question), request); !path) {
    return path;
  }
  return question == std::string_view::npos ? base::Result<void>{}
                                            : parse_query(target.substr(question + 1), request);
}

std::optional<std::string> host_name(std::string_view authority) {
  std::string_view name = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    name = authority.substr(0, end + 1);
    port = authority.substr(end + 1);
    const std::string_view address = name.substr(1, end - 1);
    if (address.empty() || !std::ranges::all_of(address, [](char c) {
          return hex_digit(c) >= 0 || c == ':' || c == '.';
        })) {
      return std::nullopt;
    }
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    name = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (!port.empty() &&
      (port.front() != ':' || port.size() > 6 || !std::ranges::all_of(port.substr(1), is_digit))) {
    return std::nullopt;
  }
  if (name.ends_with('.')) {
    name.remove_suffix(1);
  }
  const auto is_host_character = [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  };
  if (name.empty() || (name.front() != '[' && !std::ranges::all_of(name, is_host_character))) {
    return std::nullopt;
  }
  return base::to_lower(name);
}

}  // namespace auditor::web
