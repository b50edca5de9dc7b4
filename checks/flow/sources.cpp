#include "checks/flow/sources.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::checks {

namespace {

using model::JobDetails;
using model::VertexMetrics;

constexpr std::string_view pending = ".pendingRecords";

std::pair<double, double> least_and_most(std::span<const model::LagPoint> points) {
  const auto [least, most] = std::ranges::minmax(points, {}, &model::LagPoint::pending);
  return {least.pending, most.pending};
}

}  // namespace

bool watched_for_lag(std::span<const model::LagPoint> seen) {
  constexpr std::size_t fewest = 6;
  return seen.size() >= fewest && seen.back().at - seen.front().at >= lag_watch;
}

bool lag_rises(std::span<const model::LagPoint> seen) {
  if (!watched_for_lag(seen)) {
    return false;
  }
  const std::size_t third = seen.size() / 3;
  const auto first = least_and_most(seen.first(third));
  const auto middle = least_and_most(seen.subspan(third, seen.size() - 2 * third));
  const auto last = least_and_most(seen.last(third));
  return middle.first > first.second && last.first > middle.second;
}

std::vector<LaggingSource> sources_that_tell(const Context& context, Verdicts& out) {
  static const std::vector<model::LagPoint> none;
  const auto& job = context.get<JobDetails>();
  const auto& metrics = context.get<VertexMetrics>();
  const model::FlowHistory* const history = context.flow_history();
  std::vector<LaggingSource> sources;
  std::string not_asked;
  for (const model::JobVertex& vertex : job.vertices) {
    if (!is_source(job, vertex.id)) {
      continue;
    }
    const auto sampled = metrics.vertices.find(vertex.id);
    if (sampled == metrics.vertices.end()) {
      not_asked = quoted(vertex);
      continue;
    }
    const bool tells = std::ranges::any_of(sampled->second.values, [](const auto& metric) {
      return metric.first.ends_with(pending) && metric.second.sum;
    });
    if (!tells) {
      continue;
    }
    const std::vector<model::LagPoint>* seen = &none;
    if (history != nullptr) {
      const auto lags = history->lags.find(vertex.id);
      seen = lags == history->lags.end() ? &none : &lags->second;
    }
    sources.push_back({&vertex, &sampled->second, seen});
  }
  if (sources.empty()) {
    if (!not_asked.empty()) {
      out.unknown(context.job(),
                  fmt::format("{}: its metrics were not told, or not asked for", not_asked));
    } else {
      out.not_applicable(context.job(), "no source tells how many records wait (pendingRecords)");
    }
  }
  return sources;
}

std::string SubtasksWithoutSplit::text() const {
  constexpr std::size_t most_named = 8;
  std::vector<std::string> named;
  for (const std::size_t subtask : subtasks) {
    if (named.size() < most_named) {
      named.push_back(fmt::format("{}", subtask + 1));
    }
  }
  const bool one = subtasks.size() == 1;
  return fmt::format(
      "{} {}{} of {} {} read nothing since {} started, while others have, and {} of no records "
      "that wait: no split, or an empty one",
      one ? "subtask" : "subtasks", base::join(named, ", "),
      subtasks.size() > named.size() ? ", …" : "", asked, one ? "has" : "have",
      one ? "it was" : "they were", one ? "tells" : "tell");
}

SubtasksWithoutSplit subtasks_without_split(const Context& context, const LaggingSource& source) {
  SubtasksWithoutSplit found;
  const auto& all = context.get<VertexMetrics>().subtasks;
  const auto answer = all.find(source.vertex->id);
  // What was told before its tasks were started again tells nothing of these.
  if (answer == all.end() || source.seen->empty() ||
      answer->second.observed_at < source.seen->front().at) {
    return found;
  }
  constexpr std::string_view records = ".numRecordsOut";
  bool others_read = false;
  for (const auto& [name, read] : answer->second.values) {
    std::size_t subtask = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), subtask);
    if (!name.ends_with(records) || error != std::errc{} || *end != '.' || !read.sum) {
      continue;
    }
    ++found.asked;
    others_read = others_read || *read.sum > 0;
    const auto* const waiting = answer->second.find(
        fmt::format("{}{}", name.substr(0, name.size() - records.size()), pending));
    if (*read.sum == 0 && (waiting == nullptr || waiting->sum == 0.0)) {
      found.subtasks.push_back(subtask);
      found.evidence.push_back(context.evidence<VertexMetrics>(
          fmt::format("records that subtask {} has read", subtask), 0.0,
          fmt::format("/{}/value", read.index), {}, "records"));
      found.evidence.back().source->path = answer->second.path;
      found.evidence.back().observed_at = answer->second.observed_at;
    }
  }
  if (!others_read) {
    return {};
  }
  std::ranges::sort(found.subtasks);
  constexpr std::size_t most_shown = 4;
  std::ranges::sort(found.evidence, {}, [](const model::Evidence& e) { return e.label.view(); });
  found.evidence.resize(std::min(found.evidence.size(), most_shown));
  return found;
}

model::Evidence pending_evidence(const Context& context, const LaggingSource& source,
                                 base::Wording expected) {
  for (const auto& [name, value] : source.answer->values) {
    if (name.ends_with(pending) && value.sum) {
      model::Evidence evidence = context.evidence<VertexMetrics>(
          name, *value.sum, fmt::format("/{}/sum", value.index), std::move(expected), "records");
      evidence.source->path = source.answer->path;
      evidence.observed_at = source.answer->observed_at;
      return evidence;
    }
  }
  return {};
}

}  // namespace auditor::checks
