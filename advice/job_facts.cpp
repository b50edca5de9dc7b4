#include "advice/job_facts.h"

#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace auditor::advice {

namespace {

void add(Facts& facts, std::string label, const std::optional<std::int64_t>& value) {
  if (value) {
    facts.emplace(std::move(label), std::to_string(*value));
  }
}

void add(Facts& facts, std::string label, const std::optional<std::string>& value) {
  if (value && !value->empty()) {
    facts.emplace(std::move(label), base::printable(*value));
  }
}

void add(Facts& facts, std::string label, const std::optional<bool>& value) {
  if (value) {
    facts.emplace(std::move(label), *value ? "on" : "off");
  }
}

void add(Facts& facts, std::string label, const std::optional<std::chrono::milliseconds>& value) {
  if (value) {
    facts.emplace(std::move(label), *value >= model::CheckpointConfiguration::never
                                        ? "off"
                                        : base::format_duration(*value));
  }
}

/// "HASH from Source: in"
std::string inputs_of(const model::PlanNode& node, const model::JobDetails& job) {
  std::vector<std::string> found;
  found.reserve(node.inputs.size());
  for (const model::PlanInput& input : node.inputs) {
    const model::JobVertex* from = job.vertex(input.id);
    found.push_back(
        fmt::format("{} from {}", input.ship_strategy,
                    base::printable(from != nullptr ? from->name : input.id.value.view())));
  }
  return base::join(found, "; ");
}

void add_vertices(Facts& facts, const model::JobDetails& job) {
  for (const model::JobVertex& vertex : job.vertices) {
    const std::string name = fmt::format(
        "\"{}\"{}", base::printable(vertex.name),
        vertex.ordinal == 0 ? std::string() : fmt::format(" (no. {})", vertex.ordinal + 1));
    facts.emplace(fmt::format("id of {}", name), vertex.id.value);
    add(facts, fmt::format("parallelism of {}", name), vertex.parallelism);
    add(facts, fmt::format("max parallelism of {}", name), vertex.max_parallelism);
    if (const model::PlanNode* node = job.node(vertex.id); node != nullptr) {
      add(facts, fmt::format("inputs of {}", name), std::optional(inputs_of(*node, job)));
    }
  }
}

void add_checkpoints(Facts& facts, const model::CheckpointConfiguration& of) {
  add(facts, "checkpoint interval", of.interval);
  add(facts, "checkpoint timeout", of.timeout);
  add(facts, "pause between checkpoints", of.min_pause);
  add(facts, "concurrent checkpoints", of.max_concurrent);
  add(facts, "checkpoint mode", of.mode);
  add(facts, "unaligned checkpoints", of.unaligned);
  add(facts, "tolerable failed checkpoints", of.tolerable_failures);
  add(facts, "checkpoints retained", of.externalized);
  add(facts, "checkpoints deleted on cancellation", of.deleted_on_cancellation);
  add(facts, "state backend", of.state_backend);
  add(facts, "checkpoint storage", of.storage);
  add(facts, "changelog", of.changelog);
}

}  // namespace

Facts facts_of(const model::JobSnapshot& job) {
  Facts facts;
  facts.emplace("JobID", job.overview.id.value);
  if (job.details.known() && !job.details.value->plan.empty()) {
    add(facts, "max parallelism of the job", job.details.value->max_parallelism);
    add_vertices(facts, *job.details.value);
  }
  if (job.checkpoint_configuration.known()) {
    add_checkpoints(facts, *job.checkpoint_configuration.value);
  }
  if (job.configuration.known()) {
    add(facts, "restart strategy", job.configuration.value->restart_strategy);
  }
  return facts;
}

}  // namespace auditor::advice
