#include <string>

#include "base/header.h"
#include "http/client.h"

namespace auditor::http {

base::Result<void> check_credentials(const Target& target) {
  if (!base::is_one_line(target.bearer_token)) {
    return base::fail(base::ErrorKind::usage,
                      "the bearer token must be one line without control characters");
  }
  for (const std::string& line : target.headers) {
    if (auto checked = base::check_header(line); !checked) {
      return checked;
    }
  }
  return {};
}

}  // namespace auditor::http
