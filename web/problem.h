#pragma once

#include <string>

#include "base/result.h"
#include "web/http.h"

namespace auditor::web {

/// Why a request was not answered: an RFC 9457 problem document to be.
struct Problem {
  int status = 500;
  std::string detail;  ///< for people: what, and how to mend it
  Headers headers;     ///< `allow`, `www-authenticate`, `retry-after`
};

/// The answer of a handler.
using Answer = tl::expected<Response, Problem>;

[[nodiscard]] inline tl::unexpected<Problem> refuse(int status, std::string detail) {
  return tl::unexpected(Problem{status, std::move(detail), {}});
}

/// The problem of an error from another room: `usage` is 400, what cannot be written or read now
/// 503, the rest 500.
Problem problem_of(const base::Error& error);

/// The document, `application/problem+json`.
Response to_response(const Problem& problem);

}  // namespace auditor::web
