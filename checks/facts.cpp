#include "checks/facts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

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
    const bool at_end =
        digits && (close + 1 == name.size() ||
                   std::string_view(" ,)").find(name[close + 1]) != std::string_view::npos);
    if (after_name && at_end) {
      return true;
    }
  }
  return false;
}

template <std::size_t N>
bool any_vertex_names(const model::JobDetails& job, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(job.vertices, [&words](const model::JobVertex& v) {
    const std::string name = base::to_lower(v.name);
    return std::ranges::any_of(
        words, [&name](std::string_view word) { return name.find(word) != std::string::npos; });
  });
}

/// The words of a name, lower case: "GlobalWindowAggregate[5] -> Sink: x" gives global, window,
/// aggregate, sink, x. "exception" is a word of its own, and no "cep".
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  char before = ' ';
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    const bool inside = (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z');
    if (upper || lower) {
      const bool starts = !inside || (upper && before >= 'a');
      if (starts) {
        words.emplace_back();
      }
      words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    before = c;
  }
  return words;
}

/// By vertex of the plan: whether an input of it is partitioned by key, so that key groups matter
/// to it.
std::map<model::JobVertexId, bool> keyed_inputs(const model::JobDetails& job) {
  std::map<model::JobVertexId, bool> keyed;
  for (const model::PlanNode& node : job.plan) {
    bool& known = keyed[node.id];  // ids may repeat in a forged plan
    known = known || std::ranges::any_of(node.inputs, [](const model::PlanInput& input) {
              return input.ship_strategy == "HASH";
            });
  }
  return keyed;
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

std::int64_t roomy_max_parallelism(std::int64_t parallelism) {
  constexpr std::int64_t ample = 4;
  constexpr std::array<std::int64_t, 10> round{120,   240,    720,    1'440,  2'520,
                                               5'040, 10'080, 15'120, 20'160, 27'720};
  const auto* const found = std::ranges::find_if(
      round, [parallelism](std::int64_t n) { return n / ample >= parallelism; });
  return found == round.end() ? largest_max_parallelism : *found;
}

std::vector<const model::JobVertex*> keyed_vertices(const Context& context, Verdicts& out) {
  const auto& job = context.get<model::JobDetails>();
  const std::map<model::JobVertexId, bool> inputs = keyed_inputs(job);
  const auto without_key = [&inputs](const model::JobVertex& vertex) {
    const auto found = inputs.find(vertex.id);
    return found != inputs.end() && !found->second;
  };
  std::vector<const model::JobVertex*> keyed;
  if (!job.vertices.empty() && std::ranges::all_of(job.vertices, without_key)) {
    out.not_applicable(context.job(), "no vertex has keyed input, so there are no key groups");
    return keyed;
  }
  for (const model::JobVertex& vertex : job.vertices) {
    const auto has_key = inputs.find(vertex.id);
    if (has_key == inputs.end()) {
      out.unknown(context.vertex(vertex),
                  "Flink's plan lacks this vertex: its inputs are not known");
    } else if (!has_key->second) {
      out.not_applicable(context.vertex(vertex), "it has no keyed input, so it has no key groups");
    } else if (vertex.parallelism.value_or(0) < 1 || vertex.max_parallelism.value_or(0) < 1) {
      out.unknown(context.vertex(vertex),
                  "Flink's answer lacks its parallelism or max parallelism");
    } else {
      keyed.push_back(&vertex);
    }
  }
  return keyed;
}

bool is_data_set(const model::JobDetails& job) {
  return std::ranges::any_of(job.plan, &model::PlanNode::from_data_set);
}

bool is_sql(const model::JobDetails& job) {
  return std::ranges::any_of(job.vertices, [](const model::JobVertex& vertex) {
    return has_sql_index(vertex.name) ||
           vertex.name.find("TableSourceScan(table=[[") != std::string::npos;
  });
}

bool names_tell_of_state(const model::JobDetails& job) {
  constexpr std::array<std::string_view, 16> telling{
      "window", "windows", "windowed",    "join",          "aggregate", "aggregation",
      "keyed",  "dedup",   "deduplicate", "deduplication", "rank",      "committer",
      "match",  "cep",     "session",     "stateful"};
  const bool named = std::ranges::any_of(job.vertices, [&telling](const model::JobVertex& vertex) {
    return std::ranges::any_of(words_of(vertex.name), [&telling](const std::string& word) {
      return std::ranges::find(telling, word) != telling.end();
    });
  });
  constexpr std::array<std::string_view, 1> guarantees{"exactly-once"};
  const bool hashed = std::ranges::any_of(job.plan, [](const model::PlanNode& node) {
    return std::ranges::any_of(
        node.inputs, [](const model::PlanInput& input) { return input.ship_strategy == "HASH"; });
  });
  return hashed || named || any_vertex_names(job, guarantees);
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
  const bool enough = checkpoints != nullptr && checkpoints->completed_count.value_or(0) >= several;
  return enough ? std::optional(false) : std::nullopt;
}

std::optional<SlotHeap> task_heap_per_slot(const model::TaskManagers* task_managers) {
  std::optional<SlotHeap> found;
  if (task_managers == nullptr) {
    return found;
  }
  for (const model::TaskManager& tm : task_managers->list) {
    if (!tm.task_heap || tm.slots.value_or(0) < 1) {
      return std::nullopt;
    }
    const base::Bytes size{tm.task_heap->count / *tm.slots};
    if (!found || size < found->size) {
      found = SlotHeap{size, &tm};
    }
  }
  return found;
}

std::optional<bool> on_one_host(const model::TaskManagers* task_managers) {
  if (task_managers == nullptr || task_managers->list.empty()) {
    return std::nullopt;
  }
  const std::string& first = task_managers->list.front().host;
  if (first.empty()) {
    return std::nullopt;
  }
  return std::ranges::all_of(task_managers->list,
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

std::optional<HighAvailability> high_availability(const model::Configuration& configuration) {
  const model::ConfigurationEntry* entry = configuration.find(model::keys::high_availability);
  if (entry == nullptr) {
    return HighAvailability::off;
  }
  if (entry->masked()) {
    return std::nullopt;
  }
  const std::string mode = base::to_lower(base::trim(entry->value));
  if (mode.empty() || mode == "none" || mode == "standalone") {
    return HighAvailability::off;
  }
  if (mode == "zookeeper") {
    return HighAvailability::zookeeper;
  }
  const bool kubernetes = mode == "kubernetes" || mode.ends_with(".kuberneteshaservicesfactory");
  return kubernetes ? HighAvailability::kubernetes : HighAvailability::custom;
}

std::optional<HighAvailability> high_availability_on(const Context& context, Verdicts& out) {
  const auto mode = high_availability(context.get<model::Configuration>());
  if (!mode) {
    out.unknown(context.cluster(), "Flink masks the value of the high-availability mode",
                {context.evidence(model::keys::high_availability)});
    return std::nullopt;
  }
  if (*mode == HighAvailability::off) {
    out.not_applicable(context.cluster(), "high availability is off");
    return std::nullopt;
  }
  return mode;
}

namespace {

/// The duration below which `share` (0 to 1) of the history's completed checkpoints stay; for
/// releases that do not tell.
std::optional<std::chrono::milliseconds> duration_in_history(
    const model::CheckpointStatistics& checkpoints, double share) {
  std::vector<std::chrono::milliseconds> durations;
  for (const model::Checkpoint* checkpoint : checkpoints.completed()) {
    if (checkpoint->duration && !checkpoint->is_savepoint) {
      durations.push_back(*checkpoint->duration);
    }
  }
  if (durations.size() < static_cast<std::size_t>(several)) {
    return std::nullopt;
  }
  std::ranges::sort(durations);
  const auto rank = std::lround(static_cast<double>(durations.size() - 1) * share);
  return durations[static_cast<std::size_t>(rank)];
}

}  // namespace

std::optional<std::chrono::milliseconds> median_checkpoint_duration(
    const model::CheckpointStatistics* checkpoints) {
  if (checkpoints == nullptr) {
    return std::nullopt;
  }
  if (checkpoints->median_duration && checkpoints->completed_count.value_or(0) >= several) {
    return checkpoints->median_duration;
  }
  return duration_in_history(*checkpoints, 0.5);
}

std::optional<std::chrono::milliseconds> p95_checkpoint_duration(
    const model::CheckpointStatistics* checkpoints) {
  if (checkpoints == nullptr) {
    return std::nullopt;
  }
  if (checkpoints->p95_duration && checkpoints->completed_count.value_or(0) >= several) {
    return checkpoints->p95_duration;
  }
  return duration_in_history(*checkpoints, 0.95);
}

namespace {

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

/// "Restart with fixed delay (PT3S). #100 restart attempts."
std::optional<std::int64_t> attempts_in(std::string_view text) {
  const std::size_t hash = text.find('#');
  if (hash == std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(hash + 1);
  return to_integer(text.substr(0, text.find_first_not_of("0123456789")));
}

/// By the text of `/jobs/:id/config`, or by the name in the cluster's configuration
/// (RestartStrategyOptions).
std::optional<RestartStrategy::Kind> kind_of(std::string_view text) {
  using Kind = RestartStrategy::Kind;
  if (text == "Restart deactivated." || text == "none" || text == "off" || text == "disable") {
    return Kind::none;
  }
  if (text.starts_with("Restart with fixed delay") || text == "fixed-delay" ||
      text == "fixeddelay") {
    return Kind::fixed_delay;
  }
  if (text.starts_with("Failure rate restart") || text == "failure-rate" || text == "failurerate") {
    return Kind::failure_rate;
  }
  if (text.starts_with("Restart with exponential delay") || text == "exponential-delay" ||
      text == "exponentialdelay") {
    return Kind::exponential_delay;
  }
  return std::nullopt;
}

/// What the cluster's configuration, and without it Flink itself, gives to a job that sets nothing.
/// Adds to the evidence; otherwise the reason why it cannot be told.
base::Result<RestartStrategy> default_strategy(const Context& context, std::string_view expected,
                                               RestartStrategy strategy) {
  const auto untold = [](std::string reason) {
    return base::fail(base::ErrorKind::not_recorded, std::move(reason));
  };
  const auto* configuration = context.find<model::Configuration>();
  if (configuration == nullptr) {
    return untold(
        "the job takes the cluster's restart strategy, but the cluster's configuration is "
        "not known");
  }
  strategy.evidence.push_back(
      context.evidence(model::keys::restart_strategy, std::string(expected)));
  if (const auto* entry = configuration->find(model::keys::restart_strategy)) {
    const auto kind = kind_of(base::to_lower(base::trim(entry->value)));
    if (!kind) {
      return untold(entry->masked() ? "Flink masks the value of " + entry->key
                                    : entry->key + " names no restart strategy of Flink");
    }
    strategy.kind = *kind;
    strategy.origin = RestartStrategy::Origin::cluster;
    if (*kind == RestartStrategy::Kind::fixed_delay) {
      const auto* attempts = configuration->find(model::keys::restart_fixed_delay_attempts);
      strategy.attempts = attempts == nullptr ? 1 : to_integer(base::trim(attempts->value));
      strategy.evidence.push_back(context.evidence(model::keys::restart_fixed_delay_attempts));
    }
    return strategy;
  }
  const auto* checkpointing = context.find<model::CheckpointConfiguration>();
  if (checkpointing == nullptr || !checkpointing->enabled()) {
    return untold(
        "no restart strategy is set, and Flink's own depends on checkpointing, whose "
        "interval is not known");
  }
  strategy.origin = RestartStrategy::Origin::built_in;
  strategy.evidence.push_back(context.evidence<model::CheckpointConfiguration>(
      "checkpoint interval", checkpointing->interval->count(), "/interval", "on", "ms"));
  strategy.kind = RestartStrategy::Kind::none;
  if (*checkpointing->enabled()) {
    const bool exponential = context.version().at_least(1, 19);
    strategy.kind =
        exponential ? RestartStrategy::Kind::exponential_delay : RestartStrategy::Kind::fixed_delay;
    if (!exponential) {
      strategy.attempts = std::numeric_limits<std::int32_t>::max();
    }
  }
  return strategy;
}

}  // namespace

std::optional<RestartStrategy> restart_strategy(const Context& context, std::string_view expected,
                                                Verdicts& out) {
  if (is_collect_job(context.get<model::JobDetails>())) {
    out.not_applicable(context.job(),
                       "a query whose result a client collects: it ends with the client");
    return std::nullopt;
  }
  const auto& text = context.get<model::JobConfiguration>().restart_strategy;
  if (!text) {
    out.unknown(context.job(), "Flink's answer has no restart strategy of the job");
    return std::nullopt;
  }
  RestartStrategy strategy;
  strategy.evidence.push_back(context.evidence<model::JobConfiguration>(
      "restart strategy of the job", *text, "/execution-config/restart-strategy",
      std::string(expected)));
  if (*text == "Cluster level default restart strategy") {
    const model::FlinkVersion version = context.version();
    if (version.at_least(1, 19) && !version.at_least(2, 0)) {
      strategy.confidence = model::Confidence::likely;
    }
    auto found = default_strategy(context, expected, strategy);
    if (!found) {
      out.unknown(context.job(), found.error().message, std::move(strategy.evidence));
      return std::nullopt;
    }
    strategy = std::move(*found);
  } else if (const auto kind = kind_of(*text)) {
    strategy.kind = *kind;
    if (*kind == RestartStrategy::Kind::fixed_delay) {
      strategy.attempts = attempts_in(*text);
    }
  } else {
    out.unknown(context.job(), "Flink names a restart strategy that is not one of its own",
                std::move(strategy.evidence));
    return std::nullopt;
  }
  if (strategy.kind == RestartStrategy::Kind::fixed_delay && strategy.attempts == 0) {
    strategy.kind = RestartStrategy::Kind::none;
  }
  return strategy;
}

std::string restart_lines(const RestartStrategy& strategy, bool sql,
                          const model::FlinkVersion& version) {
  constexpr std::string_view wanted = "exponential-delay";
  if (strategy.origin == RestartStrategy::Origin::cluster) {
    return fmt::format("In {}:\n{}", configuration_file(version),
                       configuration_line(model::keys::restart_strategy, version, wanted));
  }
  const std::string java =
      version.at_least(1, 19)
          ? fmt::format(
                "Configuration options = new Configuration();\n"
                "    options.setString(\"{}\", \"{}\");\n"
                "    StreamExecutionEnvironment env =\n"
                "        StreamExecutionEnvironment.getExecutionEnvironment(options);",
                model::keys::restart_strategy.name_in(version), wanted)
          : "env.setRestartStrategy(RestartStrategies.exponentialDelayRestart(\n"
            "        Time.seconds(1), Time.minutes(1), 1.5, Time.hours(1), 0.1));";
  return fmt::format("In the job{}:\n{}",
                     !sql && version.at_least(1, 19) && !version.at_least(2, 0)
                         ? ", without its call of env.setRestartStrategy"
                         : "",
                     job_line(sql, model::keys::restart_strategy, version, wanted, java));
}

std::string flink_duration(std::chrono::milliseconds duration) {
  constexpr std::int64_t second = 1'000;
  constexpr std::int64_t minute = 60 * second;
  const std::int64_t ms = duration.count();
  if (ms > 0 && ms % minute == 0) {
    return fmt::format("{} min", ms / minute);
  }
  return ms > 0 && ms % second == 0 ? fmt::format("{} s", ms / second) : fmt::format("{} ms", ms);
}

std::string job_line(bool sql, const model::ConfigurationKey& key,
                     const model::FlinkVersion& version, std::string_view value,
                     std::string_view java) {
  return sql ? fmt::format("    SET '{}' = '{}';\n", key.name_in(version), value)
             : fmt::format("    {}\n", java);
}

std::string_view configuration_file(const model::FlinkVersion& version) {
  return version.at_least(1, 19) ? "config.yaml" : "flink-conf.yaml";
}

std::string configuration_line(const model::ConfigurationKey& key,
                               const model::FlinkVersion& version, std::string_view value) {
  return fmt::format("    {}: {}\n", key.name_in(version), value);
}

}  // namespace auditor::checks
