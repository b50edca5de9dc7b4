#include "advice/gate_settings.h"

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::advice {

namespace {

/// Whether the candidate's max parallelism was set, where that can be told.
std::optional<bool> is_explicit(const GateSettings& of, const model::JobVertex& vertex) {
  if (of.options.max_parallelism) {
    return *of.options.max_parallelism > 0;
  }
  if (of.candidate.is_plan) {
    return std::nullopt;
  }
  if (of.candidate.job->max_parallelism.value_or(-1) > 0 || checks::is_pinned(vertex)) {
    return true;
  }
  const std::int64_t value = *vertex.max_parallelism;
  if (!checks::is_possible_default(value)) {
    return true;
  }
  return vertex.parallelism && checks::default_max_parallelism(*vertex.parallelism) == value
             ? std::optional(false)
             : std::nullopt;
}

std::string backend_of(const GateSettings& of, const GateSide& side) {
  if (&side == &of.candidate && of.options.state_backend) {
    return *of.options.state_backend;
  }
  if (side.snapshot == nullptr || !side.snapshot->checkpoint_configuration.known()) {
    return {};
  }
  return side.snapshot->checkpoint_configuration.value->state_backend.value_or("");
}

/// How a backend writes its state: what reads it natively.
std::string_view family(std::string_view backend) {
  const std::string lower = base::to_lower(backend);
  if (lower.find("forst") != std::string::npos) {
    return "ForSt";
  }
  if (lower == "rocksdb" || checks::is_disk_backend(backend)) {
    return "RocksDB";
  }
  return lower == "hashmap" || checks::is_heap_backend(backend) ? "heap" : "";
}

}  // namespace

model::Evidence gate_evidence(std::string label, model::EvidenceValue value, std::string path,
                              std::string pointer, std::string unit) {
  return {.label = std::move(label),
          .value = std::move(value),
          .unit = std::move(unit),
          .expected = {},
          .source = model::EvidenceSource{std::move(path), std::move(pointer)},
          .observed_at = std::nullopt};
}

std::optional<GateRow> max_parallelism_row(const GateSettings& of,
                                           const checks::ChainVertex& before,
                                           const checks::ChainVertex& after, std::string subject) {
  if (before.vertex == nullptr || after.vertex == nullptr || !before.vertex->max_parallelism) {
    return std::nullopt;
  }
  const std::int64_t old_max = *before.vertex->max_parallelism;
  const auto parallelism = after.vertex->parallelism;
  GateRow row{
      .topic = "max-parallelism",
      .subject = std::move(subject),
      .verdict = GateVerdict::safe,
      .message = {},
      .state = std::nullopt,
      .evidence = {gate_evidence("max parallelism of the state", old_max, of.running.source,
                                 fmt::format("/vertices/{}/maxParallelism", before.vertex->index))},
      .remedy = {}};
  const auto add_candidate = [&](std::string_view what, std::int64_t value,
                                 const std::string& field) {
    row.evidence.push_back(gate_evidence(
        fmt::format("candidate: {}", what), value, of.candidate.source,
        fmt::format("/{}/{}/{}", of.candidate.is_plan ? "plan/nodes" : "vertices",
                    of.candidate.is_plan ? after.node->index : after.vertex->index, field)));
  };
  if (parallelism && *parallelism > old_max) {
    add_candidate("parallelism", *parallelism, "parallelism");
    row.verdict = GateVerdict::will_fail;
    row.message = fmt::format(
        "The candidate runs it {} times in parallel, but its state has {} key groups: Flink "
        "refuses the restore.",
        *parallelism, old_max);
    row.remedy = fmt::format(
        "At most {} until the job starts without its state; audit-now what-if shows the choice.",
        old_max);
    return row;
  }
  const auto value = of.options.max_parallelism ? of.options.max_parallelism
                     : of.candidate.is_plan     ? std::nullopt
                                                : after.vertex->max_parallelism;
  if (value && !of.options.max_parallelism) {
    add_candidate("max parallelism", *value, "maxParallelism");
  }
  const auto set = value ? is_explicit(of, *after.vertex) : std::nullopt;
  if (value && (*value == old_max)) {
    row.message = fmt::format("Max parallelism {} in both.", old_max);
  } else if (set == false) {
    row.message = fmt::format(
        "The candidate does not set its max parallelism, and takes over {} from the state.",
        old_max);
  } else if (set == true) {
    row.verdict = GateVerdict::will_fail;
    row.message = fmt::format(
        "The candidate sets max parallelism {}, but its state has {} key groups: Flink refuses the "
        "restore.",
        *value, old_max);
    row.remedy = fmt::format(
        "Set {}, or start without state. No tool of Flink's changes it in a savepoint but the "
        "State Processor API, which writes a new one.",
        old_max);
  } else if (!value) {
    row.verdict = GateVerdict::cannot_know;
    row.message = fmt::format(
        "A plan shows no max parallelism. Not set, or set to {}, it is safe; any other fails.",
        old_max);
    row.remedy =
        "Say what the candidate sets by --max-parallelism auto or a number, or give a candidate "
        "that runs.";
  } else {
    row.verdict = GateVerdict::cannot_know;
    row.message = fmt::format(
        "The candidate shows max parallelism {}, which may be set or follow from an earlier "
        "parallelism; set, it fails against the state's {}.",
        *value, old_max);
    row.remedy = "Say what the candidate sets by --max-parallelism auto or a number.";
  }
  return row;
}

GateRow backend_row(const GateSettings& of) {
  const std::string before = backend_of(of, of.running);
  const std::string after = backend_of(of, of.candidate);
  const std::string_view old_family = family(before);
  const std::string_view new_family = family(after);
  const bool canonical = of.options.from == RestoreFrom::canonical_savepoint;
  GateRow row{.topic = "state-backend",
              .subject = {},
              .verdict = GateVerdict::safe,
              .message = {},
              .state = std::nullopt,
              .evidence = {},
              .remedy = {}};
  if (!before.empty()) {
    row.evidence.push_back(gate_evidence("state backend", before,
                                         of.running.snapshot->checkpoint_configuration.source,
                                         "/state_backend"));
  }
  if (of.candidate.snapshot != nullptr && !after.empty() && !of.options.state_backend) {
    row.evidence.push_back(gate_evidence("candidate: state backend", after,
                                         of.candidate.snapshot->checkpoint_configuration.source,
                                         "/state_backend"));
  }
  const bool forst = old_family == "ForSt" || new_family == "ForSt";
  if (!old_family.empty() && old_family == new_family) {
    // ForSt has no canonical savepoints (FLINK-39061).
    row.message = forst && canonical
                      ? fmt::format(
                            "{} in both. It takes native savepoints only: flink stop --type "
                            "native.",
                            after)
                      : fmt::format("{} in both.", after);
  } else if (old_family.empty() || new_family.empty()) {
    row.verdict = GateVerdict::cannot_know;
    row.message = canonical
                      ? "The state backend of one of them is not known. A canonical savepoint may "
                        "be read by the heap backend and by RocksDB, not by ForSt."
                      : fmt::format(
                            "The state backend of one of them is not known, and a {} can "
                            "be read only by the backend that wrote it.",
                            to_text(of.options.from));
    row.remedy = "Say what the candidate uses by --state-backend hashmap, rocksdb or forst.";
  } else if (canonical && !forst) {
    row.message = fmt::format(
        "From {} to {}: a canonical savepoint may be read by both. (From a checkpoint or a native "
        "savepoint it would fail.)",
        before, after);
  } else {
    row.verdict = GateVerdict::will_fail;
    row.message = canonical ? fmt::format(
                                  "From {} to {}: ForSt neither writes nor reads canonical "
                                  "savepoints.",
                                  before, after)
                            : fmt::format(
                                  "From {} to {}: a {} can be read only by the backend that "
                                  "wrote it.",
                                  before, after, to_text(of.options.from));
    row.remedy = forst ? "Keep the backend, or start without state."
                       : "Stop the job with a canonical savepoint, the default: flink stop "
                         "--type canonical.";
  }
  return row;
}

std::optional<GateRow> version_row(const GateSettings& of) {
  const model::FlinkVersion& before = of.running.version;
  const model::FlinkVersion& after = of.candidate.version;
  if (!before.known() || !after.known() ||
      (before.major == after.major && before.minor == after.minor)) {
    return std::nullopt;
  }
  GateRow row{
      .topic = "flink-version",
      .subject = {},
      .verdict = GateVerdict::safe,
      .message = {},
      .state = std::nullopt,
      .evidence = {gate_evidence("Flink", before.text, "/config", "/flink-version"),
                   gate_evidence("candidate: Flink", after.text, "/config", "/flink-version")},
      .remedy = {}};
  if (!after.at_least(before.major, before.minor)) {
    row.verdict = GateVerdict::cannot_know;
    row.message = fmt::format(
        "From Flink {} back to {}: an older release need not read what a newer one wrote.",
        before.text, after.text);
  } else if (after.major != before.major) {
    row.verdict = GateVerdict::cannot_know;
    row.message = fmt::format(
        "From Flink {} to {}: between 1.x and 2.x Flink does not guarantee that state can be read.",
        before.text, after.text);
    row.remedy = "Try the restore on a copy first; audit-now upgrade lists what else changes.";
  } else if (of.options.from != RestoreFrom::canonical_savepoint) {
    row.verdict = GateVerdict::cannot_know;
    row.message =
        fmt::format("From Flink {} to {} with a {}: only canonical savepoints are made for that.",
                    before.text, after.text, to_text(of.options.from));
  } else {
    row.message =
        fmt::format("From Flink {} to {}: savepoints are made for that.", before.text, after.text);
  }
  return row;
}

}  // namespace auditor::advice
