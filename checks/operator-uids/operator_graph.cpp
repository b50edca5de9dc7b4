#include "checks/operator-uids/operator_graph.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "checks/operator-uids/operator_chain.h"

namespace auditor::checks {

namespace {

/// Flink names every source "Source: …", after an index where
/// `pipeline.vertex-name-include-index-prefix` asks for one.
bool is_named_source(std::string_view name) {
  if (name.starts_with("[vertex-")) {
    name.remove_prefix(std::min(name.size(), name.find(']') + 1));
  }
  return name.starts_with("Source: ") || is_iteration_end(name);
}

/// Those of "Op [Source: a, Source: b]"; a name of a source's own is counted as well, which does no
/// harm.
std::size_t count_hidden_sources(std::string_view name) {
  constexpr std::string_view source = "Source: ";
  std::size_t at = name.find("[Source: ");
  std::size_t count = 0;
  while (at != std::string_view::npos) {
    ++count;
    at = name.find(source, at + source.size());
  }
  return count;
}

void add_chain(OperatorGraph& graph, ChainVertex& vertex, Chain chain) {
  const std::size_t own = graph.vertices.size();
  vertex.first = graph.operators.size();
  vertex.size = chain.operators.size();
  vertex.certain = chain.certain;
  for (ChainedOperator& op : chain.operators) {
    const std::size_t index = graph.operators.size();
    Operator added{std::move(op.name), own, vertex.first + op.parent, 0, std::move(op.outputs)};
    added.depth = added.parent == index ? 0 : graph.operators[added.parent].depth + 1;
    for (std::size_t& output : added.outputs) {
      output += vertex.first;
    }
    graph.operators.push_back(std::move(added));
  }
}

void find_obstacles(ChainVertex& vertex, bool repeated, bool readable, bool parsed) {
  if (repeated) {
    vertex.obstacle = "Flink's plan has this id twice";
  } else if (!readable) {
    vertex.obstacle = "its id is not the hash of an operator (32 lower-case hex digits)";
  } else if (!parsed) {
    vertex.obstacle =
        "the brackets in its description do not match: which operators are chained is not known";
  } else if (vertex.node->inputs.empty() && !is_named_source(vertex.vertex->name)) {
    vertex.hidden_sources = true;
  }
}

}  // namespace

bool is_iteration_end(std::string_view vertex_name) {
  return vertex_name.starts_with("IterationSource-") || vertex_name.starts_with("IterationSink-");
}

OperatorGraph read_operator_graph(const model::JobDetails& job) {
  OperatorGraph graph;
  std::unordered_map<std::string_view, std::size_t> by_id;
  std::unordered_map<std::string_view, const model::JobVertex*> named;
  for (const model::JobVertex& vertex : job.vertices) {
    named.try_emplace(vertex.id.value, &vertex);
  }
  for (const model::PlanNode& node : job.plan) {
    ChainVertex vertex;
    vertex.node = &node;
    const auto name = named.find(node.id.value);
    vertex.vertex = name == named.end() ? nullptr : name->second;
    const auto id = parse_operator_id(node.id.value);
    vertex.id = id.value_or(OperatorId{});
    auto chain = parse_chain(node.description);
    const bool parsed = chain.has_value();
    if (parsed && chain->certain) {
      graph.most_operators += chain->operators.size();
      graph.most_leaves += static_cast<std::size_t>(std::ranges::count_if(
          chain->operators, [](const ChainedOperator& op) { return op.outputs.empty(); }));
    } else {
      const std::size_t most = most_operators(node.description);
      graph.most_operators += most;
      graph.most_leaves += most;
    }
    const std::size_t hidden =
        vertex.vertex == nullptr ? 0 : count_hidden_sources(vertex.vertex->name);
    graph.hidden_sources += hidden;
    if (graph.most_operators + graph.hidden_sources > most_operators_searched) {
      return {.operators = {},
              .vertices = {},
              .most_operators = most_operators_searched,
              .most_leaves = 0,
              .hidden_sources = 0,
              .too_large = true};
    }
    add_chain(graph, vertex,
              parsed ? std::move(*chain) : Chain{{{node.description, 0, {}}}, false});
    const auto [first, added] = by_id.try_emplace(node.id.value, graph.vertices.size());
    if (vertex.vertex == nullptr) {
      vertex.obstacle = "Flink's answer lacks this vertex of its plan";
    } else {
      vertex.hidden_sources = vertex.vertex->name.find("[Source: ") != std::string::npos;
      find_obstacles(vertex, !added, id.has_value(), parsed);
    }
    if (!added) {
      graph.vertices[first->second].obstacle = "Flink's plan has this id twice";
    }
    graph.vertices.push_back(std::move(vertex));
  }
  for (ChainVertex& vertex : graph.vertices) {
    for (const model::PlanInput& input : vertex.node->inputs) {
      const auto found = by_id.find(input.id.value);
      if (found == by_id.end()) {
        vertex.obstacle = "Flink's plan lacks one of its inputs";
      } else {
        vertex.inputs.push_back(found->second);
      }
    }
  }
  return graph;
}

std::vector<std::size_t> topological_order(const OperatorGraph& graph) {
  const std::size_t count = graph.vertices.size();
  std::vector<std::size_t> open(count);
  std::vector<std::vector<std::size_t>> outputs(count);
  std::vector<std::size_t> order;
  order.reserve(count);
  for (std::size_t v = 0; v < count; ++v) {
    open[v] = graph.vertices[v].inputs.size();
    for (const std::size_t input : graph.vertices[v].inputs) {
      outputs[input].push_back(v);
    }
    if (open[v] == 0) {
      order.push_back(v);
    }
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const std::size_t output : outputs[order[next]]) {
      if (--open[output] == 0) {
        order.push_back(output);
      }
    }
  }
  for (std::size_t v = 0; v < count; ++v) {
    if (open[v] > 0) {
      order.push_back(v);
    }
  }
  return order;
}

}  // namespace auditor::checks
