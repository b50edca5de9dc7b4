#include "collectors/answer.h"

#include <fmt/format.h>

#include "base/text.h"
#include "collectors/wire/errors.h"

namespace auditor::collectors {

namespace {

constexpr std::size_t longest_excerpt = 160;

base::Error status_error(std::string_view path, const Answer& answer) {
  std::string text;
  switch (answer.status) {
    case 401:
      text =
          "401 Unauthorized: a proxy in front wants credentials; give them with --token-file or "
          "--header";
      break;
    case 403:
      text = "403 Forbidden: the credentials are not enough, or a proxy forbids this path";
      break;
    case 404:
      text = "404 Not Found";
      break;
    case 503:
      text = "503 Service Unavailable";
      break;
    default:
      text = fmt::format("status {}", answer.status);
  }
  if (answer.status >= 300 && answer.status < 400) {
    text = fmt::format(
        "redirected to \"{}\", which is not followed: give that address, or log in past the proxy",
        base::shorten(base::printable(answer.location), longest_excerpt));
  }
  const std::string flink_says = wire::first_error(answer.body);
  if (!flink_says.empty()) {
    text += fmt::format(" ({})", base::shorten(base::printable(flink_says), longest_excerpt));
  }
  return {base::ErrorKind::http_status, fmt::format("GET {}: {}", path, text), answer.status};
}

}  // namespace

base::Result<std::string_view> usable_body(std::string_view path, const Answer& answer) {
  if (answer.status != 200) {
    return tl::unexpected(status_error(path, answer));
  }
  const std::string_view start = base::trim(std::string_view(answer.body).substr(0, 256));
  if (start.starts_with('<') || answer.content_type.starts_with("text/html")) {
    return base::fail(
        base::ErrorKind::not_flink,
        fmt::format("GET {}: an HTML page instead of JSON: not Flink's REST API, or a login page "
                    "in front of it",
                    path));
  }
  if (start.empty()) {
    return base::fail(base::ErrorKind::malformed, fmt::format("GET {}: an empty answer", path));
  }
  if (start.front() != '{' && start.front() != '[') {
    return base::fail(base::ErrorKind::not_flink,
                      fmt::format("GET {}: \"{}\" instead of JSON: is this Flink's REST API?", path,
                                  base::shorten(base::printable(start), 20)));
  }
  return answer.body;
}

}  // namespace auditor::collectors
