// The part of a collection that looks at many checkpoints of a job: each one's slowest vertex.

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "collectors/collection.h"
#include "collectors/parts.h"
#include "collectors/wire/checkpoints.h"
#include "collectors/wire/vertex.h"

namespace auditor::collectors {

using base::Result;
using std::chrono::milliseconds;

void Collection::ask_for_slowest_vertices(std::size_t index) {
  const model::JobSnapshot& job = snapshot_.jobs[index];
  std::size_t asked = 0;
  for (const model::Checkpoint& checkpoint : job.checkpoints.value->history) {
    const bool ended = checkpoint.status == model::CheckpointStatus::completed ||
                       checkpoint.status == model::CheckpointStatus::failed;
    if (!ended || asked == budget_.checkpoints_in_detail) {
      continue;
    }
    ++asked;
    ask(fmt::format("{}/details/{}", job.checkpoints.source, checkpoint.id),
        [this, index, id = checkpoint.id](const std::string& from, const Result<Answer>& answer) {
          const auto details =
              decoded<model::CheckpointDetails>(from, answer, wire::decode_checkpoint_details);
          if (details) {
            accept_slowest_vertex(index, id, *details);
          }
        });
  }
}

void Collection::accept_slowest_vertex(std::size_t index, std::int64_t checkpoint,
                                       const model::CheckpointDetails& details) {
  const auto slowest = std::ranges::max_element(details.vertices, {}, [](const auto& vertex) {
    return vertex.second.duration.value_or(milliseconds(-1));
  });
  if (slowest == details.vertices.end() || !is_plain_id(slowest->first.value)) {
    return;
  }
  const auto subtasks =
      static_cast<std::size_t>(std::max<std::int64_t>(slowest->second.subtasks.value_or(0), 0));
  ask(fmt::format("{}/details/{}/subtasks/{}", snapshot_.jobs[index].checkpoints.source, checkpoint,
                  slowest->first.value),
      [this, index, checkpoint, subtasks, id = slowest->first](const std::string& from,
                                                               const Result<Answer>& answer) {
        auto slow = decoded<model::SubtaskState::Vertex>(from, answer, wire::decode_subtask_state);
        if (!slow) {
          return;
        }
        slow->id = id;
        slow->path = from;
        slow->checkpoint_id = checkpoint;
        snapshot_.jobs[index].slowest_vertices.push_back(std::move(*slow));
        ask_for_all_places(index, id, subtasks);
      });
}

/// Where a subtask runs now is where it ran then only if it was not started since the oldest of
/// these checkpoints.
void Collection::ask_for_all_places(std::size_t index, const model::JobVertexId& vertex,
                                    std::size_t subtasks) {
  constexpr std::size_t most_subtasks = 4'096;
  const model::JobSnapshot& job = snapshot_.jobs[index];
  const auto& history = job.checkpoints.value->history;
  if (subtasks > most_subtasks || !places_.try_emplace({index, vertex}).second || history.empty() ||
      !history.back().triggered_at) {
    return;
  }
  std::vector<std::size_t> all(subtasks);
  std::iota(all.begin(), all.end(), std::size_t{0});
  ask(fmt::format("{}/vertices/{}", job.details.source, vertex.value),
      [this, index, vertex, all = std::move(all), since = *history.back().triggered_at](
          const std::string& from, const Result<Answer>& answer) {
        auto places = decoded<std::vector<model::SubtaskState::Place>>(
            from, answer,
            [&](std::string_view body) { return wire::decode_places(body, all, since); });
        if (places) {
          places_[{index, vertex}] = std::move(*places);
        }
      });
}

void Collection::settle_places() {
  for (std::size_t index = 0; index < snapshot_.jobs.size(); ++index) {
    for (model::SubtaskState::Vertex& vertex : snapshot_.jobs[index].slowest_vertices) {
      if (const auto found = places_.find({index, vertex.id}); found != places_.end()) {
        vertex.places = found->second;
      }
    }
  }
}

}  // namespace auditor::collectors
