#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>

#include "checks/operator-uids/uid_proof.h"
#include "tests/unit/support/synthetic_job.h"

/// What it costs to prove the UIDs of a job, beside the least that any proof costs: to read the
/// plan and to hash each operator once.
namespace auditor {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// CPU time of one run, the best of several.
Milliseconds cpu_time(const std::function<void()>& run) {
  constexpr int runs = 5;
  auto best = Milliseconds(std::numeric_limits<double>::max());
  for (int i = 0; i < runs; ++i) {
    const std::clock_t start = std::clock();
    run();
    const auto ticks = static_cast<double>(std::clock() - start);
    best = std::min(best, Milliseconds(1000 * ticks / CLOCKS_PER_SEC));
  }
  return best;
}

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure(std::string_view name, const model::JobDetails& job) {
  const auto floor = cpu_time([&job] {
    const checks::OperatorGraph graph = checks::read_operator_graph(job);
    std::uint32_t position = 0;
    std::uint8_t sink = 0;
    for (const checks::Operator& op : graph.operators) {
      sink ^= checks::automatic_id({position++, op.outputs.size()}).front();
    }
    const volatile std::uint8_t kept = sink;
    static_cast<void>(kept);
  });
  checks::UidProofs proofs;
  const auto cost = cpu_time([&] { proofs = checks::prove_uids(job, {}); });
  std::size_t decided = 0;
  for (const checks::ChainVertex& vertex : proofs.graph.vertices) {
    const auto origin = proofs.head(vertex).origin;
    decided +=
        origin == checks::UidOrigin::automatic || origin == checks::UidOrigin::has_uid ? 1 : 0;
  }
  fmt::print("{:<44} {:>8} {:>9} {:>8} {:>9.3f} {:>9.2f} {:>8.0f}\n", name,
             proofs.graph.vertices.size(), proofs.graph.operators.size(), decided, floor.count(),
             cost.count(), cost / std::max(floor, Milliseconds(1e-3)));
}

testing::SyntheticJob large_job(unsigned uid_percent, unsigned guessable_percent) {
  std::mt19937 random(1);
  return testing::make_job({.operators = 300,
                            .uid_percent = uid_percent,
                            .guessable_percent = guessable_percent,
                            .branch_percent = 5,
                            .join_percent = 5,
                            .chain_percent = 85,
                            .shuffled = false},
                           random);
}

model::JobVertexId id_of_number(int number) {
  return model::JobVertexId(base::to_hex(checks::id_of_uid(fmt::format("secret {}", number))));
}

/// So many vertices that all have the one before for their input, or the last for the first.
model::JobDetails hostile(int vertices, std::string_view description, bool cycle) {
  model::JobDetails job;
  for (int i = 0; i < vertices; ++i) {
    model::JobVertex vertex;
    vertex.id = id_of_number(i);
    vertex.name = i == 0 && !cycle ? "Source: s" : "op";
    vertex.index = job.vertices.size();
    model::PlanNode node;
    node.id = vertex.id;
    node.description = description;
    if (i > 0 || cycle) {
      node.inputs = {{id_of_number(i > 0 ? i - 1 : vertices - 1), "HASH", ""}};
    }
    job.vertices.push_back(vertex);
    job.plan.push_back(node);
  }
  return job;
}

std::string star(int outputs) {
  std::string text = "s<br/>";
  for (int i = 0; i < outputs; ++i) {
    text += ":- map<br/>";
  }
  return text;
}

std::string chain(int length) {
  std::string text = "s<br/>";
  for (int i = 0; i < length; ++i) {
    text += std::string(static_cast<std::size_t>(3 * i), ' ') + "+- map<br/>";
  }
  return text;
}

void run() {
  fmt::print("{:<44} {:>8} {:>9} {:>8} {:>9} {:>9} {:>8}\n", "job", "vertices", "operators",
             "decided", "floor ms", "cpu ms", "ratio");
  measure("no UIDs", large_job(0, 0).details);
  measure("UIDs everywhere, like the names", large_job(100, 100).details);
  measure("UIDs on half, like the names", large_job(50, 100).details);
  measure("UIDs everywhere, nobody can guess them", large_job(100, 0).details);
  measure("UIDs on half, nobody can guess them", large_job(50, 0).details);
  std::mt19937 random(1);
  measure(
      "dense: joins and branches, secret UIDs",
      testing::make_job({.operators = 500, .uid_percent = 90, .join_percent = 40}, random).details);
  measure("hostile: 10 000 vertices", hostile(10'000, "op<br/>", false));
  measure("hostile: a cycle of 2 000", hostile(2'000, "op<br/>+- op<br/>", true));
  measure("hostile: 10 stars of 400 operators", hostile(10, star(400), false));
  measure("hostile: 10 chains of 400 operators", hostile(10, chain(400), false));
  measure("hostile: 600 chains of 8 operators", hostile(600, chain(7), false));
  measure("hostile: names of a megabyte", hostile(10, std::string(1'000'000, 'x'), false));
  fmt::print("peak memory {:.0f} MiB\n", peak_mebibytes());
}

}  // namespace
}  // namespace auditor

int main() {
  auditor::run();
}
