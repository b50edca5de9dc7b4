#include "checks/facts.h"

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::checks {

namespace {

constexpr std::int64_t smallest_default = 128;
constexpr std::int64_t largest_max_parallelism = 32'768;
constexpr std::int64_t several = 3;

/// "Calc[2]", "GroupAggregate[12]", also inside a chain's name.
bool has_sql_index(std::string_view name) {
  for (std::size_t open = name.find('['); open != std::string_view::npos;
       open = name.find('[', open + 1)) {
    const std::size_t close = name.find_first_not_of("0123456789", open + 1);
    const bool digits = close != std::string_view::npos && close > open + 1 && name[close] == ']';
    const bool after_name = open > 0 && name[open - 1] != ' ' && name[open - 1] != '-';
    const bool at_end = digits && (close + 1 == name.size() ||
                                   std::string_view(" ,)").find(name[close + 1]) != std::string_view::npos);
    if (after_name && at_end) {
      return true;
    }
  }
  return false;
}

template <std::size_t N>
bool any_vertex_names(const model::JobDetails& job, const std::array<std::string_view, N>& words) {
  return std::any_of(job.vertices.begin(), job.vertices.end(), [&words](const model::JobVertex& v) {
    const std::string name = base::to_lower(v.name);
    return std::any_of(words.begin(), words.end(), [&name](std::string_view word) {
      return name.find(word) != std::string::npos;
    });
  });
}

}  // namespace

std::int64_t default_max_parallelism(std::int64_t parallelism) {
  const std::int64_t bounded = std::clamp<std::int64_t>(parallelism, 1, largest_max_parallelism);
  const auto wanted = static_cast<std::uint64_t>(bounded + bounded / 2);
  return std::clamp(static_cast<std::int64_t>(std::bit_ceil(wanted)), smallest_default,
                    largest_max_parallelism);
}

bool is_possible_default(std::int64_t max_parallelism) {
  return max_parallelism >= smallest_default && max_parallelism <= largest_max_parallelism &&
         std::has_single_bit(static_cast<std::uint64_t>(max_parallelism));
}

bool is_pinned(const model::JobVertex& vertex) {
  return vertex.parallelism == 1 && vertex.max_parallelism == 1;
}

bool is_sql(const model::JobDetails& job) {
  return std::any_of(job.vertices.begin(), job.vertices.end(), [](const model::JobVertex& vertex) {
    return has_sql_index(vertex.name) ||
           vertex.name.find("TableSourceScan(table=[[") != std::string::npos;
  });
}

bool names_tell_of_state(const model::JobDetails& job) {
  constexpr std::array<std::string_view, 13> words{
      "window", "join",  "aggregat", "keyed",    "dedup",         "rank",     "committer",
      "match",  "cep",   "session",  "temporal", "exactly-once", "statefu"};
  const bool hashed = std::any_of(job.plan.begin(), job.plan.end(), [](const model::PlanNode& node) {
    return std::any_of(node.inputs.begin(), node.inputs.end(), [](const model::PlanInput& input) {
      return input.ship_strategy == "HASH";
    });
  });
  return hashed || any_vertex_names(job, words);
}

bool is_collect_job(const model::JobDetails& job) {
  constexpr std::array<std::string_view, 3> words{"collect sink", "collect table sink",
                                                  "data stream collect"};
  return job.name == "collect" || any_vertex_names(job, words);
}

bool is_heap_backend(std::string_view state_backend) {
  return state_backend == "HashMapStateBackend" || state_backend == "MemoryStateBackend" ||
         state_backend == "FsStateBackend";
}

bool is_disk_backend(std::string_view state_backend) {
  return state_backend == "EmbeddedRocksDBStateBackend" || state_backend == "RocksDBStateBackend" ||
         state_backend == "ForStStateBackend";
}

std::optional<bool> holds_state(const model::CheckpointStatistics* checkpoints) {
  if (checkpoints == nullptr) {
    return std::nullopt;
  }
  std::int64_t empty = 0;
  for (const model::Checkpoint* checkpoint : checkpoints->completed()) {
    if (!checkpoint->state_size) {
      return std::nullopt;
    }
    if (checkpoint->state_size->count > 0) {
      return true;
    }
    ++empty;
  }
  return empty >= several ? std::optional(false) : std::nullopt;
}

std::optional<bool> vertex_holds_state(const model::JobVertexId& vertex,
                                       const model::CheckpointStatistics* checkpoints,
                                       const model::CheckpointDetails* details) {
  if (details == nullptr) {
    return std::nullopt;
  }
  const auto found = details->vertices.find(vertex);
  if (found == details->vertices.end() || !found->second.state_size) {
    return std::nullopt;
  }
  if (found->second.state_size->count > 0) {
    return true;
  }
  const bool enough =
      checkpoints != nullptr && checkpoints->completed_count.value_or(0) >= several;
  return enough ? std::optional(false) : std::nullopt;
}

std::optional<bool> on_one_host(const model::TaskManagers* task_managers) {
  if (task_managers == nullptr || task_managers->list.empty()) {
    return std::nullopt;
  }
  const std::string& first = task_managers->list.front().host;
  if (first.empty()) {
    return std::nullopt;
  }
  return std::all_of(task_managers->list.begin(), task_managers->list.end(),
                     [&first](const model::TaskManager& tm) { return tm.host == first; });
}

bool checkpointing_on(const Context& context, Verdicts& out) {
  const auto enabled = context.get<model::CheckpointConfiguration>().enabled();
  if (!enabled) {
    out.unknown(context.job(), "Flink's answer has no checkpoint interval");
  } else if (!*enabled) {
    out.not_applicable(context.job(), "periodic checkpoints are off");
  }
  return enabled.value_or(false);
}

std::string_view configuration_file(const model::FlinkVersion& version) {
  return version.at_least(1, 19) ? "config.yaml" : "flink-conf.yaml";
}

std::string configuration_line(const model::ConfigurationKey& key,
                               const model::FlinkVersion& version, std::string_view value) {
  return fmt::format("    {}: {}\n", key.name_in(version), value);
}

}  // namespace auditor::checks
