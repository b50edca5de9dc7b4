#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

namespace auditor::web {

Answer get_findings(const Context& context) {
  Parameters parameters(context.request);
  storage::FindingFilter filter;
  filter.clusters = parameters.many("cluster");
  filter.jobs = parameters.many("job");
  filter.checks = parameters.many("check");
  filter.practices = parameters.many("practice");
  filter.severities =
      parameters.many_of("severity", &model::parse_severity, "info, low, medium, high or critical");
  filter.states =
      parameters.many_of("state", &model::parse_finding_state, "pending, firing or resolved");
  filter.waived = parameters.flag("waived");
  filter.since = parameters.time("since");
  filter.until = parameters.time("until");
  filter.limit = parameters.number("limit", 100, 1'000);
  filter.cursor = parameters.one("cursor");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto page =
      context.readers.read([&filter](storage::Reader& reader) { return reader.findings(filter); });
  if (!page) {
    return tl::unexpected(page.error());
  }
  Json rows = Json::array();
  for (const model::Finding& finding : page->items) {
    rows.push_back(finding_json(finding));
  }
  return json_page(context.request, {{"findings", std::move(rows)}}, page->next);
}

Answer get_finding(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const std::string& id = context.captures.at(0);
  const auto found =
      context.readers.read([&id](storage::Reader& reader) { return reader.finding(id); });
  if (!found) {
    return tl::unexpected(found.error());
  }
  if (!*found) {
    return refuse(404, fmt::format("there is no finding \"{}\"", id));
  }
  Json document = finding_json((*found)->finding);
  Json history = Json::array();
  for (const model::Transition& transition : (*found)->transitions) {
    history.push_back(transition_json(transition));
  }
  document["history"] = std::move(history);
  return json_response(document);
}

}  // namespace auditor::web
