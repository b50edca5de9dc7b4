#include "collectors/wire/same_job.h"

#include <algorithm>
#include <map>
#include <utility>

#include "collectors/wire/flow.h"
#include "collectors/wire/json.h"
#include "collectors/wire/walk.h"

namespace auditor::collectors::wire {

namespace {

using walk::Key;
using walk::Value;

bool is_same_entered(Value& timestamps, const std::map<model::JobState, base::Timestamp>& entered) {
  std::size_t count = 0;
  const bool read = walk::each_field(timestamps, [&](Key key, Value& value) {
    const auto at = walk::integer(value);
    if (!at || *at < 0) {
      return false;
    }
    if (*at == 0) {
      return true;
    }
    ++count;
    const auto found = std::ranges::find_if(
        entered, [&key](const auto& state) { return key == model::to_text(state.first); });
    return found != entered.end() && found->second.time_since_epoch().count() == *at;
  });
  return read && count == entered.size();
}

bool is_same_tasks(Value& tasks, const model::SubtaskCounts& seen) {
  model::SubtaskCounts counts;
  const bool read = walk::each_field(tasks, [&counts](Key key, Value& value) {
    std::int64_t* const count = key == "CREATED"        ? &counts.created
                                : key == "SCHEDULED"    ? &counts.scheduled
                                : key == "DEPLOYING"    ? &counts.deploying
                                : key == "INITIALIZING" ? &counts.initializing
                                : key == "RUNNING"      ? &counts.running
                                : key == "FINISHED"     ? &counts.finished
                                                        : nullptr;
    if (count == nullptr) {
      return true;
    }
    const auto number = walk::integer(value);
    *count = number.value_or(0);
    return number.has_value();
  });
  return read && counts == seen;
}

bool read_metrics(Value& metrics, FlowMetrics& into) {
  return walk::each_field(metrics, [&into](Key key, Value& value) {
    if (key == "read-records") {
      into.read = walk::integer(value);
    } else if (key == "read-records-complete") {
      into.read_complete = walk::boolean(value).value_or(false);
    } else if (key == "write-records") {
      into.written = walk::integer(value);
    } else if (key == "write-records-complete") {
      into.written_complete = walk::boolean(value).value_or(false);
    } else if (key == "accumulated-backpressured-time") {
      into.backpressured = walk::number(value);
    } else if (key == "accumulated-idle-time") {
      into.idle = walk::number(value);
    } else if (key == "accumulated-busy-time") {
      into.busy = walk::number(value);
    }
    return true;
  });
}

/// Whether a row is this vertex; its point goes to `points`.
bool is_same_vertex(Value& row, const model::JobVertex& vertex,
                    std::vector<model::FlowPoints::OfVertex>& points) {
  unsigned told = 0;  // of what Flink always tells
  std::optional<std::int64_t> max_parallelism;
  std::optional<std::int64_t> start_time;
  std::optional<FlowMetrics> metrics;
  const bool same = walk::each_field(row, [&](Key key, Value& value) {
    if (key == "id") {
      ++told;
      return walk::is_text(value, vertex.id.value);
    }
    if (key == "name") {
      ++told;
      return walk::is_text(value, vertex.name);
    }
    if (key == "parallelism") {
      ++told;
      return to_parallelism(walk::integer(value)) == vertex.parallelism;
    }
    if (key == "status") {
      ++told;
      return walk::is_text(value, vertex.status);
    }
    if (key == "tasks") {
      ++told;
      return is_same_tasks(value, vertex.tasks);
    }
    if (key == "maxParallelism") {
      max_parallelism = walk::integer(value);
    } else if (key == "start-time") {
      start_time = walk::integer(value);
    } else if (key == "metrics") {
      return read_metrics(value, metrics.emplace());
    }
    return true;
  });
  if (!same || told != 5 || !vertex.parallelism ||
      to_parallelism(max_parallelism) != vertex.max_parallelism ||
      to_timestamp(start_time) != vertex.start_time) {
    return false;
  }
  if (metrics) {
    model::FlowPoint& point = points.emplace_back(vertex.id, point_of(*metrics)).point;
    point.started_at = vertex.start_time;
    point.parallelism = *vertex.parallelism;
  }
  return true;
}

bool is_same_input(Value& row, const model::PlanInput& input) {
  unsigned told = 0;
  const bool same = walk::each_field(row, [&](Key key, Value& value) {
    const base::InlineText* const id = key == "id" ? &input.id.value : nullptr;
    const std::string* const text = key == "ship_strategy" ? &input.ship_strategy
                                    : key == "exchange"    ? &input.exchange
                                                           : nullptr;
    if (id == nullptr && text == nullptr) {
      return true;
    }
    ++told;
    return walk::is_text(value, id != nullptr ? id->view() : *text);
  });
  return same && told == 3;
}

bool is_same_node(Value& row, const model::PlanNode& node, std::size_t index) {
  unsigned told = 0;
  bool from_data_set = false;
  bool has_inputs = false;
  const bool same = walk::each_field(row, [&](Key key, Value& value) {
    if (key == "id") {
      ++told;
      return walk::is_text(value, node.id.value);
    }
    if (key == "description") {
      ++told;
      return walk::is_text(value, node.description);
    }
    if (key == "operator") {
      from_data_set = from_data_set || !walk::is_text(value, "");
    } else if (key == "optimizer_properties") {
      return walk::each_field(value, [&from_data_set](Key /*key*/, Value& /*value*/) {
        from_data_set = true;
        return true;
      });
    } else if (key == "inputs") {
      has_inputs = true;
      return walk::are_same(value, node.inputs,
                            [](Value& input, const model::PlanInput& seen, std::size_t /*index*/) {
                              return is_same_input(input, seen);
                            });
    }
    return true;
  });
  return same && told == 2 && node.index == index && from_data_set == node.from_data_set &&
         (has_inputs || node.inputs.empty());
}

bool is_same_plan(Value& plan, const std::vector<model::PlanNode>& nodes, std::string_view& type) {
  bool has_nodes = false;
  return walk::each_field(plan,
                          [&](Key key, Value& value) {
                            if (key == "type") {
                              type = walk::text(value).value_or("");
                            } else if (key == "nodes") {
                              has_nodes = true;
                              return walk::are_same(value, nodes, is_same_node);
                            }
                            return true;
                          }) &&
         has_nodes;
}

}  // namespace

std::optional<SameJob> read_same_job(std::string_view body, const model::JobDetails& earlier) {
  unsigned told = 0;
  std::optional<std::int64_t> start_time;
  std::optional<std::int64_t> max_parallelism;
  std::optional<base::Timestamp> now;
  std::string_view job_type;
  std::string_view plan_type;
  std::vector<model::FlowPoints::OfVertex> points;
  points.reserve(earlier.vertices.size());
  const auto is_same_field = [&](Key key, Value& value) {
    if (key == "jid") {
      ++told;
      return walk::is_text(value, earlier.id.value);
    }
    if (key == "name") {
      ++told;
      return walk::is_text(value, earlier.name);
    }
    if (key == "state") {
      ++told;
      return model::parse_job_state(walk::text(value).value_or("")) == earlier.state;
    }
    if (key == "timestamps") {
      ++told;
      return is_same_entered(value, earlier.entered);
    }
    if (key == "vertices") {
      ++told;
      return walk::are_same(
          value, earlier.vertices,
          [&points](Value& row, const model::JobVertex& vertex, std::size_t index) {
            return vertex.index == index && is_same_vertex(row, vertex, points);
          });
    }
    if (key == "plan") {
      ++told;
      return is_same_plan(value, earlier.plan, plan_type);
    }
    if (key == "now") {
      now = to_timestamp(walk::integer(value));
    } else if (key == "start-time") {
      start_time = walk::integer(value);
    } else if (key == "maxParallelism") {
      max_parallelism = walk::integer(value);
    } else if (key == "job-type") {
      job_type = walk::text(value).value_or("");
    }
    return true;
  };
  const bool same =
      walk::document(body, [&](walk::Object& job) { return walk::each_field(job, is_same_field); });
  if (!same || told != 6 || !now || to_timestamp(start_time) != earlier.start_time ||
      to_parallelism(max_parallelism) != earlier.max_parallelism ||
      job_type_of(job_type, plan_type, earlier.plan) != earlier.type) {
    return std::nullopt;
  }
  for (auto& [id, point] : points) {
    point.at = *now;
  }
  return SameJob{*now, {model::FlowPoints(std::move(points)), {}}};
}

}  // namespace auditor::collectors::wire
