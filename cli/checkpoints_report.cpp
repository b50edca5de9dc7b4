#include "cli/checkpoints_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "report/wrap.h"

namespace auditor::cli {

namespace {

using model::CheckpointPhase;
using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::size_t width = 80;

std::optional<model::CriticalPath> path_of(const model::JobSnapshot& job, std::int64_t checkpoint) {
  const auto found = std::ranges::find(job.slowest_vertices, checkpoint,
                                       &model::SubtaskState::Vertex::checkpoint_id);
  return found == job.slowest_vertices.end() ? std::nullopt
                                             : model::critical_path(*job.details.value, *found);
}

std::string_view status_of(const model::Checkpoint& checkpoint) {
  switch (checkpoint.status) {
    case model::CheckpointStatus::completed:
      return checkpoint.is_savepoint ? "savepoint" : "completed";
    case model::CheckpointStatus::failed:
      return checkpoint.expired() ? "expired" : "failed";
    case model::CheckpointStatus::in_progress:
      return "in progress";
    case model::CheckpointStatus::other:
      break;
  }
  return "?";
}

std::string duration_or_dash(const std::optional<milliseconds>& duration) {
  return duration ? base::format_duration(*duration) : "–";
}

/// "asynchronous part 40 s, alignment 2 s": what took a hundredth or more, the longest first.
std::string phases_of(const model::CriticalPath& path) {
  std::vector<std::pair<milliseconds, CheckpointPhase>> phases;
  for (const CheckpointPhase phase : model::all_checkpoint_phases) {
    constexpr int hundredth = 100;
    if (const milliseconds took = path.of(phase);
        took.count() > 0 && took * hundredth >= path.times.whole) {
      phases.emplace_back(took, phase);
    }
  }
  std::ranges::stable_sort(phases, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> words;
  words.reserve(phases.size());
  for (const auto& [took, phase] : phases) {
    words.push_back(fmt::format("{} {}", to_text(phase), base::format_duration(took)));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

/// "subtask 2 of \"window -> Sink\" on 10.0.0.11".
std::string place_of(const model::CriticalPath& path) {
  const std::string& where = path.host.empty() ? path.task_manager : path.host;
  return fmt::format("subtask {} of \"{}\"{}", path.times.subtask,
                     base::shorten(base::printable(path.vertex_name), 48),
                     where.empty() ? std::string() : " on " + base::printable(where));
}

void add_checkpoint(std::string& text, const CheckpointAutopsy& autopsy) {
  const model::Checkpoint& checkpoint = *autopsy.checkpoint;
  const std::string at =
      checkpoint.triggered_at ? base::format_rfc3339(*checkpoint.triggered_at).substr(11, 8) : "";
  text +=
      fmt::format("{:>6}  {:>8}  {:<11}  {:>8}  {:>9}\n", checkpoint.id, at, status_of(checkpoint),
                  duration_or_dash(checkpoint.duration),
                  checkpoint.checkpointed_size ? base::format_bytes(*checkpoint.checkpointed_size)
                                               : std::string("–"));
  if (autopsy.path) {
    text += report::wrap(
        fmt::format("waited for {}: {}", place_of(*autopsy.path), phases_of(*autopsy.path)), width,
        "        ", "        ");
  } else if (!checkpoint.failure_message.empty()) {
    text += report::wrap(base::shorten(base::printable(checkpoint.failure_message.text()), 200),
                         width, "        ", "        ");
  }
}

std::string verdict_of(const model::CriticalSummary& summary) {
  constexpr double percent = 100;
  std::string text =
      fmt::format("Of {}, {:.0f} % of the time went into the {}. Last was \"{}\" in {} of them",
                  base::plural(summary.checkpoints, "checkpoint"), percent * summary.share,
                  to_text(summary.phase), base::shorten(base::printable(summary.vertex_name), 60),
                  summary.vertex_times);
  if (summary.subtask_times > 1) {
    text += fmt::format(", its subtask {} in {}", summary.subtask, summary.subtask_times);
  }
  if (summary.host_times > 1) {
    text += fmt::format("; {} of the last subtasks ran on {}", summary.host_times,
                        base::printable(summary.host));
  }
  return text + ".";
}

ordered_json path_as_json(const model::CriticalPath& path) {
  ordered_json phases;
  for (const CheckpointPhase phase : model::all_checkpoint_phases) {
    phases[std::string(to_text(phase))] = path.of(phase).count();
  }
  const auto or_null = [](const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
  };
  return {{"vertex_name", path.vertex_name},
          {"subtask", path.times.subtask},
          {"task_manager", or_null(path.task_manager)},
          {"host", or_null(path.host)},
          {"duration_ms", path.times.whole.count()},
          {"longest_phase", to_text(path.longest())},
          {"phases_ms", std::move(phases)}};
}

}  // namespace

std::vector<JobAutopsy> dissect(const model::Snapshot& snapshot) {
  std::vector<JobAutopsy> jobs;
  for (const model::JobSnapshot& job : snapshot.jobs) {
    JobAutopsy& autopsy = jobs.emplace_back();
    autopsy.job = &job;
    if (!job.checkpoints.known() || !job.details.known()) {
      continue;
    }
    std::vector<model::CriticalPath> paths;
    for (const model::Checkpoint& checkpoint : job.checkpoints.value->history) {
      autopsy.checkpoints.push_back({&checkpoint, path_of(job, checkpoint.id)});
      const auto& path = autopsy.checkpoints.back().path;
      if (path && !checkpoint.is_savepoint &&
          checkpoint.status == model::CheckpointStatus::completed) {
        paths.push_back(*path);
      }
    }
    autopsy.summary = model::summarize(paths);
  }
  return jobs;
}

std::string autopsy_as_text(const std::vector<JobAutopsy>& jobs) {
  std::string text;
  for (const JobAutopsy& job : jobs) {
    text += text.empty() ? "" : "\n";
    text += base::shorten(base::printable(job.job->overview.name), width) + "\n";
    if (!job.job->checkpoints.known()) {
      text += report::wrap(job.job->checkpoints.value.error().message, width, "  ", "  ");
      continue;
    }
    if (job.checkpoints.empty()) {
      text += "  Flink remembers no checkpoint of it.\n";
      continue;
    }
    text += job.summary ? report::wrap(verdict_of(*job.summary), width, "  ", "  ")
                        : std::string("  None has completed: nothing to sum up.\n");
    text +=
        fmt::format("\n{:>6}  {:>8}  {:<11}  {:>8}  {:>9}\n", "id", "UTC", "", "took", "written");
    for (const CheckpointAutopsy& checkpoint : job.checkpoints) {
      add_checkpoint(text, checkpoint);
    }
  }
  return text;
}

std::string autopsy_as_json(const std::vector<JobAutopsy>& jobs) {
  ordered_json all = ordered_json::array();
  for (const JobAutopsy& job : jobs) {
    ordered_json checkpoints = ordered_json::array();
    for (const CheckpointAutopsy& autopsy : job.checkpoints) {
      const model::Checkpoint& checkpoint = *autopsy.checkpoint;
      ordered_json row{{"id", checkpoint.id}, {"status", status_of(checkpoint)}};
      row["triggered_at"] = checkpoint.triggered_at
                                ? ordered_json(base::format_rfc3339(*checkpoint.triggered_at))
                                : ordered_json(nullptr);
      row["duration_ms"] =
          checkpoint.duration ? ordered_json(checkpoint.duration->count()) : ordered_json(nullptr);
      row["checkpointed_bytes"] = checkpoint.checkpointed_size
                                      ? ordered_json(checkpoint.checkpointed_size->count)
                                      : ordered_json(nullptr);
      row["critical_path"] = autopsy.path ? path_as_json(*autopsy.path) : ordered_json(nullptr);
      row["failure"] = checkpoint.failure_message.empty()
                           ? ordered_json(nullptr)
                           : ordered_json(checkpoint.failure_message.text());
      checkpoints.push_back(std::move(row));
    }
    ordered_json summary;
    if (job.summary) {
      summary = {{"checkpoints", job.summary->checkpoints},
                 {"phase", to_text(job.summary->phase)},
                 {"share", job.summary->share},
                 {"vertex_name", job.summary->vertex_name},
                 {"vertex_times", job.summary->vertex_times},
                 {"subtask", job.summary->subtask},
                 {"subtask_times", job.summary->subtask_times},
                 {"host", job.summary->host.empty() ? ordered_json(nullptr)
                                                    : ordered_json(job.summary->host)},
                 {"host_times", job.summary->host_times}};
    }
    all.push_back({{"job_id", job.job->overview.id.value},
                   {"job_name", job.job->overview.name},
                   {"summary", std::move(summary)},
                   {"checkpoints", std::move(checkpoints)}});
  }
  const ordered_json document{{"schema", "flink-auditor/checkpoints/1"}, {"jobs", std::move(all)}};
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace auditor::cli
