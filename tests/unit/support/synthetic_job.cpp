#include "tests/unit/support/synthetic_job.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace auditor::testing {
namespace {

using checks::OperatorId;

struct Edge {
  std::size_t to;
  bool chained;
};

struct Node {
  std::optional<std::string> uid;
  std::vector<std::size_t> inputs;
  std::vector<Edge> outputs;
  bool chained_into_join = false;  ///< a source that is part of the vertex of the join behind it
  OperatorId id{};
  std::uint32_t position = 0;
};

class Maker {
 public:
  Maker(const JobShape& shape, std::mt19937& random)
      : shape_(shape), random_(random), nodes_(shape.operators) {}

  SyntheticJob make() {
    connect();
    give_ids();
    return show();
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  static std::string name(std::size_t node) { return fmt::format("op{}", node); }

  void connect() {
    const std::size_t count = nodes_.size();
    const std::size_t sources = 1 + below(std::max<std::size_t>(1, count / 8));
    for (std::size_t node = std::min(sources, count); node < count; ++node) {
      constexpr std::array<std::size_t, 6> joined{2, 2, 2, 3, 4, 5};
      const std::size_t wanted =
          chance(shape_.join_percent) && node > 1 ? joined.at(below(joined.size())) : 1;
      std::vector<std::size_t> inputs;  // also one twice, in any order
      inputs.reserve(wanted);
      for (std::size_t i = 0; i < wanted; ++i) {
        inputs.push_back(pick_input(node));
      }
      const bool chained = inputs.size() == 1 && chance(shape_.chain_percent) &&
                           !nodes_[inputs.front()].chained_into_join;
      for (const std::size_t input : inputs) {
        const bool swallowed = inputs.size() > 1 && nodes_[input].inputs.empty() &&
                               nodes_[input].outputs.empty() && input + 1 < sources &&
                               chance(shape_.chained_source_percent);
        nodes_[input].chained_into_join = nodes_[input].chained_into_join || swallowed;
        nodes_[input].outputs.push_back({node, chained || swallowed});
        nodes_[node].inputs.push_back(input);
      }
    }
    for (std::size_t node = 0; node < count; ++node) {
      if (chance(shape_.uid_percent)) {
        nodes_[node].uid =
            chance(shape_.guessable_percent) ? guessable(node) : fmt::format("{:08x}", random_());
      }
    }
  }

  /// Its own name, or now and then another's; no two are the same.
  std::string guessable(std::size_t node) {
    const std::string other = name(below(nodes_.size()));
    const std::string uid = chance(10) ? other : name(node);
    return taken_.insert(uid).second ? uid : fmt::format("{:08x}", random_());
  }

  /// Mostly one that has no output yet.
  std::size_t pick_input(std::size_t node) {
    std::vector<std::size_t> free;
    std::vector<std::size_t> near;
    for (std::size_t input = 0; input < node; ++input) {
      if (nodes_[input].outputs.empty()) {
        free.push_back(input);
      }
      if (input + 6 >= node && !nodes_[input].chained_into_join) {
        near.push_back(input);
      }
    }
    if (!free.empty() && (near.empty() || !chance(shape_.branch_percent))) {
      return free[below(free.size())];
    }
    return near.empty() ? node - 1 : near[below(near.size())];
  }

  /// StreamGraphHasherV2.traverseStreamGraphAndGenerateHashes.
  void give_ids() {
    std::deque<std::size_t> queue;
    std::vector<bool> visited(nodes_.size());
    std::vector<bool> has_id(nodes_.size());
    std::uint32_t given = 0;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (nodes_[node].inputs.empty()) {
        queue.push_back(node);
        visited[node] = true;
      }
    }
    while (!queue.empty()) {
      const std::size_t at = queue.front();
      queue.pop_front();
      Node& node = nodes_[at];
      if (node.uid) {
        node.id = checks::id_of_uid(*node.uid);
      } else if (!std::ranges::all_of(node.inputs, [&](std::size_t i) { return has_id[i]; })) {
        visited[at] = false;
        continue;
      } else {
        std::vector<OperatorId> inputs;
        inputs.reserve(node.inputs.size());
        for (const std::size_t input : node.inputs) {
          inputs.push_back(nodes_[input].id);
        }
        const auto chained =
            static_cast<std::size_t>(std::ranges::count_if(node.outputs, [&node](const Edge& edge) {
              return edge.chained && !node.chained_into_join;
            }));
        node.id = checks::automatic_id({given, chained}, inputs);
      }
      has_id[at] = true;
      node.position = given++;
      for (const Edge& edge : node.outputs) {
        if (!visited[edge.to]) {
          visited[edge.to] = true;
          queue.push_back(edge.to);
        }
      }
    }
  }

  /// The lines of a chain's tree; tells `head_of` which vertex each operator is in.
  std::string lines(std::size_t node, std::size_t head, const std::string& prefix,
                    const std::string& own) {
    head_of_[node] = head;
    std::string text = own + name(node) + "<br/>";
    std::vector<std::size_t> chained;
    for (const Edge& edge : nodes_[node].outputs) {
      if (edge.chained) {
        chained.push_back(edge.to);
      }
    }
    for (std::size_t i = 0; i < chained.size(); ++i) {
      const bool last = i + 1 == chained.size();
      text +=
          lines(chained[i], head, prefix + (last ? "   " : ":  "), prefix + (last ? "+- " : ":- "));
    }
    return text;
  }

  SyntheticJob show() {
    SyntheticJob job;
    head_of_.resize(nodes_.size());
    std::vector<bool> chained(nodes_.size());
    for (const Node& node : nodes_) {
      for (const Edge& edge : node.outputs) {
        chained[edge.to] = chained[edge.to] || (edge.chained && !node.chained_into_join);
      }
    }
    std::vector<std::pair<std::size_t, std::string>> heads;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      SyntheticJob::Operator& truth = job.operators[name(node)];
      truth = {nodes_[node].id, nodes_[node].uid, nodes_[node].position, {}};
      for (const std::size_t input : nodes_[node].inputs) {
        truth.inputs.push_back(name(input));
      }
      if (!chained[node] && !nodes_[node].chained_into_join) {
        heads.emplace_back(node, lines(node, node, "", ""));
      }
    }
    for (const auto& [head, description] : heads) {
      const Node& node = nodes_[head];
      model::PlanNode plan;
      plan.id = model::JobVertexId(base::to_hex(node.id));
      plan.description = description;
      plan.index = job.details.plan.size();
      std::string swallowed;
      for (const std::size_t input : node.inputs) {
        if (nodes_[input].chained_into_join) {
          swallowed += (swallowed.empty() ? "Source: " : ", Source: ") + name(input);
        } else {
          plan.inputs.push_back(
              {model::JobVertexId(base::to_hex(nodes_[head_of_[input]].id)), "HASH", ""});
        }
      }
      // Flink connects the vertices in an order of its own.
      std::ranges::shuffle(plan.inputs, random_);
      model::JobVertex vertex;
      vertex.id = plan.id;
      vertex.index = plan.index;
      vertex.name = (node.inputs.empty() ? "Source: " : "") + name(head) +
                    (swallowed.empty() ? "" : " [" + swallowed + "]");
      job.head_of[plan.id] = name(head);
      job.details.plan.push_back(std::move(plan));
      job.details.vertices.push_back(std::move(vertex));
    }
    if (shape_.shuffled) {
      std::ranges::shuffle(job.details.plan, random_);
    }
    for (std::size_t i = 0; i < job.details.plan.size(); ++i) {
      job.details.plan[i].index = i;
    }
    return job;
  }

  const JobShape& shape_;
  std::mt19937& random_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> head_of_;
  std::set<std::string> taken_;
};

}  // namespace

const model::JobDetails& keep(model::JobDetails job) {
  static std::deque<model::JobDetails> kept;
  return kept.emplace_back(std::move(job));
}

SyntheticJob make_job(const JobShape& shape, std::mt19937& random) {
  return Maker(shape, random).make();
}

}  // namespace auditor::testing
