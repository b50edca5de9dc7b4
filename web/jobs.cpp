#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

namespace auditor::web {

namespace {

/// What the board's report says of the job now: null where it is not judged now.
Json judged_json(const Context& context, const model::JobRecord& job) {
  const auto entry = context.board.cluster(job.cluster);
  if (entry && entry->summary) {
    for (const ReportSummary::Job& judged : entry->summary->jobs) {
      if (judged.id == job.flink_job_id.value) {
        return {{"state", judged.state},
                {"score", score_json(judged.score)},
                {"health", to_text(judged.health)},
                {"findings", counts_json(judged.findings)},
                {"at", time_json(entry->reported_at())}};
      }
    }
  }
  return nullptr;
}

}  // namespace

tl::expected<model::JobRecord, Problem> named_job(const Context& context) {
  const std::string& id = context.captures.at(0);
  auto found = context.readers.read([&id](storage::Reader& reader) { return reader.job(id); });
  if (!found) {
    return tl::unexpected(found.error());
  }
  if (!*found) {
    return refuse(404, fmt::format("there is no job \"{}\"; /api/v1/jobs lists their ids", id));
  }
  return **std::move(found);
}

Answer get_jobs(const Context& context) {
  Parameters parameters(context.request);
  storage::JobFilter filter;
  filter.clusters = parameters.many("cluster");
  filter.live = parameters.flag("live");
  filter.name = parameters.one("name");
  filter.limit = parameters.number("limit", 100, 1'000);
  filter.cursor = parameters.one("cursor");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto page =
      context.readers.read([&filter](storage::Reader& reader) { return reader.jobs(filter); });
  if (!page) {
    return tl::unexpected(page.error());
  }
  Json rows = Json::array();
  for (const model::JobRecord& job : page->items) {
    rows.push_back(job_json(job));
  }
  return json_page(context.request, {{"jobs", std::move(rows)}}, page->next);
}

Answer get_job(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto job = named_job(context);
  if (!job) {
    return tl::unexpected(job.error());
  }
  Json document = job_json(*job);
  document["judged"] = judged_json(context, *job);
  return json_response(document);
}

}  // namespace auditor::web
