#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// Why jobs failed, over the whole fleet: one entry for each cause.
namespace auditor::web {

namespace {

using model::FailureCause;

struct Place {
  const std::string* cluster;
  const FailureCause* cause;
};

struct Entry {
  std::size_t occurrences = 0;
  std::optional<base::Timestamp> first_at;
  std::optional<base::Timestamp> last_at;
  std::vector<Place> places;

  void add(const Place& place) {
    const FailureCause& cause = *place.cause;
    occurrences += cause.occurrences;
    if (cause.first_at) {
      first_at = std::min(first_at.value_or(*cause.first_at), *cause.first_at);
    }
    last_at = std::max(last_at, cause.last_at);
    places.push_back(place);
  }

  /// The one whose words are shown.
  [[nodiscard]] const FailureCause& latest() const {
    return *std::ranges::max_element(places, {}, [](const Place& place) {
              return place.cause->last_at;
            })->cause;
  }
};

Json entry_json(const std::string& fingerprint, const Entry& entry) {
  Json jobs = Json::array();
  for (const Place& place : entry.places) {
    jobs.push_back({{"cluster", *place.cluster},
                    {"flink_job_id", place.cause->job.value},
                    {"job_name", place.cause->job_name},
                    {"task", text_or_null(place.cause->task)},
                    {"occurrences", place.cause->occurrences},
                    {"first_at", time_json(place.cause->first_at)},
                    {"last_at", time_json(place.cause->last_at)}});
  }
  return {{"fingerprint", fingerprint},
          {"title", entry.latest().title},
          {"stack_trace", entry.latest().trace},
          {"occurrences", entry.occurrences},
          {"first_at", time_json(entry.first_at)},
          {"last_at", time_json(entry.last_at)},
          {"jobs", std::move(jobs)}};
}

}  // namespace

Answer get_exceptions(const Context& context) {
  Parameters parameters(context.request);
  const auto wanted = parameters.many("cluster");
  const std::size_t limit = parameters.number("limit", 100, 1'000);
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  for (const std::string& name : wanted) {
    if (!context.board.cluster(name)) {
      return refuse(404,
                    fmt::format("there is no cluster \"{}\"; /api/v1/clusters lists them", name));
    }
  }
  std::map<std::string, Entry> entries;
  const std::vector<ClusterEntry> clusters = context.board.clusters();
  for (const ClusterEntry& cluster : clusters) {
    const std::string& name = cluster.status.name;
    if (!cluster.report || (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end())) {
      continue;
    }
    for (const FailureCause& cause : cluster.report->failure_causes) {
      entries[cause.fingerprint].add({&name, &cause});
    }
  }
  std::vector<std::pair<const std::string*, const Entry*>> order;
  order.reserve(entries.size());
  for (const auto& [fingerprint, entry] : entries) {
    order.emplace_back(&fingerprint, &entry);
  }
  std::ranges::stable_sort(
      order, [](const auto& a, const auto& b) { return a.second->last_at > b.second->last_at; });
  Json items = Json::array();
  for (const auto& [fingerprint, entry] : order) {
    if (items.size() == limit) {
      break;
    }
    items.push_back(entry_json(*fingerprint, *entry));
  }
  return json_response({{"exceptions", std::move(items)}, {"causes", order.size()}});
}

}  // namespace auditor::web
