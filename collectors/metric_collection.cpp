#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "collectors/collection.h"
#include "collectors/metric_questions.h"
#include "collectors/parts.h"
#include "collectors/wire/metrics.h"

/// The part of a collection that asks for metrics. Flink fetches them when somebody asks, every 10
/// s at most, and answers from what it has: a value is as old as the question before (flink-facts
/// A.5).
namespace auditor::collectors {

namespace {

using base::ErrorKind;
using base::Result;
using model::JobVertexId;
using model::Metrics;
using model::Resource;

/// How long a value is not asked for again: a little less than a minute, for looks are not exact.
constexpr std::chrono::seconds value_holds_for{55};
/// How long a source is known to have nothing to ask for: its metrics come with its first records.
constexpr std::chrono::minutes no_names_hold_for{10};
/// Which subtasks of a source have read nothing since they were started changes seldom.
constexpr std::chrono::minutes subtasks_hold_for{10};

base::Error none_yet(const std::string& path) {
  return {ErrorKind::not_recorded, fmt::format("GET {}: Flink has fetched no metrics yet", path)};
}

/// Whether an id may become a part of a path, escaped: TaskManagers have ':' and '.' in theirs.
bool may_stand_in_path(const std::string& id) {
  return !id.empty() && std::ranges::any_of(id, [](char c) { return c != '.'; }) &&
         std::ranges::all_of(id, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_' || c == '.' || c == ':';
         });
}

}  // namespace

void Collection::ask_for_metrics() {
  if (failure_ || snapshot_.is_history_server()) {
    return;
  }
  ask_for_process_metrics();
  for (std::size_t i = 0; i < snapshot_.jobs.size(); ++i) {
    ask_for_vertex_metrics(i);
  }
}

void Collection::ask_for_process_metrics() {
  bool asked = false;
  if (wants(Resource::task_manager_metrics)) {
    const auto* const before = previous_ && previous_->task_manager_metrics.known()
                                   ? &previous_->task_manager_metrics
                                   : nullptr;
    if (before != nullptr) {
      snapshot_.task_manager_metrics = *before;
    }
    if (before == nullptr || began_ - before->observed_at >= value_holds_for) {
      asked = true;
      const std::vector<std::string> names =
          before == nullptr ? std::vector<std::string>{} : before->value->names;
      if (!names.empty()) {
        ask_for_task_manager_metrics(names);
      } else {
        ask("/taskmanagers/metrics", [this](const std::string& from, const Result<Answer>& answer) {
          auto listed = decoded<std::vector<std::string>>(from, answer, wire::decode_metric_names);
          if (!listed) {
            snapshot_.task_manager_metrics.value = tl::unexpected(listed.error());
            return;
          }
          auto chosen = task_manager_metrics(*listed);
          if (chosen.empty()) {
            snapshot_.task_manager_metrics.value = tl::unexpected(none_yet(from));
            return;
          }
          ask_for_task_manager_metrics(std::move(chosen));
        });
      }
    }
  }
  if (wants(Resource::job_manager_metrics)) {
    const bool known = previous_ && previous_->job_manager_metrics.known();
    if (known) {
      snapshot_.job_manager_metrics = previous_->job_manager_metrics;
    }
    // Not in the same look as the others, if there are enough of them: each stays cheap.
    const bool due = !known || began_ - snapshot_.job_manager_metrics.observed_at >=
                                   (asked ? 2 * value_holds_for : value_holds_for);
    if (due) {
      ask_for_job_manager_metrics();
    }
  }
}

/// After a start of a job the TaskManagers are looked at one by one for a while: for their
/// metaspace.
void Collection::note_starts() {
  constexpr std::chrono::minutes looked_at_for{10};
  auto& part = snapshot_.task_manager_metrics;
  if (previous_ && part.known() && started_a_job(snapshot_, *previous_)) {
    part.value.edit().each_until = began_ + looked_at_for;
  }
}

void Collection::ask_for_job_manager_metrics() {
  ask(metrics_path("/jobmanager/metrics", process_metrics(), false),
      [this](const std::string& from, const Result<Answer>& answer) {
        auto values = decoded<model::MetricValues>(from, answer, wire::decode_metrics);
        auto& part = snapshot_.job_manager_metrics;
        part.source = from;
        part.observed_at = time_of(answer);
        if (!values) {
          part.value = tl::unexpected(values.error());
        } else if (values->empty()) {
          part.value = tl::unexpected(none_yet(from));
        } else {
          part.value = model::JobManagerMetrics{{from, part.observed_at, std::move(*values)}};
        }
      });
}

void Collection::ask_for_task_manager_metrics(std::vector<std::string> names) {
  const std::string path = metrics_path("/taskmanagers/metrics", names, true);
  ask(path,
      [this, names = std::move(names)](const std::string& from, const Result<Answer>& answer) {
        auto values = decoded<model::MetricValues>(from, answer, wire::decode_metrics);
        auto& part = snapshot_.task_manager_metrics;
        part.source = from;
        part.observed_at = time_of(answer);
        if (!values) {
          part.value = tl::unexpected(values.error());
          return;
        }
        if (values->empty()) {
          // Other TaskManagers than those whose names these are, perhaps of another release.
          part.value = tl::unexpected(none_yet(from));
          return;
        }
        model::TaskManagerMetrics metrics;
        if (part.known()) {
          metrics.each = part.value->each;
          metrics.each_until = part.value->each_until;
        }
        metrics.all = {from, part.observed_at, std::move(*values)};
        metrics.names = names;
        part.value = std::move(metrics);
        if (one_stands_out(part.value->all) || began_ < part.value->each_until) {
          ask_for_single_task_managers();
        }
      });
}

void Collection::ask_for_single_task_managers() {
  const model::TaskManagers* list = nullptr;
  if (snapshot_.task_managers.known()) {
    list = &*snapshot_.task_managers.value;
  } else if (previous_ && previous_->task_managers.known()) {
    list = &*previous_->task_managers.value;
  }
  if (list == nullptr) {
    return;
  }
  auto& each = snapshot_.task_manager_metrics.value.edit().each;
  std::erase_if(each, [list](const auto& seen) {
    return std::ranges::find(list->list, seen.first, &model::TaskManager::id) == list->list.end();
  });
  std::vector<model::TaskManagerId> due;
  due.reserve(list->list.size());
  for (const model::TaskManager& tm : list->list) {
    if (may_stand_in_path(tm.id.value)) {
      due.push_back(tm.id);
    }
  }
  std::ranges::stable_sort(due, {}, [&each](const model::TaskManagerId& id) {
    const auto seen = each.find(id);
    return seen == each.end() ? base::Timestamp::min() : seen->second.observed_at;
  });
  const std::size_t most = previous_ ? 4 : 20;
  due.resize(std::min(due.size(), most));
  const std::vector<std::string> names = process_metrics();
  for (const model::TaskManagerId& id : due) {
    ask(metrics_path(fmt::format("/taskmanagers/{}/metrics", id.value), names, false),
        [this, id](const std::string& from, const Result<Answer>& answer) {
          auto values = decoded<model::MetricValues>(from, answer, wire::decode_metrics);
          auto& part = snapshot_.task_manager_metrics;
          if (values && !values->empty() && part.known()) {
            part.value.edit().each.insert_or_assign(
                id, Metrics{from, time_of(answer), std::move(*values)});
          }
        });
  }
}

bool Collection::tells_rates_alone() const {
  return wants(Resource::accumulated_times) && snapshot_.cluster.known() &&
         !snapshot_.cluster.value->version.at_least(1, 16);
}

void Collection::ask_for_vertex_metrics(std::size_t index) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  if (!wants(Resource::vertex_metrics) || !job.details.known() || job.details.value->plan.empty()) {
    return;
  }
  if (model::is_terminal(job.details.value->state)) {
    job.vertex_metrics = {model::VertexMetrics{}, job.details.source, job.details.observed_at};
    return;  // it has none any more
  }
  const model::JobDetails& details = *job.details.value;
  const model::JobSnapshot* const earlier = previous_of(job);
  model::Part<model::VertexMetrics>& part = job.vertex_metrics;
  part.source = job.details.source;
  part.observed_at = job.details.observed_at;
  if (earlier != nullptr && earlier->vertex_metrics.known()) {
    part.value = earlier->vertex_metrics.value;
    if (!part.value->not_sampled.empty()) {
      part.value.edit().not_sampled.clear();
    }
  } else {
    part.value = model::VertexMetrics{};
  }
  // What an answer adds to it goes into a copy, where it is the earlier look's.
  const model::Shared<model::VertexMetrics> before_this_look = part.value;
  const model::VertexMetrics& known = *before_this_look;
  std::vector<JobVertexId> behind;
  if (job.flow.known()) {
    const auto* before = !job.flow.value->earlier.empty() ? &job.flow.value->earlier : nullptr;
    if (before == nullptr && earlier != nullptr && earlier->flow.known()) {
      before = &earlier->flow.value->vertices;
    }
    behind = behind_held_up(details, job.flow.value->vertices, before);
  }
  const auto seen_at = [&known](const JobVertexId& id) {
    const auto seen = known.vertices.find(id);
    return seen == known.vertices.end() ? base::Timestamp::min() : seen->second.observed_at;
  };
  const auto is_behind = [&behind](const JobVertexId& id) {
    return std::ranges::find(behind, id) != behind.end();
  };
  // What waits at a source is told from its first records on: names without it are listed again.
  const auto may_tell_more = [this](const model::VertexMetrics& all, const JobVertexId& id) {
    const auto listed = all.listed_at.find(id);
    return listed != all.listed_at.end() && began_ - listed->second >= no_names_hold_for &&
           !tells_what_waits(all.names.at(id));
  };
  std::vector<const model::PlanNode*> due;
  for (const model::PlanNode& node : details.plan) {
    const auto names = known.names.find(node.id);
    const bool nothing_to_ask = names != known.names.end() && names->second.empty();
    const auto seen = seen_at(node.id);
    const bool holds = seen != base::Timestamp::min() &&
                       began_ - seen < (nothing_to_ask ? std::chrono::seconds(no_names_hold_for)
                                                       : value_holds_for);
    const bool lacks_busy_time =
        is_behind(node.id) &&
        (seen == base::Timestamp::min() || known.vertices.at(node.id).find(busy_metric) == nullptr);
    if (is_plain_id(node.id.value) && (!holds || lacks_busy_time)) {
      due.push_back(&node);
    }
  }
  std::ranges::stable_sort(due, {}, [&](const model::PlanNode* node) {
    return std::pair(!is_behind(node->id), seen_at(node->id));
  });
  const std::size_t most = left_for_flow(index);
  std::size_t asked = 0;
  for (const model::PlanNode* const node : due) {
    if (asked >= most || !may_ask_for_vertex(index)) {
      if (!known.vertices.contains(node->id)) {
        part.value.edit().not_sampled.push_back(node->id);
      }
      continue;
    }
    ++asked;
    if (!node->inputs.empty()) {
      std::vector<std::string> names;
      if (tells_rates_alone()) {
        names = rate_metrics();
      } else if (is_behind(node->id)) {
        names.emplace_back(busy_metric);
      }
      names.emplace_back(watermark_metric);
      ask_for_vertex_values(index, node->id, names);
    } else if (const auto names = known.names.find(node->id); names != known.names.end() &&
                                                              !names->second.empty() &&
                                                              !may_tell_more(known, node->id)) {
      ask_for_vertex_values(index, node->id, names->second);
    } else {
      ask_for_vertex_names(index, node->id);
    }
  }
}

void Collection::ask_for_vertex_names(std::size_t index, const JobVertexId& vertex) {
  ask(fmt::format("{}/vertices/{}/subtasks/metrics", snapshot_.jobs[index].details.source,
                  vertex.value),
      [this, index, vertex](const std::string& from, const Result<Answer>& answer) {
        const auto listed =
            decoded<std::vector<std::string>>(from, answer, wire::decode_metric_names);
        auto& metrics = snapshot_.jobs[index].vertex_metrics.value.edit();
        if (!listed || listed->empty()) {
          metrics.not_sampled.push_back(vertex);
          return;
        }
        std::vector<std::string> chosen = source_metrics(*listed);
        if (tells_rates_alone()) {
          std::ranges::move(rate_metrics(), std::back_inserter(chosen));
          metrics.listed_at.insert_or_assign(vertex, time_of(answer));
        }
        const auto [names, ignored] = metrics.names.insert_or_assign(vertex, std::move(chosen));
        if (names->second.empty()) {
          metrics.vertices.insert_or_assign(vertex, Metrics{from, time_of(answer), {}});
        } else if (left_for_flow(index) > 0) {
          ask_for_vertex_values(index, vertex, names->second);
        } else {
          metrics.not_sampled.push_back(vertex);  // the next look asks
        }
      });
}

void Collection::ask_for_vertex_values(std::size_t index, const JobVertexId& vertex,
                                       const std::vector<std::string>& names) {
  ask(metrics_path(fmt::format("{}/vertices/{}/subtasks/metrics",
                               snapshot_.jobs[index].details.source, vertex.value),
                   names, true),
      [this, index, vertex](const std::string& from, const Result<Answer>& answer) {
        auto values = decoded<model::MetricValues>(from, answer, wire::decode_metrics);
        auto& metrics = snapshot_.jobs[index].vertex_metrics.value.edit();
        if (values && !values->empty()) {
          metrics.vertices.insert_or_assign(vertex,
                                            Metrics{from, time_of(answer), std::move(*values)});
          ask_for_idle_subtasks(index, vertex);
        } else if (!metrics.vertices.contains(vertex)) {
          metrics.not_sampled.push_back(vertex);
        }
      });
}

/// Which subtasks of a source have read nothing, where its aggregates say that one has not and
/// others have. One look alone does not ask: it cannot judge sources.
void Collection::ask_for_idle_subtasks(std::size_t index, const JobVertexId& vertex) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  model::VertexMetrics& metrics = job.vertex_metrics.value.edit();
  const std::string idle = operator_with_idle_subtask(metrics.vertices.at(vertex));
  const auto seen = metrics.subtasks.find(vertex);
  if (idle.empty()) {
    metrics.subtasks.erase(vertex);
    return;
  }
  const bool holds =
      seen != metrics.subtasks.end() && began_ - seen->second.observed_at < subtasks_hold_for;
  const model::JobVertex* const details = job.details.value->vertex(vertex);
  if (!previous_ || holds || details == nullptr || left_for_flow(index) == 0 ||
      !may_ask_for_vertex(index)) {
    return;
  }
  ask(metrics_path(fmt::format("{}/vertices/{}/metrics", job.details.source, vertex.value),
                   subtask_metrics(idle, details->parallelism.value_or(1)), false),
      [this, index, vertex](const std::string& from, const Result<Answer>& answer) {
        auto values = decoded<model::MetricValues>(from, answer, wire::decode_metrics);
        if (values && !values->empty()) {
          snapshot_.jobs[index].vertex_metrics.value.edit().subtasks.insert_or_assign(
              vertex, Metrics{from, time_of(answer), std::move(*values)});
        }
      });
}

}  // namespace auditor::collectors
