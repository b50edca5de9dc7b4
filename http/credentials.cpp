#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/text.h"
#include "http/client.h"

namespace auditor::http {
namespace {

using base::ErrorKind;

bool one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           symbols.find(c) != std::string_view::npos;
  });
}

// An error that may tell the header's name, never its value: with no name to tell, the text may be
// a secret.
tl::unexpected<base::Error> refuse_header(std::string_view name) {
  std::string message = R"(a header must be one line "Name: value")";
  if (!name.empty()) message += "; check " + std::string(name);
  return base::fail(ErrorKind::usage, message);
}

}  // namespace

base::Result<void> check_credentials(const Target& target) {
  if (!one_line(target.bearer_token)) {
    return base::fail(ErrorKind::usage,
                      "the bearer token must be one line without control characters");
  }
  // These are curl's to write: a second one would break the request or smuggle another.
  constexpr std::array<std::string_view, 4> reserved{"content-length", "transfer-encoding",
                                                     "connection", "expect"};
  for (const std::string& line : target.headers) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) return refuse_header({});
    const std::string name = line.substr(0, colon);
    if (!is_header_name(name)) return refuse_header({});
    if (!one_line(line) || base::trim(std::string_view(line).substr(colon + 1)).empty()) {
      return refuse_header(name);
    }
    if (std::ranges::find(reserved, base::to_lower(name)) != reserved.end()) {
      return base::fail(ErrorKind::usage, "the header " + name + " cannot be set; leave it out");
    }
  }
  return {};
}

}  // namespace auditor::http
