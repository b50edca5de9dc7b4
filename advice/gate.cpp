#include "advice/gate.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advice/gate_settings.h"
#include "advice/key_groups.h"
#include "advice/operator_match.h"
#include "base/text.h"
#include "checks/engine.h"
#include "checks/facts.h"

namespace auditor::advice {

namespace {

using checks::ChainVertex;
using checks::OperatorProof;
using checks::UidOrigin;
using Kind = OperatorFate::Kind;

std::string quoted(std::string_view name) {
  return fmt::format("\"{}\"", base::printable(name));
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", quoted(names[i]));
  }
  return names.size() > shown ? fmt::format("{} and {} more", text, names.size() - shown) : text;
}

/// "remember -> even -> Sink: out"
std::string label_of(const checks::OperatorGraph& graph, const ChainVertex& vertex) {
  std::vector<std::string> names;
  names.reserve(vertex.size);
  for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
    names.push_back(base::printable(graph.operators[op].name));
  }
  return base::join(names, " -> ");
}

bool is_source(const ChainVertex& vertex) {
  return vertex.inputs.empty();
}

/// Judges one pair of versions.
class Gate {
 public:
  Gate(const GateSide& running, const GateSide& candidate, const GateOptions& options)
      : running_(running),
        candidate_(candidate),
        options_(options),
        words_(options.words != nullptr ? *options.words : no_words_),
        before_(checks::prove_uids(*running.job, words_)),
        after_(checks::prove_uids(*candidate.job, words_)),
        match_(before_, after_, words_),
        receives_(after_.graph.vertices.size(), nullptr) {}

  GateReport judge() {
    for (const std::size_t v : checks::topological_order(before_.graph)) {
      judge_state(before_.graph.vertices[v]);
    }
    const GateSettings settings{running_, candidate_, options_};
    for (std::size_t v = 0; v < receives_.size(); ++v) {
      if (receives_[v] != nullptr) {
        const ChainVertex& vertex = after_.graph.vertices[v];
        if (auto row = max_parallelism_row(settings, *receives_[v], vertex,
                                           label_of(after_.graph, vertex))) {
          report_.rows.push_back(std::move(*row));
        }
      } else {
        ++report_.starts_empty;
      }
    }
    report_.rows.push_back(backend_row(settings));
    if (auto row = version_row(settings)) {
      report_.rows.push_back(std::move(*row));
    }
    std::ranges::stable_sort(report_.rows, std::ranges::greater{}, &GateRow::verdict);
    for (const GateRow& row : report_.rows) {
      report_.verdict = std::max(report_.verdict, row.verdict);
    }
    return std::move(report_);
  }

 private:
  void judge_state(const ChainVertex& vertex);
  void judge_fates(const ChainVertex& vertex, const std::vector<OperatorFate>& fates, GateRow& row);
  void judge_gone(const ChainVertex& vertex, const std::vector<OperatorFate>& gone, bool all,
                  GateRow& row);
  [[nodiscard]] std::string name(std::size_t op) const { return before_.graph.operators[op].name; }

  const GateSide& running_;
  const GateSide& candidate_;
  const GateOptions& options_;
  model::UidTable no_words_;
  const model::UidTable& words_;
  checks::UidProofs before_;
  checks::UidProofs after_;
  OperatorMatch match_;
  std::vector<const ChainVertex*>
      receives_;  // for each vertex of the candidate: whose state it gets
  GateReport report_;
};

void Gate::judge_state(const ChainVertex& vertex) {
  const model::JobSnapshot& job = *running_.snapshot;
  const auto* statistics = job.checkpoints.known() ? &*job.checkpoints.value : nullptr;
  const auto* details = job.checkpoint_details.known() ? &*job.checkpoint_details.value : nullptr;
  GateRow row{.topic = "state",
              .subject = label_of(before_.graph, vertex),
              .verdict = GateVerdict::safe,
              .message = {},
              .state = std::nullopt,
              .evidence = {},
              .remedy = {}};
  row.evidence.push_back(gate_evidence("id of the vertex, which is its first operator's",
                                       base::to_hex(vertex.id), running_.source,
                                       fmt::format("/plan/nodes/{}/id", vertex.node->index)));
  if (details != nullptr) {
    const auto found = details->vertices.find(vertex.node->id);
    if (found != details->vertices.end() && found->second.state_size) {
      row.state = found->second.state_size;
      row.evidence.push_back(
          gate_evidence(fmt::format("state of the vertex in checkpoint {}", details->id),
                        row.state->count, job.checkpoint_details.source,
                        fmt::format("/tasks/{}/state_size", vertex.node->id.value), "bytes"));
    }
  }
  std::vector<OperatorFate> fates;
  fates.reserve(vertex.size);
  for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
    fates.push_back(match_.fate(op));
    const OperatorFate& fate = fates.back();
    if (fate.kind == Kind::mapped || fate.kind == Kind::to_another) {
      receives_[fate.vertex] = &vertex;
    }
  }
  const auto holds = checks::vertex_holds_state(vertex.node->id, statistics, details);
  // What a source's enumerator holds counts as state in Flink, and in no size that REST shows.
  if (holds == false && !is_source(vertex)) {
    row.message =
        fmt::format("It held no state in checkpoint {}, so none could be lost.", details->id);
  } else if (!vertex.obstacle.empty()) {
    row.verdict = GateVerdict::cannot_know;
    row.message = fmt::format("Its operators cannot be told: {}.", vertex.obstacle);
  } else {
    judge_fates(vertex, fates, row);
  }
  report_.rows.push_back(std::move(row));
}

void Gate::judge_fates(const ChainVertex& vertex, const std::vector<OperatorFate>& fates,
                       GateRow& row) {
  std::vector<OperatorFate> gone;
  std::vector<std::string> not_shown;
  std::vector<std::string> presumed;
  std::vector<std::string> by_hash;
  for (const OperatorFate& fate : fates) {
    switch (fate.kind) {
      case Kind::mapped:
        break;
      case Kind::by_uid_hash:
        by_hash.push_back(name(fate.op));
        break;
      case Kind::to_another:
        row.verdict = GateVerdict::cannot_know;
        row.message = fmt::format(
            "The state of {} would go to {}: neither has a UID, and both stand at the same place. "
            "If they are not the same operator under two names, the restore fails, or the state is "
            "read for another's.",
            quoted(name(fate.op)), quoted(fate.other));
        row.remedy = "Give the operators UIDs: audit-now uids shows how without losing state.";
        return;
      case Kind::presumed:
        (options_.presume_same_names ? presumed : not_shown).push_back(name(fate.op));
        break;
      case Kind::not_shown:
        not_shown.push_back(name(fate.op));
        break;
      case Kind::gone:
      case Kind::gone_unless_hidden:
        gone.push_back(fate);
        break;
    }
  }
  const std::string amount = row.state ? base::format_bytes(*row.state) : "state";
  if (!gone.empty()) {
    judge_gone(vertex, gone, gone.size() == fates.size(), row);
  } else if (!by_hash.empty() && is_source(vertex)) {
    row.verdict = GateVerdict::cannot_know;
    row.message = fmt::format(
        "setUidHash brings back the readers of {}, but not its split enumerator, which reads all "
        "splits anew unless the connector keeps the offsets.",
        listed(by_hash));
  } else if (!not_shown.empty()) {
    row.verdict = GateVerdict::cannot_know;
    row.message = fmt::format(
        "Its first operator finds its state. {} {} chained to it, and no plan shows an id inside a "
        "chain: whether {} kept {} UID, and holds a part of the vertex' {}, cannot be told.",
        listed(not_shown), not_shown.size() == 1 ? "is" : "are",
        not_shown.size() == 1 ? "it" : "they", not_shown.size() == 1 ? "its" : "their", amount);
    row.remedy =
        "Look in the code that their UIDs are the same as before, or that they hold no state; "
        "--presume-same-names then takes them for unchanged.";
  } else if (!presumed.empty()) {
    row.message = fmt::format(
        "Its first operator finds its state; {} presumed to have kept {} UID "
        "(--presume-same-names).",
        listed(presumed) + (presumed.size() == 1 ? " is" : " are"),
        presumed.size() == 1 ? "its" : "their");
  } else if (!by_hash.empty()) {
    row.message = fmt::format("setUidHash, as the words given have it, brings the state to {}.",
                              listed(by_hash));
  } else {
    row.message = fates.size() == 1
                      ? "The candidate has an operator with its id."
                      : "The candidate has operators with the ids of all of its operators.";
  }
}

void Gate::judge_gone(const ChainVertex& vertex, const std::vector<OperatorFate>& gone, bool all,
                      GateRow& row) {
  const bool head_gone = gone.front().op == vertex.first;
  // A keyed operator stands first in its chain, for records reach it by the network; so does a
  // source. What else is chained may hold nothing.
  const bool holds_it = all || (head_gone && (is_keyed(*vertex.node) || is_source(vertex)));
  const std::string amount =
      row.state ? base::format_bytes(*row.state) : "state of a size that is not known";
  std::vector<std::string> names;
  names.reserve(gone.size());
  for (const OperatorFate& fate : gone) {
    names.push_back(name(fate.op));
  }
  const OperatorFate& first = gone.front();
  const OperatorProof& proof = before_.operators[first.op];
  const std::string id = base::to_hex(*proof.id);
  const bool automatic = proof.origin == UidOrigin::automatic;
  std::string message =
      fmt::format("No operator of the candidate has the id of {} ({}, {}).", listed(names),
                  checks::short_hex(*proof.id),
                  automatic ? std::string("automatic: it followed from the shape of the job")
                  : proof.uid.empty() ? std::string("of a UID")
                                      : fmt::format("UID {}", quoted(proof.uid)));
  if (!first.other_id.empty()) {
    message +=
        fmt::format(" Its operator of that name has the id {}….", first.other_id.substr(0, 8));
    const ChainVertex& vertex_of_it = after_.graph.vertices[first.vertex];
    auto found = gate_evidence(fmt::format("candidate: id of {}", quoted(first.other)),
                               first.other_id, candidate_.source,
                               fmt::format("/plan/nodes/{}/id", vertex_of_it.node->index));
    if (base::to_hex(vertex_of_it.id) != first.other_id) {
      found.source.reset();  // of a chained operator: derived
    }
    row.evidence.push_back(std::move(found));
  }
  if (holds_it) {
    row.verdict = GateVerdict::will_lose_state;
    message += fmt::format(
        " Flink refuses the restore; with allowNonRestoredState it starts, and the {} {} gone "
        "without a word.",
        amount, row.state ? "are" : "is");
  } else {
    row.verdict = GateVerdict::cannot_know;
    message += fmt::format(
        " Whether it held a part of the vertex' {} no answer tells: if it did, the restore is "
        "refused, or the part lost where allowNonRestoredState is set.",
        amount);
  }
  if (std::ranges::any_of(
          gone, [](const OperatorFate& fate) { return fate.kind == Kind::gone_unless_hidden; })) {
    message +=
        " (Unless a chained operator of the candidate under another name has taken its UID.)";
  }
  row.message = std::move(message);
  if (automatic && is_source(vertex) && head_gone) {
    row.remedy =
        "A source's enumerator finds its state by the automatic id only: restore the shape of the "
        "job before it, or start it from offsets that the connector keeps.";
  } else if (automatic) {
    row.remedy = fmt::format(
        "Where it is the same operator, give it a UID and its old id for this restart (a file "
        "given by --uid-words that holds the id tells this gate so):\n    "
        ".uid(\"…\").setUidHash(\"{}\")",
        id);
  } else {
    row.remedy = fmt::format(
        "Where it is the same operator, give it its UID back{}, or its old id:\n    "
        ".setUidHash(\"{}\")",
        proof.uid.empty() ? "" : fmt::format(", {}", quoted(proof.uid)), id);
  }
}

/// A report of one row: the two cannot be compared.
GateReport not_comparable(std::string message) {
  GateReport report;
  report.verdict = GateVerdict::cannot_know;
  report.rows.push_back({.topic = "plan",
                         .subject = {},
                         .verdict = GateVerdict::cannot_know,
                         .message = std::move(message),
                         .state = std::nullopt,
                         .evidence = {},
                         .remedy = {}});
  return report;
}

}  // namespace

std::string_view to_text(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::safe:
      return "safe";
    case GateVerdict::cannot_know:
      return "cannot know";
    case GateVerdict::will_lose_state:
      return "will lose state";
    case GateVerdict::will_fail:
      return "will fail";
  }
  return "";
}

std::string_view to_text(RestoreFrom from) {
  switch (from) {
    case RestoreFrom::canonical_savepoint:
      return "canonical savepoint";
    case RestoreFrom::native_savepoint:
      return "native savepoint";
    case RestoreFrom::checkpoint:
      return "checkpoint";
  }
  return "";
}

GateReport judge_gate(const GateSide& running, const GateSide& candidate,
                      const GateOptions& options) {
  for (const GateSide* side : {&running, &candidate}) {
    const std::string_view which = side == &running ? "running job" : "candidate";
    if (side->job->plan.empty()) {
      return not_comparable(fmt::format(
          "The {} has no plan{}.", which,
          side->snapshot != nullptr
              ? fmt::format(": its state is {}", to_text(side->snapshot->overview.state))
              : std::string()));
    }
    if (side->job->type == model::JobType::batch || checks::is_data_set(*side->job)) {
      return not_comparable(
          fmt::format("The {} is a batch job, which keeps no state between runs.", which));
    }
  }
  return Gate(running, candidate, options).judge();
}

GateReport unreadable_plan(std::string reason) {
  return not_comparable(std::move(reason));
}

std::string_view gate_limits() {
  return "Not seen from here: serializers, the names and types of states inside an operator, and "
         "what the code does with them.";
}

}  // namespace auditor::advice
