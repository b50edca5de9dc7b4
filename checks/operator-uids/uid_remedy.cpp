#include "checks/operator-uids/uid_remedy.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/operator-uids/connectors.h"

namespace auditor::checks {

namespace {

constexpr std::string_view writer = ": Writer";
constexpr std::string_view committer = ": Committer";
constexpr std::string_view global_committer = ": Global Committer";

bool is_new_sink(std::string_view name) {
  return name.ends_with(writer) || name.ends_with(committer) || name.ends_with(global_committer);
}

std::string_view sink_name(std::string_view name) {
  for (const std::string_view suffix : {writer, global_committer, committer}) {
    if (name.ends_with(suffix)) {
      return name.substr(0, name.size() - suffix.size());
    }
  }
  return name;
}

/// "orders-source" for "Source: Orders", "totals-sink" for "Totals: Writer".
std::string suggested_uid(std::string_view operator_name) {
  std::string_view name = sink_name(operator_name);
  std::string_view role = is_new_sink(operator_name) ? "sink" : "";
  for (const auto& [prefix, of] :
       {std::pair<std::string_view, std::string_view>{"Source: ", "source"}, {"Sink: ", "sink"}}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      role = of;
    }
  }
  std::string uid;
  for (const char c : base::to_lower(name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      uid += c;
    } else if (!uid.empty() && uid.back() != '-') {
      uid += '-';
    }
  }
  constexpr std::size_t longest = 40;
  uid.resize(std::min(uid.size(), longest));
  while (uid.ends_with('-')) {
    uid.pop_back();
  }
  if (!role.empty() && !uid.ends_with(role)) {
    uid += (uid.empty() ? "" : "-") + std::string(role);
  }
  return uid.empty() ? "operator" : uid;
}

std::string shown(const Operator& op) {
  constexpr std::size_t columns = 60;
  std::string name = base::printable(op.name);
  std::ranges::replace(name, '\\', '/');  // javac reads \uXXXX in comments, too
  return base::shorten(name, columns);
}

class Planner {
 public:
  Planner(const UidProofs& proofs, const HoldsState& holds_state,
          const model::FlinkVersion& version)
      : proofs_(proofs), holds_state_(holds_state), version_(version) {
    for (const OperatorProof& proof : proofs.operators) {
      used_.insert(proof.uid);
    }
    for (const Operator& op : proofs.graph.operators) {
      writers_[sink_name(op.name)] += op.name.ends_with(writer) ? 1 : 0;
    }
  }

  UidRemedy plan() {
    for (const ChainVertex& vertex : proofs_.graph.vertices) {
      if (vertex.vertex != nullptr && is_iteration_end(vertex.vertex->name)) {
        continue;
      }
      for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
        if (proofs_.operators[op].origin != UidOrigin::has_uid) {
          assign(vertex, op);
        }
      }
    }
    if (!remedy_.blockers.empty()) {
      remedy_.assignments.clear();
    }
    return std::move(remedy_);
  }

 private:
  void assign(const ChainVertex& vertex, std::size_t op) {
    const Operator& found = proofs_.graph.operators[op];
    const OperatorProof& proof = proofs_.operators[op];
    const bool stateless = holds_state_(vertex.node->id) == false;
    if (found.is_head() && vertex.node->inputs.empty()) {
      if (proof.origin == UidOrigin::automatic) {
        remedy_.assignments.push_back(
            {.op = op, .way = UidAssignment::Way::keep_automatic, .uid = {}, .hash = {}});
      } else {
        block(found, "it is not known whether it has a UID");
      }
      return;
    }
    auto hash = proof.id_without_uid;
    if (proof.origin == UidOrigin::automatic) {
      hash = proof.id;
    }
    const Framework* framework = framework_of(found.name);
    if (framework != nullptr) {
      if (!stateless) {
        block(found, fmt::format("{} made it, and its vertex may hold state", framework->name));
      }
      return;
    }
    if (is_new_sink(found.name) && writers_[sink_name(found.name)] > 1 && !stateless) {
      block(found, "several sinks have its name, and its vertex may hold state");
      return;
    }
    const bool presumed = !proof.id;
    if (stateless) {
      if (is_new_sink(found.name) && !found.name.ends_with(writer)) {
        return;  // the UID of the sink gives it its own
      }
      remedy_.assignments.push_back(
          {.op = op, .way = UidAssignment::Way::uid_only, .uid = unique(found), .hash = {}});
      return;
    }
    if (!hash) {
      block(found, "its id is not known, and its vertex may hold state");
      return;
    }
    if (!is_new_sink(found.name)) {
      remedy_.assignments.push_back(
          {op, UidAssignment::Way::uid_and_hash, unique(found), hash, presumed});
    } else if (version_.at_least(1, 15)) {
      remedy_.assignments.push_back(
          {op, UidAssignment::Way::sink_hashes, unique(found), hash, presumed});
    } else {
      block(found, "its sink takes no hash before Flink 1.15, and its vertex may hold state");
    }
  }

  void block(const Operator& op, std::string_view why) {
    remedy_.blockers.push_back(fmt::format("\"{}\": {}", shown(op), why));
  }

  /// A sink's writer and committer share the UID of the sink.
  std::string unique(const Operator& op) {
    std::string wanted = suggested_uid(op.name);
    if (is_new_sink(op.name) && !op.name.ends_with(writer)) {
      return wanted;
    }
    std::string uid = wanted;
    for (int number = 2; !used_.insert(uid).second; ++number) {
      uid = fmt::format("{}-{}", wanted, number);
    }
    return uid;
  }

  const UidProofs& proofs_;
  const HoldsState& holds_state_;
  const model::FlinkVersion& version_;
  std::set<std::string> used_{"operator"};
  std::map<std::string_view, int> writers_;  ///< by the name of their sink
  UidRemedy remedy_;
};

std::string hash_setter(std::string_view name) {
  if (name.ends_with(global_committer)) {
    return "setGlobalCommitterUidHash";
  }
  return name.ends_with(committer) ? "setCommitterUidHash" : "setWriterUidHash";
}

}  // namespace

UidRemedy plan_remedy(const UidProofs& proofs, const HoldsState& holds_state,
                      const model::FlinkVersion& version) {
  return Planner(proofs, holds_state, version).plan();
}

std::string_view remedy_way() {
  return "Stop the job with a savepoint and restart it from there with a UID and, for that one "
         "restart, the present id on every operator but the sources.";
}

std::string remedy_afterwards(const UidRemedy& remedy, const model::FlinkVersion& version) {
  std::string text =
      version.at_least(1, 14)
          ? "Once a checkpoint of the new run is complete, setUidHash may go; keep the old "
            "savepoint "
            "for a way back."
          : "Run with restart strategy none, stop with a savepoint at once, and restart from it "
            "without setUidHash: Flink before 1.14 looks only under the hash at the next restore, "
            "and would start with no state.";
  if (std::ranges::any_of(remedy.assignments, &UidAssignment::presumed)) {
    text +=
        " (*) Right if neither the operator nor one that it is chained to has a UID in the code "
        "already. Where one has, leave these lines out, and ask again with --uid-words.";
  }
  return text;
}

namespace {

/// One builder for the writer and the committers of a sink, where the first of them stands.
std::string sink_code(const UidProofs& proofs, const UidRemedy& remedy,
                      const UidAssignment& assigned) {
  const auto name_of = [&proofs](const UidAssignment& other) {
    return std::string_view(proofs.graph.operators[other.op].name);
  };
  std::string setters;
  for (const UidAssignment& other : remedy.assignments) {
    if (other.way == UidAssignment::Way::sink_hashes &&
        sink_name(name_of(other)) == sink_name(name_of(assigned))) {
      if (setters.empty() && other.op != assigned.op) {
        return "    // (part of the sink above)\n";
      }
      setters += fmt::format("        .{}(\"{}\")\n", hash_setter(name_of(other)),
                             base::to_hex(*other.hash));
    }
  }
  return fmt::format(
      "    .sinkTo(sink, CustomSinkOperatorUidHashes.builder()\n{}        .build())\n    "
      ".uid(\"{}\")\n",
      setters, assigned.uid);
}

}  // namespace

std::string remedy_code(const UidProofs& proofs, const UidRemedy& remedy,
                        const ChainVertex& vertex) {
  constexpr std::size_t width = 80;
  std::string code;
  for (const UidAssignment& assignment : remedy.assignments) {
    const Operator& op = proofs.graph.operators[assignment.op];
    if (assignment.op < vertex.first || assignment.op >= vertex.last()) {
      continue;
    }
    code += fmt::format("    // {}{}\n", shown(op), assignment.presumed ? " (*)" : "");
    const std::string uid = fmt::format("    .uid(\"{}\")", assignment.uid);
    const std::string hash = assignment.hash ? base::to_hex(*assignment.hash) : "";
    switch (assignment.way) {
      case UidAssignment::Way::keep_automatic:
        code += "    // (keeps its automatic id in this restart)\n";
        break;
      case UidAssignment::Way::uid_only:
        code += uid + "\n";
        break;
      case UidAssignment::Way::uid_and_hash: {
        const std::string setter = fmt::format(".setUidHash(\"{}\")", hash);
        code.append(uid)
            .append(uid.size() + setter.size() > width ? "\n    " : "")
            .append(setter)
            .append("\n");
        break;
      }
      case UidAssignment::Way::sink_hashes:
        code += sink_code(proofs, remedy, assignment);
        break;
    }
  }
  return code;
}

}  // namespace auditor::checks
