#include "cli/uids_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "checks/engine.h"
#include "checks/facts.h"
#include "checks/operator-uids/connectors.h"
#include "report/wrap.h"

namespace auditor::cli {

namespace {

using checks::ChainVertex;
using checks::Operator;
using checks::OperatorProof;
using checks::UidAssignment;
using checks::UidOrigin;
using nlohmann::ordered_json;

constexpr std::size_t width = 80;

JobUids look_at(const model::JobSnapshot& job, bool history_server,
                const model::FlinkVersion& version, const model::UidTable& words) {
  JobUids listed{.job = &job, .note = {}, .proofs = {}, .remedy = {}};
  if (const auto closed = checks::gate(job, history_server)) {
    listed.note = closed->reason;
    return listed;
  }
  listed.proofs = checks::prove_uids(*job.details.value, words);
  if (listed.proofs.graph.too_large) {
    listed.note = fmt::format("the job may have more than {} operators: none is tried",
                              checks::most_operators_searched);
  } else if (checks::is_sql(*job.details.value)) {
    listed.note =
        "the planner sets the ids of a SQL job: see audit-now explain sql-plan-not-compiled";
  } else if (const auto* framework = checks::framework_of(listed.proofs.graph)) {
    listed.note = fmt::format("{} made this job: {}", framework->name, framework->advice);
  } else if (listed.proofs.any_automatic) {
    const auto* checkpoints = job.checkpoints.known() ? &*job.checkpoints.value : nullptr;
    const auto* details = job.checkpoint_details.known() ? &*job.checkpoint_details.value : nullptr;
    listed.remedy = checks::plan_remedy(
        listed.proofs,
        [&](const model::JobVertexId& vertex) {
          return checks::vertex_holds_state(vertex, checkpoints, details);
        },
        version);
  }
  return listed;
}

std::string name_of(const Operator& op) {
  return base::printable(op.name);
}

/// The lines of the tree before an operator's name, as Flink draws them.
std::string branch_of(const checks::OperatorGraph& graph, std::size_t op) {
  std::string branch;
  bool own = true;
  for (std::size_t at = op; !graph.operators[at].is_head(); at = graph.operators[at].parent) {
    const bool last = graph.operators[graph.operators[at].parent].outputs.back() == at;
    branch.insert(0, own ? (last ? "+- " : ":- ") : (last ? "   " : ":  "));
    own = false;
  }
  return branch;
}

std::string verdict_text(const OperatorProof& proof, bool is_head) {
  switch (proof.origin) {
    case UidOrigin::automatic:
      return "none (proved)";
    case UidOrigin::has_uid:
      return proof.uid.empty() ? "yes (proved)" : fmt::format("\"{}\"", base::printable(proof.uid));
    case UidOrigin::has_uid_or_follows_one:
      return "it or one before";
    case UidOrigin::undetermined:
      break;
  }
  return is_head ? "not decided" : "not shown";
}

std::string id_text(const OperatorProof& proof) {
  if (proof.id) {
    return checks::short_hex(*proof.id);
  }
  return proof.id_without_uid ? "(" + checks::short_hex(*proof.id_without_uid) + ")" : "";
}

/// Cut or filled to so many columns.
std::string cell(std::string_view text, std::size_t columns) {
  std::string cut = base::shorten(text, columns);
  cut.append(columns - base::display_width(cut), ' ');
  return cut;
}

void write_tree(const JobUids& listed, std::string& out) {
  constexpr std::size_t name_columns = 36;
  constexpr std::size_t id_columns = 11;
  constexpr std::size_t uid_columns = 20;
  out += fmt::format("{} {} {} {:>10}\n", cell("OPERATOR", name_columns), cell("ID", id_columns),
                     cell("UID", uid_columns), "STATE");
  const checks::OperatorGraph& graph = listed.proofs.graph;
  bool presumed = false;
  for (const std::size_t v : checks::topological_order(graph)) {
    const ChainVertex& vertex = graph.vertices[v];
    for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
      const OperatorProof& proof = listed.proofs.operators[op];
      presumed = presumed || (!proof.id && proof.id_without_uid);
      const bool is_head = graph.operators[op].is_head();
      const auto state = is_head ? listed.state_of(vertex) : std::nullopt;
      out += base::trim(fmt::format(
                            "x{} {} {} {:>10}",
                            cell(branch_of(graph, op) + name_of(graph.operators[op]), name_columns),
                            cell(id_text(proof), id_columns),
                            cell(verdict_text(proof, is_head), uid_columns),
                            state ? base::format_bytes(*state) : ""))
                 .substr(1);
      out += '\n';
    }
  }
  if (presumed) {
    out += "(…): its id if it has no UID; nothing that Flink shows depends on it\n";
  }
}

void write_remedy(const JobUids& listed, const model::FlinkVersion& version, std::string& out) {
  const checks::UidRemedy& remedy = listed.remedy;
  if (!remedy.blockers.empty()) {
    out += "\n" +
           report::wrap("No code can be given yet that would keep all state, because of:", width,
                        "", "");
    for (const std::string& blocker : remedy.blockers) {
      out += report::wrap(blocker, width, "- ", "  ");
    }
    out += report::wrap(
        "--uid-words FILE with the UIDs from the job's code (its source files will do) may help.",
        width, "", "");
    return;
  }
  std::string code;
  for (const std::size_t v : checks::topological_order(listed.proofs.graph)) {
    code += checks::remedy_code(listed.proofs, remedy, listed.proofs.graph.vertices[v]);
  }
  if (code.empty()) {
    return;
  }
  out += "\n" + report::wrap(checks::remedy_way(), width, "", "") + code +
         report::wrap(checks::remedy_afterwards(remedy, version), width, "", "");
  const bool sources = std::ranges::any_of(remedy.assignments, [](const UidAssignment& assigned) {
    return assigned.way == UidAssignment::Way::keep_automatic;
  });
  if (sources) {
    out += report::wrap(
        "A source keeps its automatic id in this restart: setUidHash does not bring back its split "
        "enumerator, so that it would read all splits anew. Give it a UID when the job next starts "
        "without state, or from offsets that the connector keeps.",
        width, "", "");
  }
}

ordered_json as_json(const std::optional<checks::OperatorId>& id) {
  return id ? ordered_json(base::to_hex(*id)) : ordered_json(nullptr);
}

ordered_json operator_json(const JobUids& listed, const ChainVertex& vertex, std::size_t op) {
  const Operator& found = listed.proofs.graph.operators[op];
  const OperatorProof& proof = listed.proofs.operators[op];
  return {
      {"name", name_of(found)},
      {"parent",
       found.is_head() ? ordered_json(nullptr) : ordered_json(found.parent - vertex.first)},
      {"id", as_json(proof.id)},
      {"id_without_uid", as_json(proof.id_without_uid)},
      {"verdict", to_text(proof.origin)},
      {"uid", proof.uid.empty() ? ordered_json(nullptr) : ordered_json(base::printable(proof.uid))},
      {"proof",
       proof.origin == UidOrigin::automatic ? checks::formula(listed.proofs, op) : proof.reason}};
}

ordered_json vertex_json(const JobUids& listed, const ChainVertex& vertex) {
  ordered_json operators = ordered_json::array();
  for (std::size_t op = vertex.first; op < vertex.last(); ++op) {
    operators.push_back(operator_json(listed, vertex, op));
  }
  const auto state = listed.state_of(vertex);
  const std::string& name =
      vertex.vertex == nullptr ? vertex.node->description : vertex.vertex->name;
  return {{"id", base::printable(vertex.node->id.value)},
          {"name", base::printable(name)},
          {"state_size", state ? ordered_json(state->count) : ordered_json(nullptr)},
          {"operators", std::move(operators)}};
}

ordered_json remedy_json(const JobUids& listed) {
  ordered_json operators = ordered_json::array();
  ordered_json kept = ordered_json::array();
  ordered_json blockers = ordered_json::array();
  for (const UidAssignment& assigned : listed.remedy.assignments) {
    const Operator& op = listed.proofs.graph.operators[assigned.op];
    if (assigned.way == UidAssignment::Way::keep_automatic) {
      kept.push_back(name_of(op));
      continue;
    }
    const ChainVertex& vertex = listed.proofs.graph.vertices[op.vertex];
    operators.push_back({{"vertex_id", base::printable(vertex.node->id.value)},
                         {"operator", name_of(op)},
                         {"uid", assigned.uid},
                         {"uid_hash", as_json(assigned.hash)},
                         {"presumed", assigned.presumed}});
  }
  for (const std::string& blocker : listed.remedy.blockers) {
    blockers.push_back(blocker);
  }
  return {{"operators", std::move(operators)},
          {"keep_automatic", std::move(kept)},
          {"blockers", std::move(blockers)}};
}

}  // namespace

std::optional<base::Bytes> JobUids::state_of(const ChainVertex& vertex) const {
  if (!job->checkpoint_details.known()) {
    return std::nullopt;
  }
  const auto& vertices = job->checkpoint_details.value->vertices;
  const auto found = vertices.find(vertex.node->id);
  return found == vertices.end() ? std::nullopt : found->second.state_size;
}

std::vector<JobUids> list_uids(const model::Snapshot& snapshot, const model::UidTable& words) {
  const model::FlinkVersion version =
      snapshot.cluster.known() ? snapshot.cluster.value->version : model::FlinkVersion{};
  std::vector<JobUids> jobs;
  jobs.reserve(snapshot.jobs.size());
  for (const model::JobSnapshot& job : snapshot.jobs) {
    if (model::is_terminal(job.overview.state) && !snapshot.is_history_server()) {
      continue;  // it FAILED: told by a check of liveness, and of no interest here
    }
    jobs.push_back(look_at(job, snapshot.is_history_server(), version, words));
  }
  return jobs;
}

std::string uids_as_text(const std::vector<JobUids>& jobs, const model::FlinkVersion& version) {
  std::string out;
  for (const JobUids& listed : jobs) {
    out += out.empty() ? "" : "\n\n";
    out += report::wrap(fmt::format("{}  {}", base::printable(listed.job->overview.name),
                                    base::printable(listed.job->overview.id.value)),
                        width, "Job ", "    ");
    if (!listed.note.empty()) {
      out += report::wrap(base::printable(listed.note), width, "    ", "    ");
    }
    if (!listed.proofs.operators.empty()) {
      out += '\n';
      write_tree(listed, out);
      write_remedy(listed, version, out);
    }
  }
  return out.empty() ? "No running job.\n" : out;
}

std::string uids_as_json(const std::vector<JobUids>& jobs) {
  ordered_json rows = ordered_json::array();
  for (const JobUids& listed : jobs) {
    ordered_json vertices = ordered_json::array();
    for (const ChainVertex& vertex : listed.proofs.graph.vertices) {
      vertices.push_back(vertex_json(listed, vertex));
    }
    rows.push_back({{"id", base::printable(listed.job->overview.id.value)},
                    {"name", base::printable(listed.job->overview.name)},
                    {"note", listed.note.empty() ? ordered_json(nullptr)
                                                 : ordered_json(base::printable(listed.note))},
                    {"vertices", std::move(vertices)},
                    {"remedy", remedy_json(listed)}});
  }
  const ordered_json document{{"schema", "flink-auditor/uids/1"}, {"jobs", std::move(rows)}};
  return document.dump(2) + "\n";
}

}  // namespace auditor::cli
