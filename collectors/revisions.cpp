#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "collectors/collection.h"

/// The part of a collection that numbers what it saw: a part has the number that it had in the look
/// before where it reads the same.
namespace auditor::collectors {

namespace {

using model::Part;

/// Whether two looks know the metrics of vertices from the same answers.
bool has_same_answers(const model::VertexMetrics& a, const model::VertexMetrics& b) {
  const auto is_same = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.path == y.second.path &&
           x.second.observed_at == y.second.observed_at;
  };
  return &a == &b ||
         (a.not_sampled == b.not_sampled && std::ranges::equal(a.vertices, b.vertices, is_same) &&
          std::ranges::equal(a.subtasks, b.subtasks, is_same) && a.names == b.names &&
          a.listed_at == b.listed_at);
}

}  // namespace

template <class T>
void Collection::stamp(Part<T>& part, const Part<T>* earlier) {
  const bool same = earlier != nullptr && part.source == earlier->source &&
                    (part.value.is(earlier->value) ||
                     (part.known() && earlier->known() && *part.value == *earlier->value));
  if (same) {
    part.revision = earlier->revision;
  } else if (!part.known()) {
    // Errors that read the same are the same; the top bit keeps them apart from values.
    constexpr std::uint64_t of_errors = 1ULL << 63U;
    part.revision = of_errors | std::hash<std::string>{}(part.value.error().message);
  } else {
    part.revision = ++snapshot_.revisions;
  }
}

void Collection::stamp_revisions() {
  const model::Snapshot* const before = previous_.get();
  // Without a look before it, above all numbers that any earlier look at the cluster gave: a look
  // takes a millisecond or more, and gives far fewer than a thousand.
  constexpr std::uint64_t a_millisecond = 1ULL << 10U;
  snapshot_.revisions =
      before == nullptr
          ? static_cast<std::uint64_t>(began_.time_since_epoch().count()) * a_millisecond
          : before->revisions;
  const auto of_cluster = [before](auto part) {
    return before == nullptr ? nullptr : &(before->*part);
  };
  stamp(snapshot_.cluster, of_cluster(&model::Snapshot::cluster));
  stamp(snapshot_.configuration, of_cluster(&model::Snapshot::configuration));
  stamp(snapshot_.task_managers, of_cluster(&model::Snapshot::task_managers));
  for (model::JobSnapshot& job : snapshot_.jobs) {
    const model::JobSnapshot* const earlier = previous_of(job);
    const auto of_job = [earlier](auto part) {
      return earlier == nullptr ? nullptr : &(earlier->*part);
    };
    stamp(job.details, of_job(&model::JobSnapshot::details));
    stamp(job.configuration, of_job(&model::JobSnapshot::configuration));
    stamp(job.checkpoint_configuration, of_job(&model::JobSnapshot::checkpoint_configuration));
    stamp(job.checkpoints, of_job(&model::JobSnapshot::checkpoints));
    stamp(job.checkpoint_details, of_job(&model::JobSnapshot::checkpoint_details));
    stamp(job.subtask_state, of_job(&model::JobSnapshot::subtask_state));
    stamp(job.exceptions, of_job(&model::JobSnapshot::exceptions));
    stamp(job.unfinished_checkpoint, of_job(&model::JobSnapshot::unfinished_checkpoint));
    stamp(job.resource_requirements, of_job(&model::JobSnapshot::resource_requirements));
    stamp(job.cluster_configuration, of_job(&model::JobSnapshot::cluster_configuration));
    // What was asked for again and not told leaves it as it was.
    if (earlier != nullptr && job.vertex_metrics.known() && earlier->vertex_metrics.known() &&
        has_same_answers(*job.vertex_metrics.value, *earlier->vertex_metrics.value)) {
      job.vertex_metrics.value = earlier->vertex_metrics.value;
    }
    const bool same_metrics =
        earlier != nullptr && job.vertex_metrics.value.is(earlier->vertex_metrics.value);
    job.vertex_metrics.revision =
        same_metrics ? earlier->vertex_metrics.revision : ++snapshot_.revisions;
    const bool same_flow =
        earlier != nullptr && job.subtask_flow.value.is(earlier->subtask_flow.value);
    job.subtask_flow.revision = same_flow ? earlier->subtask_flow.revision : ++snapshot_.revisions;
  }
}

}  // namespace auditor::collectors
