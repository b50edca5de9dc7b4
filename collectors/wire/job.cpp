#include "collectors/wire/job.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "collectors/wire/flow.h"
#include "collectors/wire/json.h"
#include "collectors/wire/same_job.h"

namespace auditor::collectors::wire {

namespace {

std::optional<std::int64_t> parallelism(Object row, std::string_view key) {
  return to_parallelism(integer(row, key));
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
  job.type = job_type_of(view(document, "job-type"), plan ? view(*plan, "type") : "", job.plan);
  return job;
}

}  // namespace

std::optional<std::int64_t> to_parallelism(std::optional<std::int64_t> count) {
  constexpr std::int64_t largest = 32'768;
  return count && *count >= -1 && *count <= largest ? count : std::nullopt;
}

model::JobType job_type_of(std::string_view of_job, std::string_view of_plan,
                           const std::vector<model::PlanNode>& nodes) {
  const std::string_view type = of_job.empty() ? of_plan : of_job;
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

base::Result<model::JobDetails> decode_job(std::string_view body) {
  return parse_object(body).and_then(details_of);
}

base::Result<JobAnswer> decode_job_answer(std::string_view body,
                                          const model::Shared<model::JobDetails>& earlier) {
  if (earlier) {
    if (auto same = read_same_job(body, *earlier)) {
      return JobAnswer{earlier, same->now, std::move(same->flow)};
    }
  }
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  auto details = details_of(*document);
  if (!details) {
    return tl::unexpected(details.error());
  }
  return JobAnswer{std::move(*details), timestamp(*document, "now"), flow_of(*document)};
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
  job.type = job_type_of(view(*document, "job-type"), view(plan, "type"), job.plan);
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
