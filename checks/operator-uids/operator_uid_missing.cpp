#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"
#include "checks/operator-uids/connectors.h"
#include "checks/operator-uids/proven_job.h"
#include "checks/operator-uids/uid_remedy.h"
#include "model/configuration.h"

namespace auditor::checks {

namespace {

using model::CheckpointDetails;
using model::CheckpointStatistics;
using model::Configuration;
using model::Evidence;
using model::JobDetails;
using model::JobVertex;

constexpr std::string_view words_help =
    "; --uid-words FILE with the UIDs from the job's code (its source files will do) decides it";

std::string shown(std::string_view name) {
  constexpr std::size_t columns = 60;
  return base::shorten(base::printable(name), columns);
}

Evidence derived(base::Wording label, std::string value) {
  return {.label = std::move(label),
          .value = std::move(value),
          .unit = {},
          .expected = {},
          .source = {},
          .observed_at = {}};
}

/// For a shell.
std::string in_quotes(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "'";
  for (const char c : base::printable(text)) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

/// One job while its vertices are judged.
class Judge {
 public:
  Judge(const Context& context, Verdicts& out)
      : context_(context),
        out_(out),
        job_(*proven_job(context).details),
        proofs_(proven_job(context).proofs),
        graph_(proofs_.graph),
        owner_(framework_of(graph_)) {
    for (const ChainVertex& vertex : graph_.vertices) {
      in_plan_.emplace(vertex.vertex, &vertex);
    }
  }

  void run() {
    for (const JobVertex& vertex : job_.vertices) {
      const Subjects::Shared subject = context_.vertex(vertex);
      const auto found = in_plan_.find(&vertex);
      if (is_iteration_end(vertex.name)) {
        out_.not_applicable(subject, "Flink's own operator of an iteration, which takes no UID");
      } else if (graph_.too_large) {
        out_.unknown(subject, fmt::format("the job may have more than {} operators: none is tried",
                                          most_operators_searched));
      } else if (found == in_plan_.end()) {
        out_.unknown(subject,
                     "Flink's plan lacks this vertex: its chained operators are not known");
      } else {
        judge(vertex, *found->second);
      }
    }
  }

 private:
  void judge(const JobVertex& vertex, const ChainVertex& chain) {
    const OperatorProof& head = proofs_.head(chain);
    switch (head.origin) {
      case UidOrigin::automatic:
        fail(vertex, chain);
        break;
      case UidOrigin::has_uid:
        pass(vertex, chain);
        break;
      case UidOrigin::has_uid_or_follows_one:
      case UidOrigin::undetermined:
        judge_undecided(vertex, chain);
        break;
    }
  }

  // -- evidence ----------------------------------------------------------------------------------

  Evidence id_evidence(const JobVertex& vertex, base::Wording label, base::Wording expected = {}) {
    return context_.evidence<JobDetails>(std::move(label), vertex.id.value,
                                         fmt::format("/vertices/{}/id", vertex.index),
                                         std::move(expected));
  }

  Evidence own_id(const JobVertex& vertex, base::Wording expected = {}) {
    return id_evidence(vertex, "id of the vertex, which is its first operator's",
                       std::move(expected));
  }

  /// How the id comes about, back to ids that the plan shows.
  void add_proof(std::size_t op, std::vector<Evidence>& evidence) {
    constexpr std::size_t most = 12;
    evidence.push_back(derived("the id that Flink generates there", formula(proofs_, op)));
    if (const auto& sibling = proofs_.operators[op].sibling) {
      const Operator& other = graph_.operators[*sibling];
      evidence.push_back(
          id_evidence(*graph_.vertices[other.vertex].vertex,
                      fmt::format("id of \"{}\", behind the same operator", shown(other.name))));
    }
    std::vector<std::size_t> open{op};
    for (std::size_t next = 0; next < open.size() && evidence.size() < most; ++next) {
      for (const ProofInput& input : proofs_.operators[open[next]].inputs) {
        if (!input.op) {
          evidence.push_back(derived("id of a chained operator before it", base::to_hex(input.id)));
          continue;
        }
        if (std::ranges::find(open, *input.op) != open.end()) {
          continue;
        }
        const Operator& before = graph_.operators[*input.op];
        const OperatorProof& proof = proofs_.operators[*input.op];
        const std::string name = shown(before.name);
        if (before.is_head()) {
          evidence.push_back(id_evidence(*graph_.vertices[before.vertex].vertex,
                                         fmt::format("id of its input \"{}\"", name)));
        } else if (proof.origin == UidOrigin::automatic) {
          evidence.push_back(
              derived(fmt::format("id of \"{}\", chained before it", name),
                      fmt::format("{} = {}", short_hex(input.id), formula(proofs_, *input.op))));
          open.push_back(*input.op);
        } else {
          evidence.push_back(derived(
              fmt::format("id of \"{}\", chained before it", name),
              proof.uid.empty()
                  ? base::to_hex(input.id)
                  : fmt::format("{} = hash of the UID \"{}\"", short_hex(input.id), proof.uid)));
        }
      }
    }
  }

  /// The state of the vertex in one checkpoint; empty where that is not known.
  std::string add_state(const JobVertex& vertex, std::vector<Evidence>& evidence) {
    const auto* details = context_.find<CheckpointDetails>();
    if (details == nullptr) {
      return {};
    }
    const auto found = details->vertices.find(vertex.id);
    if (found == details->vertices.end() || !found->second.state_size) {
      return {};
    }
    const base::Bytes size = *found->second.state_size;
    evidence.push_back(context_.evidence<CheckpointDetails>(
        fmt::format("state of the vertex in checkpoint {}", details->id), size.count,
        fmt::format("/tasks/{}/state_size", vertex.id.value), {}, "bytes"));
    return size.count > 0 ? base::format_bytes(size) : "";
  }

  [[nodiscard]] std::optional<bool> holds_state(const model::JobVertexId& vertex) const {
    return vertex_holds_state(vertex, context_.find<CheckpointStatistics>(),
                              context_.find<CheckpointDetails>());
  }

  // -- verdicts ----------------------------------------------------------------------------------

  void fail(const JobVertex& vertex, const ChainVertex& chain) {
    const std::string name = shown(graph_.operators[chain.first].name);
    const std::string proof = fmt::format("id {}… = {}", vertex.id.value.view().substr(0, 8),
                                          formula(proofs_, chain.first));
    const Framework* framework =
        owner_ != nullptr ? owner_ : framework_of(graph_.operators[chain.first].name);
    const std::optional<bool> stateful = holds_state(vertex.id);
    Failure failure;
    failure.evidence.push_back(own_id(vertex, "the hash of a UID"));
    add_proof(chain.first, failure.evidence);
    const std::string size = add_state(vertex, failure.evidence);
    std::string risk = "the state that it may hold";
    if (!size.empty()) {
      risk = fmt::format("the vertex' {} of state", size);
    }
    failure.message = fmt::format(
        "\"{}\" has no UID ({}): its id follows from the shape of the job, so that an operator "
        "added before it or chained to it changes the id, and {}",
        name, proof,
        stateful == false
            ? "a restore then fails where it ever comes to hold state (it holds none now)"
            : "a restore then fails or drops " + risk);
    failure.severity = framework != nullptr || stateful == false ? model::Severity::low
                       : stateful                                ? model::Severity::high
                                                                 : model::Severity::medium;
    failure.remediation = framework != nullptr ? fmt::format("{} made this operator: {}.",
                                                             framework->name, framework->advice)
                                               : remediation(chain);
    out_.fail(context_.vertex(vertex), std::move(failure));
  }

  void pass(const JobVertex& vertex, const ChainVertex& chain) {
    const OperatorProof& head = proofs_.head(chain);
    std::string message =
        fmt::format("\"{}\" has a UID", shown(graph_.operators[chain.first].name));
    if (head.uid.empty()) {
      message +=
          fmt::format(": its id is the automatic one of none of {} positions", proofs_.positions);
    } else {
      message += fmt::format(", \"{}\": its id is the hash of that", shown(head.uid));
    }
    std::string without;
    for (std::size_t op = chain.first + 1; op < chain.last(); ++op) {
      if (proofs_.operators[op].origin == UidOrigin::automatic) {
        without +=
            fmt::format("{}\"{}\"", without.empty() ? "" : ", ", shown(graph_.operators[op].name));
      }
    }
    if (!without.empty()) {
      message += "; proved to have none, chained to it: " + without;
    }
    out_.pass(context_.vertex(vertex), std::move(message), {own_id(vertex)});
  }

  void judge_undecided(const JobVertex& vertex, const ChainVertex& chain) {
    const OperatorProof& head = proofs_.head(chain);
    const bool either = head.origin == UidOrigin::has_uid_or_follows_one;
    if (chain.obstacle.empty() && !proofs_.any_automatic) {
      const auto* configuration = context_.find<Configuration>();
      const auto* entry =
          configuration == nullptr ? nullptr : configuration->find(model::keys::auto_generate_uids);
      if (entry != nullptr && base::to_lower(entry->value) == "false") {
        out_.pass(context_.vertex(vertex),
                  "the cluster's configuration forbids automatic ids, and no operator of the job "
                  "was found to have one",
                  {own_id(vertex), context_.evidence(model::keys::auto_generate_uids)},
                  model::Confidence::likely);
        return;
      }
      if (either && proofs_.every_source_has_uid) {
        out_.pass(context_.vertex(vertex),
                  fmt::format("\"{}\", or a chained operator before it, has a UID: no shape with "
                              "none gives its id; all sources of the job have one, and no operator "
                              "was found without",
                              shown(graph_.operators[chain.first].name)),
                  {own_id(vertex)}, model::Confidence::likely);
        return;
      }
    }
    std::string reason =
        either ? "it, or a chained operator before it, has a UID: which of them, REST does not show"
               : head.reason;
    if (chain.obstacle.empty()) {
      reason += words_help;
    }
    out_.unknown(context_.vertex(vertex), std::move(reason), {own_id(vertex)});
  }

  // -- the remedy --------------------------------------------------------------------------------

  const UidRemedy& remedy() {
    if (!remedy_) {
      remedy_ = plan_remedy(
          proofs_, [this](const model::JobVertexId& id) { return holds_state(id); },
          context_.version());
    }
    return *remedy_;
  }

  std::string remediation(const ChainVertex& chain) {
    const UidRemedy& plan = remedy();
    std::string text =
        "Not .uid(…) alone: on a running job that orphans the state held under the automatic ids, "
        "and the restore fails. ";
    if (!plan.blockers.empty()) {
      return text + blocked(plan);
    }
    if (chain.node->inputs.empty()) {
      text +=
          "A source's state moves to a UID with its readers only: setUidHash does not bring back "
          "the "
          "split enumerator, which reads all splits anew. So give this source its UID when the job "
          "next starts without state, or from offsets that the connector keeps; all other "
          "operators "
          "can have theirs now, and keep their state:\n";
    } else {
      text.append(remedy_way()).append("\n");
    }
    text += remedy_code(proofs_, plan, chain);
    text += fmt::format(
        "All operators need it in the same restart, for one UID changes the automatic ids after "
        "it. "
        "All lines of this job:\n    audit-now uids {} --job={}\n",
        in_quotes(context_.target()), in_quotes(job_.name));
    text += after_restart();
    return text;
  }

  std::string after_restart() {
    std::string text = remedy_afterwards(remedy(), context_.version());
    const auto* configuration = context_.find<Configuration>();
    if (configuration == nullptr) {
      return text;
    }
    const auto* overrides = configuration->find(model::keys::vertex_parallelism_overrides);
    const auto* autoscaler = configuration->find(model::keys::autoscaler_enabled);
    if (overrides != nullptr || (autoscaler != nullptr && autoscaler->value == "true")) {
      text += fmt::format(
          " The vertices get other ids: {} goes stale, so write it anew.",
          overrides != nullptr ? overrides->key : "the autoscaler's history of the job");
    }
    return text;
  }

  static std::string blocked(const UidRemedy& plan) {
    constexpr std::size_t most_shown = 5;
    std::string text =
        "And a UID on one operator changes the automatic ids of those after it, so all have to get "
        "theirs in one restart, with their present ids as setUidHash. That cannot be written down "
        "yet for ";
    for (std::size_t i = 0; i < std::min(plan.blockers.size(), most_shown); ++i) {
      text += (i == 0 ? "" : "; ") + plan.blockers[i];
    }
    if (plan.blockers.size() > most_shown) {
      text += fmt::format("; and {} more", plan.blockers.size() - most_shown);
    }
    return text +
           ". A submission with debug logging for "
           "org.apache.flink.streaming.api.graph.StreamGraphHasherV2 prints the ids of all "
           "operators; where the job has UIDs already, --uid-words FILE with them may do.";
  }

  const Context& context_;
  Verdicts& out_;
  const JobDetails& job_;
  const UidProofs& proofs_;
  const OperatorGraph& graph_;
  const Framework* owner_;
  std::unordered_map<const JobVertex*, const ChainVertex*> in_plan_;
  std::optional<UidRemedy> remedy_;
};

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (is_sql(context.get<JobDetails>())) {
    out.not_applicable(context.job(),
                       "the planner sets the ids of a SQL job: see sql-plan-not-compiled");
    return;
  }
  Judge(context, out).run();
}

}  // namespace

extern constinit const Check operator_uid_missing{
    .info = {.id = "operator-uid-missing",
             .title = "An operator has no UID",
             .practice = "operator-uids",
             .scope = model::SubjectKind::vertex,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job,
             .uses = model::Resource::cluster | model::Resource::configuration |
                     model::Resource::checkpoints | model::Resource::checkpoint_details},
    .evaluate = evaluate};

}  // namespace auditor::checks
