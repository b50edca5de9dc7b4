#include "checks/operator-uids/operator_ids.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/operator-uids/operator_chain.h"

namespace auditor::checks {

namespace {

constexpr std::size_t most_usual_outputs = 8;
/// Sources that are chained into an operator with several inputs have a position and no line in the
/// plan.
constexpr std::size_t hidden = 8;
constexpr std::size_t most_positions = 10'000;

std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint8_t>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<std::uint8_t>(c - 'a' + 10);
  }
  return std::nullopt;
}

/// Flink names every source "Source: …", after an index where
/// `pipeline.vertex-name-include-index-prefix` asks for one.
bool is_named_source(std::string_view name) {
  if (name.starts_with("[vertex-")) {
    name.remove_prefix(std::min(name.size(), name.find(']') + 1));
  }
  return name.starts_with("Source: ");
}

}  // namespace

std::optional<OperatorId> parse_operator_id(std::string_view text) {
  OperatorId id{};
  if (text.size() != 2 * id.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto high = digit(text[2 * i]);
    const auto low = digit(text[2 * i + 1]);
    if (!high || !low) {
      return std::nullopt;
    }
    id.at(i) = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return id;
}

OperatorId id_of_uid(std::string_view uid) {
  return base::murmur3_x64_128(uid);
}

OperatorId automatic_id(const Position& at, std::span<const OperatorId> inputs) {
  constexpr std::size_t word = sizeof at.position;
  std::vector<std::uint8_t> data((1 + at.chained_outputs) * word);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::uint8_t>(at.position >> 8 * (i % word));
  }
  OperatorId id = base::murmur3_x64_128(data);
  for (const OperatorId& input : inputs) {
    constexpr unsigned factor = 37;
    for (std::size_t i = 0; i < id.size(); ++i) {
      id.at(i) = static_cast<std::uint8_t>(id.at(i) * factor ^ input.at(i));
    }
  }
  return id;
}

std::string to_text(const Position& at) {
  return fmt::format("auto(position {}, {})", at.position,
                     base::plural(at.chained_outputs, "chained output"));
}

SourceIds::SourceIds(const model::JobDetails& job) {
  std::size_t operators = hidden;
  for (const model::PlanNode& node : job.plan) {
    Node& known = nodes_[node.id];
    known.repeated = known.plan != nullptr;
    known.plan = &node;
    const auto chain = parse_chain(node.description);
    operators += chain ? chain->operators.size() : most_operators(node.description);
  }
  too_large_ = operators > most_positions;
  positions_ = static_cast<std::uint32_t>(std::min(operators, most_positions));
  usual_.reserve(positions_ * (most_usual_outputs + 1));
  for (std::uint32_t position = 0; position < positions_; ++position) {
    for (std::size_t outputs = 0; outputs <= most_usual_outputs; ++outputs) {
      const Position at{position, outputs};
      usual_.emplace_back(automatic_id(at), at);
    }
  }
  std::ranges::sort(usual_, [](const auto& a, const auto& b) { return a.first < b.first; });
}

std::optional<Position> SourceIds::find(const OperatorId& id, std::size_t chained_outputs) const {
  // Any number of outputs among the usual ones: what the plan shows is compared by the caller.
  const auto found =
      std::ranges::lower_bound(usual_, id, {}, &std::pair<OperatorId, Position>::first);
  if (found != usual_.end() && found->first == id) {
    return found->second;
  }
  if (chained_outputs > most_usual_outputs) {
    for (std::uint32_t position = 0; position < positions_; ++position) {
      const Position at{position, chained_outputs};
      if (automatic_id(at) == id) {
        return at;
      }
    }
  }
  return std::nullopt;
}

bool SourceIds::is_source(const model::JobVertex& vertex) const {
  const auto node = nodes_.find(vertex.id);
  return node != nodes_.end() && node->second.plan->inputs.empty();
}

HeadOrigin SourceIds::origin(const model::JobVertex& vertex) const {
  const auto undecided = [](std::string reason) {
    return HeadOrigin{.origin = Origin::undecided, .at = {}, .reason = std::move(reason)};
  };
  const auto node = nodes_.find(vertex.id);
  if (node == nodes_.end()) {
    return undecided("Flink's plan lacks this vertex: its chained operators are not known");
  }
  if (node->second.repeated) {
    return undecided("Flink's plan has this id twice");
  }
  if (!node->second.plan->inputs.empty()) {
    return undecided(
        "the automatic id of an operator with inputs depends on the ids of all operators before "
        "it: only sources can be decided so far");
  }
  if (!is_named_source(vertex.name)) {
    return undecided(
        "it has no inputs and yet no source's name: it may have sources chained into it, which "
        "hide the ids that its own depends on");
  }
  const auto id = parse_operator_id(vertex.id.value);
  if (!id) {
    return undecided("its id is not the hash of an operator (32 lower-case hex digits)");
  }
  const auto chain = parse_chain(node->second.plan->description);
  if (!chain) {
    return undecided(
        "the brackets in its description do not match: how many operators are chained to the "
        "source is not known");
  }
  const std::size_t outputs = chain->outputs_of_head();
  if (const auto at = find(*id, outputs)) {
    if (at->chained_outputs == outputs) {
      return {.origin = Origin::automatic, .at = *at, .reason = {}};
    }
    return undecided(fmt::format("its id is {}, but the plan shows {}", to_text(*at),
                                 base::plural(outputs, "chained output")));
  }
  if (too_large_) {
    return undecided(fmt::format(
        "the job may have more than {} operators: not every position was tried", most_positions));
  }
  return {.origin = Origin::explicit_uid, .at = {}, .reason = {}};
}

}  // namespace auditor::checks
