#include "checks/operator-uids/traversal.h"

#include <algorithm>
#include <deque>

namespace auditor::checks {

std::size_t edge_origin(const OperatorGraph& graph, std::size_t vertex, EdgeOrigin guess) {
  std::size_t op = graph.vertices[vertex].first;
  if (guess != EdgeOrigin::head) {
    while (!graph.operators[op].outputs.empty()) {
      const auto& outputs = graph.operators[op].outputs;
      op = guess == EdgeOrigin::last_leaf ? outputs.back() : outputs.front();
    }
  }
  return op;
}

std::vector<std::uint32_t> traverse(const OperatorGraph& graph,
                                    const std::vector<std::vector<std::size_t>>& origins,
                                    const std::vector<bool>& has_uid, bool chained_edges_first) {
  const std::size_t count = graph.operators.size();
  std::vector<std::vector<std::size_t>> network(count);
  std::deque<std::size_t> queue;
  std::vector<bool> visited(count);
  for (std::size_t v = 0; v < graph.vertices.size(); ++v) {
    for (const std::size_t origin : origins[v]) {
      network[origin].push_back(graph.vertices[v].first);
    }
    if (origins[v].empty()) {
      queue.push_back(graph.vertices[v].first);
      visited[graph.vertices[v].first] = true;
    }
  }
  std::vector<std::uint32_t> positions(count, not_reached);
  std::uint32_t given = 0;
  const auto ready = [&](std::size_t op) {
    const Operator& found = graph.operators[op];
    return !found.is_head() || has_uid[op] ||
           std::ranges::all_of(origins[found.vertex], [&positions](std::size_t input) {
             return positions[input] != not_reached;
           });
  };
  const auto visit = [&](const std::vector<std::size_t>& targets) {
    for (const std::size_t target : targets) {
      if (!visited[target]) {
        visited[target] = true;
        queue.push_back(target);
      }
    }
  };
  while (!queue.empty()) {
    const std::size_t op = queue.front();
    queue.pop_front();
    if (!ready(op)) {
      visited[op] = false;  // a later input puts it into the queue again
      continue;
    }
    positions[op] = given++;
    visit(chained_edges_first ? graph.operators[op].outputs : network[op]);
    visit(chained_edges_first ? network[op] : graph.operators[op].outputs);
  }
  return positions;
}

}  // namespace auditor::checks
