#include "collectors/wire/errors.h"

#include "base/text.h"
#include "collectors/wire/json.h"

namespace auditor::collectors::wire {

std::string first_error(std::string_view body) {
  const auto document = parse_object(body);
  const auto errors = document ? array(*document, "errors") : std::nullopt;
  if (!errors) {
    return {};
  }
  for (const Element error : *errors) {
    std::string_view text;
    if (error.get(text) == simdjson::SUCCESS && !text.starts_with("Internal server error")) {
      constexpr std::string_view frame = "<Exception on server side:";
      text = base::trim(text);
      if (text.starts_with(frame)) {
        text = base::trim(text.substr(frame.size()));
      }
      return std::string(text.substr(0, text.find('\n')));
    }
  }
  return {};
}

}  // namespace auditor::collectors::wire
