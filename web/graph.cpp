#include <algorithm>
#include <cstddef>

#include <nlohmann/json.hpp>

#include "report/job_drawing.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// How a job is built, as the latest look saw it.
namespace auditor::web {

Answer get_job_graph(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto record = named_job(context);
  if (!record) {
    return tl::unexpected(record.error());
  }
  const auto entry = context.board.cluster(record->cluster);
  if (!entry || !entry->latest_look) {
    return json_response(report::graph_json(nullptr, nullptr));
  }
  const auto& jobs = entry->latest_look->snapshot->jobs;
  const auto job = std::ranges::find_if(jobs, [&record](const model::JobSnapshot& candidate) {
    return candidate.overview.id == record->flink_job_id;
  });
  if (job == jobs.end()) {
    return json_response(report::graph_json(nullptr, nullptr));
  }
  const auto& flows = entry->latest_look->flows;
  const auto place = static_cast<std::size_t>(job - jobs.begin());
  return json_response(report::graph_json(&*job, place < flows.size() ? flows[place] : nullptr));
}

}  // namespace auditor::web
