#include "web/json.h"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/report_json.h"

namespace auditor::web {

Response json_response(const Json& document, int status) {
  Response response{.status = status,
                    .body = document.dump(2, ' ', false, Json::error_handler_t::replace)};
  response.body += '\n';
  return response;
}

Response json_page(const Request& request, Json document, const std::string& next) {
  document["next"] = text_or_null(next);
  Response response = json_response(document);
  if (!next.empty()) {
    std::string link(std::string_view(request.target).substr(0, request.target.find('?')));
    char separator = '?';
    for (const auto& [name, value] : request.query) {
      if (name != "cursor") {
        fmt::format_to(std::back_inserter(link), "{}{}={}", separator, encode_percent(name),
                       encode_percent(value));
        separator = '&';
      }
    }
    response.set("link", fmt::format("<{}{}cursor={}>; rel=\"next\"", link, separator,
                                     encode_percent(next)));
  }
  return response;
}

Json score_json(const model::Score& score) {
  return {{"value", score.value ? Json(rounded(*score.value)) : Json(nullptr)},
          {"grade", score.value ? Json(grade_of(score)) : Json(nullptr)},
          {"coverage", rounded(score.coverage)}};
}

Json counts_json(const FindingCounts& counts) {
  Json object = Json::object();
  for (std::size_t i = counts.open.size(); i-- > 0;) {
    object[std::string(to_text(static_cast<model::Severity>(i)))] = counts.open.at(i);
  }
  object["waived"] = counts.waived;
  return object;
}

Json cost_json(const model::RequestCost& cost) {
  return {{"count", cost.count},
          {"bytes", cost.received.count},
          {"duration_ms", cost.duration.count()}};
}

model::Score fleet_score(const std::vector<ClusterEntry>& entries) {
  model::Score fleet;
  double sum = 0;
  std::size_t scored = 0;
  double coverage = 0;
  std::size_t reported = 0;
  for (const ClusterEntry& entry : entries) {
    if (!entry.summary) {
      continue;
    }
    ++reported;
    coverage += entry.summary->score.coverage;
    if (entry.summary->score.value) {
      sum += *entry.summary->score.value;
      ++scored;
    }
  }
  if (scored > 0) {
    fleet.value = sum / static_cast<double>(scored);
  }
  fleet.coverage = reported > 0 ? coverage / static_cast<double>(reported) : 0;
  return fleet;
}

std::string_view state_of(const ClusterStatus& status) {
  if (status.gone) {
    return "gone";
  }
  if (!status.last_attempt) {
    return "pending";
  }
  return status.up ? "up" : "down";
}

Json cluster_json(const ClusterEntry& entry) {
  const ClusterStatus& status = entry.status;
  const ReportSummary* summary = entry.summary.get();
  return {{"name", status.name},
          {"url", status.url},
          {"labels", Json(status.labels)},
          {"state", state_of(status)},
          {"error", text_or_null(status.error)},
          {"health", to_text(summary != nullptr ? summary->health : model::Health::unknown)},
          {"score", score_json(summary != nullptr ? summary->score : model::Score{})},
          {"findings", counts_json(summary != nullptr ? summary->findings : FindingCounts{})},
          {"jobs", summary != nullptr ? Json(summary->jobs.size()) : Json(nullptr)},
          {"task_managers", summary != nullptr ? or_null(summary->task_managers) : Json(nullptr)},
          {"flink_version", text_or_null(summary != nullptr ? summary->flink_version : "")},
          {"interval_ms", status.interval.count()},
          {"last_attempt", time_json(status.last_attempt)},
          {"last_success", time_json(status.last_success)},
          {"failing_since", time_json(status.failing_since)},
          {"reported_at", time_json(entry.reported_at())},
          {"requests", cost_json(status.last_cost)}};
}

Json job_json(const model::JobRecord& job) {
  std::string_view type;
  if (job.type == model::JobType::streaming) {
    type = "STREAMING";
  } else if (job.type == model::JobType::batch) {
    type = "BATCH";
  }
  return {{"id", job.id},
          {"cluster", job.cluster},
          {"key", job.key},
          {"name", job.name},
          {"flink_job_id", text_or_null(job.flink_job_id.value)},
          {"state", to_text(job.state)},
          {"flink_job_type", text_or_null(type)},
          {"first_seen", time_json(job.first_seen)},
          {"last_seen", time_json(job.last_seen)},
          {"ended_at", time_json(job.ended_at)}};
}

Json finding_json(const model::Finding& finding) {
  Json object{{"id", finding.id},
              {"cluster", finding.cluster},
              {"job", text_or_null(finding.job)},
              {"state", to_text(finding.state)},
              {"first_seen", time_json(finding.first_seen)},
              {"pending_since", time_json(finding.pending_since)},
              {"firing_since", time_json(finding.firing_since)},
              {"resolved_at", time_json(finding.resolved_at)},
              {"last_failed", time_json(finding.last_failed)},
              {"episodes", finding.episodes}};
  object.update(model::verdict_json(*finding.verdict));
  object.erase("verdict");  // it is a fail
  object.erase("reason");   // a fail has none
  object["waiver"] = text_or_null(finding.waiver);
  return object;
}

Json transition_json(const model::Transition& transition) {
  return {{"finding", transition.finding},
          {"from", transition.from ? Json(to_text(*transition.from)) : Json(nullptr)},
          {"to", to_text(transition.to)},
          {"at", time_json(transition.at)},
          {"severity", to_text(transition.severity)},
          {"waived", transition.waived},
          {"reason", text_or_null(transition.reason)}};
}

Json event_json(const model::Event& event) {
  return {{"at", time_json(event.at)},
          {"kind", to_text(event.kind)},
          {"from", text_or_null(event.from)},
          {"to", text_or_null(event.to)},
          {"detail", text_or_null(event.detail)}};
}

Json waiver_json(const WaiverStatus& status) {
  const model::Waiver& waiver = status.waiver;
  std::string_view word = "active";
  if (status.expired) {
    word = "expired";
  } else if (status.matches == 0) {
    word = "unused";
  }
  return {{"id", waiver.id},
          {"check", waiver.check},
          {"cluster", waiver.cluster},
          {"job", waiver.job},
          {"reason", waiver.reason},
          {"owner", waiver.owner},
          {"until", time_json(waiver.until)},
          {"source", to_text(waiver.source)},
          {"created_at", time_json(waiver.created_at)},
          {"status", word},
          {"matches", status.matches}};
}

}  // namespace auditor::web
