#include <nlohmann/json.hpp>

#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// What changed in the whole fleet.
namespace auditor::web {

Answer get_changes(const Context& context) {
  Parameters parameters(context.request);
  storage::TimelineQuery query;
  query.since = parameters.time("since");
  query.until = parameters.time("until");
  query.limit = parameters.number("limit", 50, 1'000);
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto changes =
      context.readers.read([&query](storage::Reader& reader) { return reader.changes(query); });
  if (!changes) {
    return tl::unexpected(changes.error());
  }
  Json transitions = Json::array();
  for (const auto& change : changes->findings) {
    Json row = transition_json(change.transition);
    row["cluster"] = change.cluster;
    row["job"] = text_or_null(change.job);
    row["job_name"] = text_or_null(change.job_name);
    row["check"] = change.check;
    row["message"] = text_or_null(change.message);
    transitions.push_back(std::move(row));
  }
  Json events = Json::array();
  for (const auto& change : changes->events) {
    Json row = event_json(change.event);
    row["cluster"] = change.cluster;
    row["job"] = text_or_null(change.event.job);
    row["job_name"] = text_or_null(change.job_name);
    events.push_back(std::move(row));
  }
  Json hours = Json::array();
  for (const auto& hour : changes->hours) {
    hours.push_back({{"hour", time_json(hour.hour)},
                     {"fired_high", hour.fired_high},
                     {"fired_lower", hour.fired_lower},
                     {"resolved", hour.resolved}});
  }
  return json_response({{"transitions", std::move(transitions)},
                        {"events", std::move(events)},
                        {"hours", std::move(hours)}});
}

Answer get_changed_subjects(const Context& context) {
  Parameters parameters(context.request);
  storage::TimelineQuery query;
  query.since = parameters.time("since");
  query.until = parameters.time("until");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto changed =
      context.readers.read([&query](storage::Reader& reader) { return reader.changed(query); });
  if (!changed) {
    return tl::unexpected(changed.error());
  }
  Json clusters = Json::array();
  for (const storage::ChangedCluster& one : *changed) {
    clusters.push_back({{"cluster", one.cluster}, {"itself", one.itself}, {"jobs", one.jobs}});
  }
  return json_response({{"clusters", std::move(clusters)}});
}

}  // namespace auditor::web
