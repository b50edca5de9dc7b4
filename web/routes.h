#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "web/app.h"

namespace auditor::web {

/// One row of the API. A pattern's {name} stands for one segment. HEAD goes where GET goes.
struct Route {
  std::string_view method;
  std::string_view pattern;
  Answer (*handler)(const Context& context);
};

/// Every route, each also in web/openapi.json.
std::span<const Route> routes();

struct FoundRoute {
  const Route* route = nullptr;
  std::vector<std::string> captures;
};

/// The route of a request; the problem is 404, or 405 with `Allow`.
tl::expected<FoundRoute, Problem> find_route(const Request& request);

}  // namespace auditor::web
