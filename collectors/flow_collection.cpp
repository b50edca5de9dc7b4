#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "collectors/collection.h"
#include "collectors/parts.h"
#include "collectors/wire/flow.h"

/// The part of a collection that asks how records flow: through the subtasks of a vertex, and once
/// more through a job.
namespace auditor::collectors {

namespace {

using base::Result;
using model::Resource;

/// How long a spread of records over subtasks is not asked for again.
constexpr std::chrono::minutes spread_holds_for{10};

/// Whether it may show something to compare the subtasks of a vertex: an input by key, several of
/// them, and enough records.
bool worth_comparing(const model::JobSnapshot& job, const model::JobVertex& vertex) {
  constexpr std::int64_t enough = 10'000;
  const model::PlanNode* const node = job.details.value->node(vertex.id);
  if (node == nullptr || vertex.parallelism.value_or(0) < 2 ||
      std::ranges::none_of(node->inputs, [](const model::PlanInput& input) {
        return input.ship_strategy == "HASH";
      })) {
    return false;
  }
  if (!job.flow.known()) {
    return true;
  }
  const model::FlowPoint* const found = job.flow.value->vertices.find(vertex.id);
  return found != nullptr && found->records_in.value_or(0) >= enough;
}

}  // namespace

/// Vertices with an input by key that have read enough to compare their subtasks: those that no
/// earlier look saw first, then those seen longest ago.
void Collection::ask_for_subtask_flow(std::size_t index) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  const model::JobSnapshot* const earlier = previous_of(job);
  const model::SubtaskFlow* const seen =
      earlier != nullptr && earlier->subtask_flow.known() ? &*earlier->subtask_flow.value : nullptr;
  job.subtask_flow.source = job.details.source;
  job.subtask_flow.observed_at = job.details.observed_at;
  if (snapshot_.is_history_server()) {
    job.subtask_flow.value = model::SubtaskFlow{};
    return;
  }
  struct Candidate {
    model::JobVertexId id;
    const model::SubtaskFlow::Vertex* seen;
  };
  std::vector<Candidate> candidates;
  for (const model::JobVertex& vertex : job.details.value->vertices) {
    if (is_plain_id(vertex.id.value) && worth_comparing(job, vertex)) {
      const auto found = seen == nullptr ? decltype(seen->vertices.begin()){}
                                         : std::ranges::find(seen->vertices, vertex.id,
                                                             &model::SubtaskFlow::Vertex::id);
      candidates.push_back(
          {vertex.id, seen == nullptr || found == seen->vertices.end() ? nullptr : &*found});
    }
  }
  const auto is_fresh = [this](const Candidate& candidate) {
    return candidate.seen != nullptr && began_ - candidate.seen->observed_at < spread_holds_for;
  };
  if (seen != nullptr && seen->not_sampled.empty() && seen->vertices.size() == candidates.size() &&
      std::ranges::all_of(candidates, is_fresh)) {
    job.subtask_flow.value = earlier->subtask_flow.value;
    return;
  }
  job.subtask_flow.value = model::SubtaskFlow{};
  std::ranges::stable_sort(candidates, {}, [](const Candidate& candidate) {
    return candidate.seen == nullptr ? base::Timestamp::min() : candidate.seen->observed_at;
  });
  std::size_t left = left_for_flow(index);
  for (const Candidate& candidate : candidates) {
    if (is_fresh(candidate) || left == 0 || !may_ask_for_vertex(index)) {
      if (candidate.seen != nullptr) {
        job.subtask_flow.value.edit().vertices.push_back(*candidate.seen);
      } else {
        job.subtask_flow.value.edit().not_sampled.push_back(candidate.id);
      }
      continue;
    }
    --left;
    ask(fmt::format("{}/vertices/{}", job.details.source, candidate.id.value),
        [this, index, id = candidate.id](const std::string& from, const Result<Answer>& answer) {
          auto spread =
              decoded<model::SubtaskFlow::Vertex>(from, answer, wire::decode_subtask_flow);
          model::SubtaskFlow& flow = snapshot_.jobs[index].subtask_flow.value.edit();
          if (spread) {
            spread->id = id;
            spread->path = from;
            spread->observed_at = time_of(answer);
            flow.vertices.push_back(std::move(*spread));
          } else {
            flow.not_sampled.push_back(id);
          }
        });
  }
}

bool Collection::ask_for_flow_again() {
  if (!wants(Resource::accumulated_times) || snapshot_.is_history_server() || failure_) {
    return false;
  }
  bool asked = false;
  for (model::JobSnapshot& job : snapshot_.jobs) {
    // The first answer may lack what later ones have: Flink fetches metrics when somebody asks.
    const bool tells =
        job.flow.known() && job.details.known() &&
        job.details.value->state == model::JobState::running &&
        (!snapshot_.cluster.known() || snapshot_.cluster.value->version.at_least(1, 16));
    if (!tells) {
      continue;
    }
    asked = true;
    ask(job.details.source, [&job](const std::string& from, const Result<Answer>& answer) {
      auto again = decoded<model::JobFlow>(from, answer, wire::decode_flow);
      if (again && job.flow.known()) {
        job.flow.value.edit().vertices = std::move(again->vertices);
        job.flow.observed_at = time_of(answer);
      }
    });
  }
  return asked;
}

void Collection::keep_earlier_flow() {
  for (model::JobSnapshot& job : snapshot_.jobs) {
    if (job.flow.known()) {
      model::JobFlow& flow = job.flow.value.edit();
      flow.earlier = flow.vertices;
    }
  }
}

}  // namespace auditor::collectors
