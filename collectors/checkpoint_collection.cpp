#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "collectors/checkpoint_choice.h"
#include "collectors/collection.h"
#include "collectors/parts.h"
#include "collectors/wire/checkpoints.h"
#include "collectors/wire/vertex.h"

/// The part of a collection that asks for checkpoints: their list, one of them in detail, and what
/// single vertices wrote for it.
namespace auditor::collectors {

namespace {

using base::ErrorKind;
using base::Result;
using model::Resource;

/// What an earlier look saw of a vertex, beyond this one's budget; without it the vertex is not
/// sampled.
void keep_or_miss(model::SubtaskState& state, const model::JobVertexId& vertex,
                  const model::SubtaskState* earlier) {
  if (earlier != nullptr) {
    const auto found =
        std::ranges::find(earlier->vertices, vertex, &model::SubtaskState::Vertex::id);
    if (found != earlier->vertices.end()) {
      state.vertices.push_back(*found);
      return;
    }
  }
  state.not_sampled.push_back(vertex);
}

}  // namespace

void Collection::accept_checkpoints(std::size_t index, const std::string& path,
                                    const Result<Answer>& answer) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  const model::JobSnapshot* const earlier = previous_of(job);
  using Statistics = model::Shared<model::CheckpointStatistics>;
  const Statistics before = earlier != nullptr ? earlier->checkpoints.value : Statistics();
  auto statistics = decoded<Statistics>(path, answer, [&before](std::string_view body) {
    return wire::decode_checkpoints(body, before);
  });
  job.checkpoints = {statistics ? std::move(*statistics) : tl::unexpected(statistics.error()), path,
                     time_of(answer)};
  if (before && job.checkpoints.known() &&
      before->restored_count != job.checkpoints.value->restored_count && job.exceptions.known() &&
      job.exceptions.observed_at == earlier->exceptions.observed_at) {
    ask_for_exceptions(index);  // it restarted since the job's own document was made
  }
  if (!job.checkpoints.known()) {
    return;
  }
  ask_for_slowest_vertices(index);
  if (wants(Resource::unfinished_checkpoint)) {
    ask_for_unfinished(index);
  }
  if (!wants(Resource::checkpoint_details | Resource::subtask_state |
             Resource::checkpoint_phases)) {
    return;
  }
  // Only an id of the history just read: for others the REST server may answer with another job's
  // checkpoint (A.4.7).
  const model::Checkpoint* const looked_at = completed_to_look_at(*job.checkpoints.value);
  if (looked_at == nullptr) {
    job.checkpoint_details.value =
        base::fail(ErrorKind::not_asked, "no completed checkpoint in the history yet");
    job.subtask_state.value = tl::unexpected(job.checkpoint_details.value.error());
    return;
  }
  if (earlier != nullptr && earlier->checkpoint_details.known() &&
      earlier->checkpoint_details.value->id == looked_at->id) {
    job.checkpoint_details = earlier->checkpoint_details;
    job.subtask_state = earlier->subtask_state;
    return;
  }
  ask(fmt::format("{}/details/{}", path, looked_at->id),
      [this, index](const std::string& from, const Result<Answer>& details) {
        accept_checkpoint_details(index, from, details);
      });
}

void Collection::accept_checkpoint_details(std::size_t index, const std::string& path,
                                           const Result<Answer>& answer) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  job.checkpoint_details =
      to_part<model::CheckpointDetails>(path, answer, wire::decode_checkpoint_details);
  if (job.checkpoint_details.known() &&
      wants(Resource::subtask_state | Resource::checkpoint_phases)) {
    ask_for_subtasks(index);
  } else if (!job.checkpoint_details.known()) {
    job.subtask_state.value = tl::unexpected(job.checkpoint_details.value.error());
  }
}

void Collection::ask_for_unfinished(std::size_t index) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  const model::Checkpoint* const unfinished =
      unfinished_to_look_at(*job.checkpoints.value, job.now);
  if (unfinished == nullptr) {
    static const model::Shared<model::UnfinishedCheckpoint> none =
        base::fail(ErrorKind::not_asked, "no checkpoint is in progress for long or expired");
    job.unfinished_checkpoint.value = none;
    return;
  }
  const model::JobSnapshot* const earlier = previous_of(job);
  if (earlier != nullptr && earlier->unfinished_checkpoint.known()) {
    const model::UnfinishedCheckpoint& before = *earlier->unfinished_checkpoint.value;
    if (before.id == unfinished->id && before.status == unfinished->status &&
        before.acknowledged == unfinished->acknowledged) {
      job.unfinished_checkpoint = earlier->unfinished_checkpoint;
      return;
    }
  }
  ask(fmt::format("{}/details/{}", job.checkpoints.source, unfinished->id),
      [this, index, id = unfinished->id, status = unfinished->status,
       acknowledged = unfinished->acknowledged](const std::string& from,
                                                const Result<Answer>& answer) {
        auto part = to_part<model::UnfinishedCheckpoint>(from, answer, [&](std::string_view body) {
          return wire::decode_checkpoint_details(body).map([&](model::CheckpointDetails&& details) {
            return model::UnfinishedCheckpoint{id, status, acknowledged, std::move(details), {},
                                               {}, {}};
          });
        });
        if (snapshot_.jobs[index].unfinished_checkpoint = std::move(part);
            snapshot_.jobs[index].unfinished_checkpoint.known()) {
          ask_for_waiting_subtasks(index);
        }
      });
}

void Collection::ask_for_waiting_subtasks(std::size_t index) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  model::UnfinishedCheckpoint& unfinished = job.unfinished_checkpoint.value.edit();
  const model::JobVertex* const vertex = first_waiting(*job.details.value, unfinished.details);
  if (vertex == nullptr) {
    return;
  }
  unfinished.vertex = vertex->id;
  // Where none has acknowledged there is nothing to ask.
  if (unfinished.details.vertices.at(vertex->id).acknowledged.value_or(0) == 0 ||
      !is_plain_id(vertex->id.value) || !may_ask_for_vertex(index)) {
    return;
  }
  ask(fmt::format("{}/subtasks/{}", job.unfinished_checkpoint.source, vertex->id.value),
      [this, index](const std::string& from, const Result<Answer>& answer) {
        auto waiting =
            decoded<std::vector<std::size_t>>(from, answer, wire::decode_waiting_subtasks);
        if (waiting) {
          model::UnfinishedCheckpoint& asked =
              snapshot_.jobs[index].unfinished_checkpoint.value.edit();
          asked.waiting = std::move(*waiting);
          asked.subtasks_path = from;
        }
      });
}

void Collection::ask_for_places(std::size_t index, const model::SubtaskState::Vertex& vertex) {
  std::vector<std::size_t> subtasks = slow_subtasks(vertex);
  const model::JobSnapshot& job = snapshot_.jobs[index];
  const auto& history = job.checkpoints.value->history;
  const auto checkpoint = std::ranges::find(history, vertex.checkpoint_id, &model::Checkpoint::id);
  if (subtasks.empty() || checkpoint == history.end() || !checkpoint->triggered_at ||
      !may_ask_for_vertex(index)) {
    return;
  }
  ask(fmt::format("{}/vertices/{}", job.details.source, vertex.id.value),
      [this, index, id = vertex.id, subtasks = std::move(subtasks),
       since = *checkpoint->triggered_at](const std::string& from, const Result<Answer>& answer) {
        auto places = decoded<std::vector<model::SubtaskState::Place>>(
            from, answer,
            [&](std::string_view body) { return wire::decode_places(body, subtasks, since); });
        auto& vertices = snapshot_.jobs[index].subtask_state.value.edit().vertices;
        const auto found = std::ranges::find(vertices, id, &model::SubtaskState::Vertex::id);
        if (places && found != vertices.end()) {
          found->places = std::move(*places);
        }
      });
}

std::vector<model::JobVertexId> Collection::interesting_vertices(
    const model::JobSnapshot& job) const {
  const auto& vertices = job.checkpoint_details.value->vertices;
  std::vector<model::JobVertexId> chosen;
  // Where the checkpoint's time went: into the slowest vertex.
  if (wants(Resource::checkpoint_phases)) {
    const auto slowest = std::ranges::max_element(vertices, {}, [](const auto& vertex) {
      return vertex.second.duration.value_or(std::chrono::milliseconds(-1));
    });
    if (slowest != vertices.end() && is_plain_id(slowest->first.value)) {
      chosen.push_back(slowest->first);
    }
  }
  if (!wants(Resource::subtask_state)) {
    return chosen;
  }
  // A subtask of a vertex cannot hold more than the vertex: where that is little beside a slot's
  // heap, there is nothing to see.
  constexpr std::int64_t fraction_of_heap = 10;
  std::optional<base::Bytes> smallest_heap;
  if (snapshot_.task_managers.known()) {
    for (const model::TaskManager& tm : snapshot_.task_managers.value->list) {
      if (tm.task_heap && tm.slots.value_or(0) > 0) {
        const base::Bytes heap{tm.task_heap->count / *tm.slots};
        smallest_heap = std::min(smallest_heap.value_or(heap), heap);
      }
    }
  }
  constexpr base::Bytes otherwise = base::mebibytes(16);
  const base::Bytes interesting =
      smallest_heap ? base::Bytes{smallest_heap->count / fraction_of_heap} : otherwise;
  // Those that no earlier look saw first, the slowest and largest first; then those that were seen
  // longest ago.
  struct Large {
    std::int64_t seen_in = -1;          // the checkpoint
    std::chrono::milliseconds slow{0};  // 0: quick enough
    base::Bytes size;
    model::JobVertexId id;
  };
  std::vector<Large> large;
  for (const auto& [vertex, state] : vertices) {
    const bool already = !chosen.empty() && chosen.front() == vertex;
    const auto slow = slow_duration(state);
    const base::Bytes size = state.state_size.value_or(base::Bytes{});
    if (!already && (size > interesting || slow.count() > 0) && is_plain_id(vertex.value)) {
      large.push_back({-1, slow, size, vertex});
    }
  }
  if (const auto* const earlier = previous_of(job);
      earlier != nullptr && earlier->subtask_state.known()) {
    for (const auto& seen : earlier->subtask_state.value->vertices) {
      const auto found = std::ranges::find(large, seen.id, &Large::id);
      if (found != large.end()) {
        found->seen_in = seen.checkpoint_id;
      }
    }
  }
  std::ranges::stable_sort(large, [](const Large& a, const Large& b) {
    return std::tuple(a.seen_in, -a.slow, -a.size.count) <
           std::tuple(b.seen_in, -b.slow, -b.size.count);
  });
  chosen.reserve(chosen.size() + large.size());
  for (const Large& vertex : large) {
    chosen.push_back(vertex.id);
  }
  return chosen;
}

void Collection::ask_for_subtasks(std::size_t index) {
  model::JobSnapshot& job = snapshot_.jobs[index];
  const std::vector<model::JobVertexId> chosen = interesting_vertices(job);
  job.subtask_state = {model::SubtaskState{}, job.checkpoint_details.source,
                       job.checkpoint_details.observed_at};
  const auto* const earlier = previous_of(job);
  for (const model::JobVertexId& vertex : chosen) {
    if (!may_ask_for_vertex(index)) {
      keep_or_miss(job.subtask_state.value.edit(), vertex,
                   earlier != nullptr && earlier->subtask_state.known()
                       ? &*earlier->subtask_state.value
                       : nullptr);
      continue;
    }
    ask(fmt::format("{}/subtasks/{}", job.checkpoint_details.source, vertex.value),
        [this, index, vertex](const std::string& from, const Result<Answer>& answer) {
          const model::JobSnapshot& asked = snapshot_.jobs[index];
          model::SubtaskState& state = snapshot_.jobs[index].subtask_state.value.edit();
          auto seen =
              decoded<model::SubtaskState::Vertex>(from, answer, wire::decode_subtask_state);
          if (seen) {
            seen->id = vertex;
            seen->path = from;
            seen->checkpoint_id = asked.checkpoint_details.value->id;
            state.vertices.push_back(std::move(*seen));
            ask_for_places(index, state.vertices.back());
          } else {
            state.not_sampled.push_back(vertex);
          }
        });
  }
}

}  // namespace auditor::collectors
