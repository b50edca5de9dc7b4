#include "base/header.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::base {

namespace {

bool is_header_name(std::string_view name) {
  constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           symbols.find(c) != std::string_view::npos;
  });
}

// An error that may tell the header's name, never its value: with no name to tell, the text may be
// a secret.
tl::unexpected<Error> refuse_header(std::string_view name) {
  std::string message = R"(a header must be one line "Name: value")";
  if (!name.empty()) {
    fmt::format_to(std::back_inserter(message), "; check {}", name);
  }
  return fail(ErrorKind::usage, std::move(message));
}

}  // namespace

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

Result<void> check_header(std::string_view line) {
  // These are curl's to write: a second one would break the request or smuggle another.
  constexpr std::array<std::string_view, 4> reserved{"content-length", "transfer-encoding",
                                                     "connection", "expect"};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_header_name(line.substr(0, colon))) {
    return refuse_header({});
  }
  const std::string_view name = line.substr(0, colon);
  if (!is_one_line(line) || trim(line.substr(colon + 1)).empty()) {
    return refuse_header(name);
  }
  if (std::ranges::find(reserved, to_lower(name)) != reserved.end()) {
    return fail(ErrorKind::usage, fmt::format("the header {} cannot be set; leave it out", name));
  }
  return {};
}

}  // namespace auditor::base
