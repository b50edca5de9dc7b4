#include "collectors/wire/job.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "collectors/wire/flow.h"
#include "collectors/wire/json.h"

namespace auditor::collectors::wire {

namespace {

/// A parallelism or max parallelism. Flink bounds both by 32768 (KeyGroupRangeAssignment) and
/// writes -1 for "not set"; what lies outside is no such number.
std::optional<std::int64_t> parallelism(Object row, std::string_view key) {
  constexpr std::int64_t largest = 32'768;
  const auto value = integer(row, key);
  return value && *value >= -1 && *value <= largest ? value : std::nullopt;
}

model::SubtaskCounts subtask_counts(Object vertex) {
  model::SubtaskCounts counts;
  if (const auto tasks = object(vertex, "tasks")) {
    counts.created = integer(*tasks, "CREATED").value_or(0);
    counts.scheduled = integer(*tasks, "SCHEDULED").value_or(0);
    counts.deploying = integer(*tasks, "DEPLOYING").value_or(0);
    counts.initializing = integer(*tasks, "INITIALIZING").value_or(0);
    counts.running = integer(*tasks, "RUNNING").value_or(0);
    counts.finished = integer(*tasks, "FINISHED").value_or(0);
  }
  return counts;
}

/// When the job last entered each state; Flink writes 0 for "never".
std::map<model::JobState, base::Timestamp> entered_states(Object timestamps) {
  std::map<model::JobState, base::Timestamp> entered;
  for (const auto& [state, ignored] : timestamps) {
    const auto at = timestamp(timestamps, state);
    if (at && at->time_since_epoch().count() > 0) {
      entered[model::parse_job_state(state)] = *at;
    }
  }
  return entered;
}

/// Whether the row has this id; one without is left out, or makes the whole no answer.
bool is_id(Object row, std::string_view id, std::string_view key = "id") {
  return !id.empty() && view(row, key) == id;
}

/// Whether `entered_states` would give this.
bool enters_as(Object timestamps, const std::map<model::JobState, base::Timestamp>& entered) {
  std::size_t count = 0;
  for (const auto& [state, value] : timestamps) {
    std::int64_t at = 0;
    if (value.get(at) != simdjson::SUCCESS || at < 0) {
      return false;
    }
    if (at == 0) {
      continue;
    }
    const auto found = entered.find(model::parse_job_state(state));
    if (found == entered.end() || found->second.time_since_epoch().count() != at) {
      return false;
    }
    ++count;
  }
  return count == entered.size();
}

std::vector<model::JobVertex> vertices(Object job) {
  std::vector<model::JobVertex> found;
  const auto rows = array(job, "vertices");
  if (!rows) {
    return found;
  }
  std::map<std::string, std::size_t> seen;
  std::size_t index = 0;
  for (const Element element : *rows) {
    Object row;
    const auto id = element.get(row) == simdjson::SUCCESS ? text(row, "id") : std::nullopt;
    if (id) {
      model::JobVertex vertex;
      vertex.id = model::JobVertexId(*id);
      vertex.name = text(row, "name").value_or(*id);
      vertex.parallelism = parallelism(row, "parallelism");
      vertex.max_parallelism = parallelism(row, "maxParallelism");
      vertex.status = text(row, "status").value_or("");
      vertex.index = index;
      vertex.ordinal = seen[vertex.name]++;
      vertex.tasks = subtask_counts(row);
      vertex.start_time = timestamp(row, "start-time");
      found.push_back(std::move(vertex));
    }
    ++index;
  }
  return found;
}

/// Whether the rows of an array read as `seen`, one for one; without it there are none.
template <class T, class ReadsAs>
bool has_rows(Object parent, std::string_view key, const std::vector<T>& seen, ReadsAs reads_as) {
  const auto rows = array(parent, key);
  if (!rows) {
    return seen.empty();
  }
  std::size_t place = 0;
  for (const Element element : *rows) {
    Object row;
    if (place == seen.size() || element.get(row) != simdjson::SUCCESS ||
        !reads_as(row, seen[place], place)) {
      return false;
    }
    ++place;
  }
  return place == seen.size();
}

/// Whether `vertices` would give this.
bool has_vertices(Object job, const std::vector<model::JobVertex>& vertices) {
  return has_rows(
      job, "vertices", vertices, [](Object row, const model::JobVertex& vertex, std::size_t place) {
        return vertex.index == place && is_id(row, vertex.id.value) &&
               view(row, "name") == vertex.name && view(row, "status") == vertex.status &&
               parallelism(row, "parallelism") == vertex.parallelism &&
               parallelism(row, "maxParallelism") == vertex.max_parallelism &&
               timestamp(row, "start-time") == vertex.start_time &&
               subtask_counts(row) == vertex.tasks;
      });
}

std::vector<model::PlanInput> inputs(Object node) {
  std::vector<model::PlanInput> found;
  const auto rows = array(node, "inputs");
  if (!rows) {
    return found;
  }
  for (const Element element : *rows) {
    Object row;
    if (element.get(row) == simdjson::SUCCESS) {
      found.push_back({model::JobVertexId(text(row, "id").value_or("")),
                       text(row, "ship_strategy").value_or(""),
                       text(row, "exchange").value_or("")});
    }
  }
  return found;
}

bool is_filled(Object node, std::string_view key) {
  const auto properties = object(node, key);
  return properties && properties->begin() != properties->end();
}

bool from_data_set(Object node) {
  return !view(node, "operator").empty() || is_filled(node, "optimizer_properties");
}

std::vector<model::PlanNode> plan_nodes(Object plan) {
  std::vector<model::PlanNode> found;
  const auto rows = array(plan, "nodes");
  if (!rows) {
    return found;
  }
  std::size_t index = 0;
  for (const Element element : *rows) {
    Object row;
    const auto id = element.get(row) == simdjson::SUCCESS ? text(row, "id") : std::nullopt;
    if (id) {
      model::PlanNode node;
      node.id = model::JobVertexId(*id);
      node.description = text(row, "description").value_or("");
      node.from_data_set = from_data_set(row);
      node.inputs = inputs(row);
      node.index = index;
      found.push_back(std::move(node));
    }
    ++index;
  }
  return found;
}

/// Whether `inputs` would give this.
bool has_inputs(Object node, const std::vector<model::PlanInput>& inputs) {
  return has_rows(node, "inputs", inputs,
                  [](Object row, const model::PlanInput& input, std::size_t /*place*/) {
                    return view(row, "id") == input.id.value &&
                           view(row, "ship_strategy") == input.ship_strategy &&
                           view(row, "exchange") == input.exchange;
                  });
}

/// Whether `plan_nodes` would give this.
bool has_nodes(Object plan, const std::vector<model::PlanNode>& nodes) {
  return has_rows(plan, "nodes", nodes,
                  [](Object row, const model::PlanNode& node, std::size_t place) {
                    return node.index == place && is_id(row, node.id.value) &&
                           view(row, "description") == node.description &&
                           from_data_set(row) == node.from_data_set && has_inputs(row, node.inputs);
                  });
}

/// `job-type` since 1.20, `plan.type` since 1.14; in 1.13 only a blocking exchange tells of batch.
model::JobType job_type(Object job, const std::optional<Object>& plan,
                        const std::vector<model::PlanNode>& nodes) {
  std::string_view type = view(job, "job-type");
  if (type.empty() && plan) {
    type = view(*plan, "type");
  }
  if (type == "STREAMING") {
    return model::JobType::streaming;
  }
  if (type == "BATCH") {
    return model::JobType::batch;
  }
  const bool blocking = std::ranges::any_of(nodes, [](const model::PlanNode& node) {
    return std::ranges::any_of(node.inputs, [](const model::PlanInput& input) {
      return base::to_lower(input.exchange).find("blocking") != std::string::npos;
    });
  });
  return blocking ? model::JobType::batch : model::JobType::unknown;
}

base::Result<model::JobDetails> details_of(Object document) {
  const auto id = text(document, "jid");
  if (!id) {
    return base::fail(base::ErrorKind::not_flink, "JSON without \"jid\": not a Flink job");
  }
  model::JobDetails job;
  job.id = model::JobId(*id);
  job.name = text(document, "name").value_or(*id);
  job.state = model::parse_job_state(view(document, "state"));
  job.start_time = timestamp(document, "start-time");
  if (const auto timestamps = object(document, "timestamps")) {
    job.entered = entered_states(*timestamps);
    if (const auto found = job.entered.find(model::JobState::restarting);
        found != job.entered.end()) {
      job.restarting_at = found->second;
    }
  }
  job.max_parallelism = parallelism(document, "maxParallelism");
  job.vertices = vertices(document);
  const auto plan = object(document, "plan");
  if (plan) {
    job.plan = plan_nodes(*plan);
  }
  job.type = job_type(document, plan, job.plan);
  return job;
}

/// Whether `details_of` would give this: what mostly is so is seen without a copy of any name.
/// Where Flink left out what it always writes, it says no, and the answer is read anew.
bool says_the_same(Object document, const model::JobDetails& job) {
  const auto timestamps = object(document, "timestamps");
  const auto plan = object(document, "plan");
  return is_id(document, job.id.value, "jid") && view(document, "name") == job.name &&
         model::parse_job_state(view(document, "state")) == job.state &&
         timestamp(document, "start-time") == job.start_time &&
         parallelism(document, "maxParallelism") == job.max_parallelism && timestamps &&
         enters_as(*timestamps, job.entered) && has_vertices(document, job.vertices) && plan &&
         has_nodes(*plan, job.plan) && job_type(document, plan, job.plan) == job.type;
}

}  // namespace

base::Result<model::JobDetails> decode_job(std::string_view body) {
  return parse_object(body).and_then(details_of);
}

base::Result<JobAnswer> decode_job_answer(std::string_view body,
                                          const model::Shared<model::JobDetails>& earlier) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  JobAnswer answer;
  if (earlier && says_the_same(*document, *earlier)) {
    answer.details = earlier;
  } else if (auto details = details_of(*document)) {
    answer.details = std::move(*details);
  } else {
    return tl::unexpected(details.error());
  }
  answer.now = timestamp(*document, "now");
  answer.flow = flow_of(*document);
  return answer;
}

base::Result<model::JobDetails> decode_plan(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto inner = object(*document, "plan");
  const Object plan = inner ? *inner : *document;
  const auto rows = array(plan, "nodes");
  if (!rows) {
    return base::fail(base::ErrorKind::not_flink, "JSON without \"nodes\": not a plan of Flink");
  }
  model::JobDetails job;
  job.id = model::JobId(text(plan, "jid").value_or(""));
  job.name = text(plan, "name").value_or("");
  job.plan = plan_nodes(plan);
  if (job.plan.empty()) {
    return base::fail(base::ErrorKind::not_flink,
                      "a plan without vertex ids, as `flink info` prints it: it cannot be told "
                      "which state goes where");
  }
  std::map<std::string, std::size_t> seen;
  for (const model::PlanNode& node : job.plan) {
    Object row;
    if (rows->at(node.index).get(row) != simdjson::SUCCESS) {
      continue;
    }
    model::JobVertex vertex;
    vertex.id = node.id;
    const std::string description = base::unescape_html(node.description);
    vertex.name = description.substr(0, description.find('\n'));
    vertex.parallelism = parallelism(row, "parallelism");
    vertex.index = job.vertices.size();
    vertex.ordinal = seen[vertex.name]++;
    job.vertices.push_back(std::move(vertex));
  }
  job.type = job_type(*document, plan, job.plan);
  return job;
}

base::Result<model::JobConfiguration> decode_job_configuration(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  model::JobConfiguration configuration;
  if (const auto execution = object(*document, "execution-config")) {
    configuration.restart_strategy = text(*execution, "restart-strategy");
  }
  return configuration;
}

base::Result<model::ResourceRequirements> decode_resource_requirements(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  model::ResourceRequirements requirements;
  for (const auto& [vertex, element] : *document) {
    Object row;
    if (element.get(row) != simdjson::SUCCESS) {
      continue;
    }
    const auto parallelism = object(row, "parallelism");
    const auto lower = parallelism ? integer(*parallelism, "lowerBound") : std::nullopt;
    const auto upper = parallelism ? integer(*parallelism, "upperBound") : std::nullopt;
    if (lower && upper) {
      requirements.vertices[model::JobVertexId(std::string(vertex))] = {*lower, *upper};
    }
  }
  return requirements;
}

}  // namespace auditor::collectors::wire
