#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/gzip.h"
#include "base/text.h"
#include "report/html.h"
#include "report/job_drawing.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

namespace auditor::web {

namespace {

constexpr base::Bytes most_report = base::mebibytes(256);
constexpr std::size_t worst_shown = 10;

/// Less is worse; clusters without a score last.
double badness(const ClusterEntry& entry) {
  return entry.summary && entry.summary->score.value ? *entry.summary->score.value : 101;
}

/// Counts from critical to info, to compare.
std::array<std::size_t, 5> gravity(const ClusterEntry& entry) {
  std::array<std::size_t, 5> counts{};
  if (entry.summary) {
    std::ranges::reverse_copy(entry.summary->findings.open, counts.begin());
  }
  return counts;
}

void sort_entries(std::vector<ClusterEntry>& entries, std::string_view order) {
  if (order == "score") {
    std::ranges::stable_sort(entries, {}, badness);
  } else if (order == "findings") {
    std::ranges::stable_sort(entries, std::ranges::greater(), gravity);
  } else if (order == "last_success") {
    std::ranges::stable_sort(entries, {},
                             [](const ClusterEntry& entry) { return entry.status.last_success; });
  }
}

bool has_labels(const ClusterEntry& entry, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&entry](const std::string& label) {
    const std::size_t equals = label.find('=');
    const auto found = entry.status.labels.find(label.substr(0, equals));
    return found != entry.status.labels.end() && found->second == label.substr(equals + 1);
  });
}

/// "o120" → 120.
std::optional<std::size_t> offset_of(std::string_view cursor) {
  std::size_t offset = 0;
  if (!cursor.starts_with('o')) {
    return std::nullopt;
  }
  const auto [end, error] =
      std::from_chars(cursor.data() + 1, cursor.data() + cursor.size(), offset);
  return error == std::errc{} && end == cursor.data() + cursor.size() ? std::optional(offset)
                                                                      : std::nullopt;
}

tl::expected<ClusterEntry, Problem> named_cluster(const Context& context) {
  auto entry = context.board.cluster(context.captures.at(0));
  if (!entry) {
    return refuse(404, fmt::format("there is no cluster \"{}\"; /api/v1/clusters lists them",
                                   context.captures.at(0)));
  }
  return *std::move(entry);
}

}  // namespace

Answer get_overview(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  std::vector<ClusterEntry> entries = context.board.clusters();
  Json states{{"total", entries.size()}, {"up", 0}, {"down", 0}, {"gone", 0}, {"pending", 0}};
  Json healths{{"green", 0}, {"amber", 0}, {"red", 0}, {"unknown", 0}};
  const auto raise = [](Json& object, std::string_view name) {
    Json& member = object[std::string(name)];
    member = member.get<std::size_t>() + 1;
  };
  FindingCounts findings;
  std::size_t jobs = 0;
  std::optional<base::Timestamp> updated_at;
  for (const ClusterEntry& entry : entries) {
    raise(states, state_of(entry.status));
    raise(healths, to_text(entry.summary ? entry.summary->health : model::Health::unknown));
    updated_at = std::max(updated_at, entry.status.last_success);
    if (entry.summary) {
      findings += entry.summary->findings;
      jobs += entry.summary->jobs.size();
    }
  }
  const model::Score score = fleet_score(entries);
  std::ranges::stable_sort(entries, {}, [](const ClusterEntry& entry) {
    return std::tuple(badness(entry), entry.status.up);
  });
  Json worst = Json::array();
  for (const ClusterEntry& entry : entries) {
    if (worst.size() == worst_shown) {
      break;
    }
    if (entry.summary) {
      worst.push_back({{"name", entry.status.name},
                       {"state", state_of(entry.status)},
                       {"health", to_text(entry.summary->health)},
                       {"score", score_json(entry.summary->score)},
                       {"findings", counts_json(entry.summary->findings)}});
    }
  }
  return json_response({{"updated_at", time_json(updated_at)},
                        {"clusters", std::move(states)},
                        {"jobs", jobs},
                        {"score", score_json(score)},
                        {"health", std::move(healths)},
                        {"findings", counts_json(findings)},
                        {"worst_clusters", std::move(worst)}});
}

Answer get_clusters(const Context& context) {
  Parameters parameters(context.request);
  const std::string text = base::to_lower(parameters.one("q"));
  const auto labels = parameters.many("label");
  const auto states = parameters.many("state");
  const std::string order =
      parameters.one_of("sort", {"name", "score", "findings", "last_success"});
  const std::size_t limit = parameters.number("limit", 500, 5'000);
  const std::string cursor = parameters.one("cursor");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  for (const std::string& label : labels) {
    if (label.find('=') == std::string::npos) {
      return refuse(400, fmt::format(R"(parameter "label": "{}" must be name=value)", label));
    }
  }
  for (const std::string& state : states) {
    if (state != "up" && state != "down" && state != "gone" && state != "pending") {
      return refuse(400, fmt::format("parameter \"state\": \"{}\" must be up, down, gone or "
                                     "pending",
                                     state));
    }
  }
  const auto offset = cursor.empty() ? std::optional<std::size_t>(0) : offset_of(cursor);
  if (!offset) {
    return refuse(400, "parameter \"cursor\": no page gave it");
  }
  std::vector<ClusterEntry> entries = context.board.clusters();
  std::erase_if(entries, [&](const ClusterEntry& entry) {
    return !has_labels(entry, labels) ||
           (!states.empty() && std::ranges::find(states, state_of(entry.status)) == states.end()) ||
           (base::to_lower(entry.status.name).find(text) == std::string::npos &&
            base::to_lower(entry.status.url).find(text) == std::string::npos);
  });
  sort_entries(entries, order);
  Json rows = Json::array();
  const std::size_t begin = std::min(*offset, entries.size());
  const std::size_t end = std::min(entries.size(), begin + limit);
  for (std::size_t i = begin; i < end; ++i) {
    rows.push_back(cluster_json(entries[i]));
  }
  return json_page(context.request, {{"clusters", std::move(rows)}, {"total", entries.size()}},
                   end < entries.size() ? fmt::format("o{}", end) : std::string());
}

Answer get_cluster(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto entry = named_cluster(context);
  if (!entry) {
    return tl::unexpected(entry.error());
  }
  const ClusterStatus& status = entry->status;
  const auto mean = [&status](double sum) {
    return status.looks > 0 ? Json(rounded(sum / static_cast<double>(status.looks)))
                            : Json(nullptr);
  };
  Json document = cluster_json(*entry);
  document["load"] = {{"looks", status.looks},
                      {"failures", status.failures},
                      {"skipped", status.skipped},
                      {"requests", status.requests},
                      {"received_bytes", status.received_bytes},
                      {"duration_seconds", status.duration_sum_seconds},
                      {"requests_per_look", mean(static_cast<double>(status.requests))},
                      {"bytes_per_look", mean(static_cast<double>(status.received_bytes))}};
  Json jobs = Json::array();
  if (entry->summary) {
    for (const ReportSummary::Job& job : entry->summary->jobs) {
      jobs.push_back({{"flink_job_id", job.id},
                      {"name", job.name},
                      {"state", job.state},
                      {"score", score_json(job.score)},
                      {"health", to_text(job.health)},
                      {"findings", counts_json(job.findings)}});
    }
  }
  document["judged_jobs"] = std::move(jobs);
  return json_response(document);
}

namespace {

/// The document of the latest audit.
tl::expected<std::string, Problem> report_document(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto entry = named_cluster(context);
  if (!entry) {
    return tl::unexpected(entry.error());
  }
  if (entry->report) {
    return model::to_json(*entry->report);
  }
  if (entry->stored_report) {
    auto document = base::gunzip(*entry->stored_report, most_report);
    if (!document) {
      return refuse(500, document.error().message);
    }
    return *std::move(document);
  }
  return tl::unexpected(Problem{503,
                                entry->status.error.empty()
                                    ? "the cluster was not looked at yet"
                                    : fmt::format("no look succeeded yet: {}", entry->status.error),
                                {{"retry-after", "5"}}});
}

}  // namespace

Answer get_cluster_report(const Context& context) {
  auto document = report_document(context);
  if (!document) {
    return tl::unexpected(std::move(document.error()));
  }
  return Response{.body = *std::move(document)};
}

Answer get_cluster_report_page(const Context& context) {
  const auto document = report_document(context);
  if (!document) {
    return tl::unexpected(document.error());
  }
  // After a restart the report of before is there sooner than a look.
  const auto entry = context.board.cluster(context.captures.at(0));
  const std::string drawings =
      entry && entry->report && entry->latest_look
          ? report::drawings_json(*entry->latest_look->snapshot, entry->latest_look->flows)
          : "{}";
  Response response{.content_type = "text/html; charset=utf-8",
                    .body = report::to_html(*document, drawings)};
  // To be kept as a file: here it would be a page of this server's that allows itself scripts.
  response.set("content-disposition", "attachment; filename=\"report.html\"");
  return response;
}

Answer post_cluster_audit(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto entry = named_cluster(context);
  if (!entry) {
    return tl::unexpected(entry.error());
  }
  if (const auto done = context.commands.audit_now(entry->status.name); !done) {
    return done.error().kind == base::ErrorKind::usage ? refuse(404, done.error().message)
                                                       : tl::unexpected(problem_of(done.error()));
  }
  const std::string report =
      fmt::format("/api/v1/clusters/{}/report", encode_percent(entry->status.name));
  Response response = json_response({{"accepted", true}, {"report", report}}, 202);
  response.set("location", report);
  return response;
}

}  // namespace auditor::web
