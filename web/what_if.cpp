#include "advice/what_if.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "advice/what_if_json.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// What another parallelism of a job would come to, by the latest look.
namespace auditor::web {

Answer get_job_what_if(const Context& context) {
  constexpr std::size_t largest = 32'768;
  Parameters parameters(context.request);
  const std::size_t proposed = parameters.number("max_parallelism", 0, largest);
  const bool all = parameters.flag("all").value_or(false);
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto record = named_job(context);
  if (!record) {
    return tl::unexpected(record.error());
  }
  const auto entry = context.board.cluster(record->cluster);
  if (entry && entry->latest_look) {
    const model::Snapshot& snapshot = *entry->latest_look->snapshot;
    const auto job = std::ranges::find_if(snapshot.jobs, [&record](const model::JobSnapshot& one) {
      return one.overview.id == record->flink_job_id;
    });
    if (job != snapshot.jobs.end() && job->details.known()) {
      const auto result = advice::what_if(
          snapshot, *job,
          proposed > 0 ? std::optional(static_cast<std::int64_t>(proposed)) : std::nullopt);
      return json_response(advice::what_if_json(record->name, result, all));
    }
  }
  return json_response(advice::what_if_json(record->name, {}, all));
}

}  // namespace auditor::web
