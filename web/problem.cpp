#include "web/problem.h"

#include <nlohmann/json.hpp>

namespace auditor::web {

Problem problem_of(const base::Error& error) {
  switch (error.kind) {
    case base::ErrorKind::usage:
      return {400, error.message, {}};
    case base::ErrorKind::file:
    case base::ErrorKind::timed_out:
      return {503, error.message, {{"retry-after", "5"}}};
    default:
      return {500, error.message, {}};
  }
}

Response to_response(const Problem& problem) {
  using Json = nlohmann::ordered_json;
  const Json document{{"type", "about:blank"},
                      {"title", reason_of(problem.status)},
                      {"status", problem.status},
                      {"detail", problem.detail}};
  Response response{.status = problem.status,
                    .content_type = "application/problem+json",
                    .body = document.dump(2, ' ', false, Json::error_handler_t::replace),
                    .headers = problem.headers};
  response.body += '\n';
  return response;
}

}  // namespace auditor::web
