#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"
#include "checks/operator-uids/operator_ids.h"

namespace auditor::checks {

namespace {

using model::CheckpointDetails;
using model::CheckpointStatistics;
using model::JobDetails;
using model::JobVertex;

/// "orders-source" for "Source: Orders -> parse": a UID to suggest.
std::string suggested_uid(const JobVertex& vertex) {
  std::string_view name = vertex.name;
  if (const std::size_t prefix = name.find("Source: "); prefix != std::string_view::npos) {
    name.remove_prefix(prefix + std::string_view("Source: ").size());
  }
  name = name.substr(0, name.find(" -> "));
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
  if (!uid.ends_with("source")) {
    uid += uid.empty() ? "source" : "-source";
  }
  return vertex.ordinal == 0 ? uid : fmt::format("{}-{}", uid, vertex.ordinal + 1);
}

std::string remediation(const JobVertex& vertex, std::optional<bool> stateful) {
  const std::string uid = suggested_uid(vertex);
  if (stateful == false) {
    return fmt::format(
        "    .uid(\"{}\")\n"
        "This operator holds no state. But a UID changes the automatic ids of all operators after "
        "it that have none, and these lose their state on the next restore: give UIDs to the whole "
        "job in one step, and to an operator that holds state together with its present id, "
        ".setUidHash(\"…\"), for one restart.",
        uid);
  }
  return fmt::format(
      "Not .uid(…) alone: on a running job that orphans the state held under the automatic id, and "
      "the restore fails. Stop the job with a savepoint and restart it from there with both:\n"
      "    .uid(\"{}\").setUidHash(\"{}\")\n"
      "Give UIDs to the whole job in that same restart: one UID changes the automatic ids of all "
      "operators after it that have none, so each of these that holds state needs its own UID and, "
      "as hash, its present id. A submission with debug logging for "
      "org.apache.flink.streaming.api.graph.StreamGraphHasherV2 prints the ids of all operators, "
      "chained ones too. Once a checkpoint of the new run is complete, setUidHash may go; keep the "
      "old savepoint for a way back. Sinks of the new API take CustomSinkOperatorUidHashes instead "
      "of setUidHash.",
      uid, vertex.id.value);
}

void fail(const Context& context, const JobVertex& vertex, const Position& at, Verdicts& out) {
  const auto* details = context.find<CheckpointDetails>();
  const std::optional<bool> stateful =
      vertex_holds_state(vertex.id, context.find<CheckpointStatistics>(), details);
  const std::string name = base::shorten(base::printable(vertex.name), 60);
  const std::string proof = fmt::format("id {}… = {}", vertex.id.value.substr(0, 8), to_text(at));
  Failure failure;
  failure.evidence = {context.evidence<JobDetails>(
                          "id of the vertex, which is its first operator's", vertex.id.value,
                          fmt::format("/vertices/{}/id", vertex.index), "the hash of a UID"),
                      model::Evidence{.label = "the id that Flink generates there",
                                      .value = proof,
                                      .unit = {},
                                      .expected = {},
                                      .source = {},
                                      .observed_at = {}}};
  std::string at_stake = "the state that it may hold";
  const model::VertexState* state = nullptr;
  if (details != nullptr) {
    const auto found = details->vertices.find(vertex.id);
    state = found == details->vertices.end() ? nullptr : &found->second;
  }
  if (state != nullptr && state->state_size) {
    const base::Bytes size = *state->state_size;
    failure.evidence.push_back(context.evidence<CheckpointDetails>(
        fmt::format("state of the vertex in checkpoint {}", details->id), size.count,
        fmt::format("/tasks/{}/state_size", vertex.id.value), {}, "bytes"));
    if (size.count > 0) {
      at_stake = fmt::format("the vertex' {} of state", base::format_bytes(size));
    }
  }
  failure.message = fmt::format(
      "the source of \"{}\" has no UID ({}): its id follows from the shape of the job, so that an "
      "operator added before it or chained to it changes the id, and {}",
      name, proof,
      stateful == false
          ? "a restore then fails where it ever comes to hold state (it holds none now)"
          : "a restore then fails or drops " + at_stake);
  failure.remediation = remediation(vertex, stateful);
  failure.severity = stateful == false ? model::Severity::low : model::Severity::high;
  out.fail(context.vertex(vertex), std::move(failure));
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  if (is_sql(job)) {
    out.not_applicable(context.job(),
                       "the planner sets the ids of a SQL job: see sql-plan-not-compiled");
    return;
  }
  const SourceIds ids(job);
  for (const JobVertex& vertex : job.vertices) {
    if (vertex.name.starts_with("IterationSource-")) {
      out.not_applicable(context.vertex(vertex),
                         "Flink's own operator at the head of an iteration, which takes no UID");
      continue;
    }
    const HeadOrigin head = ids.origin(vertex);
    switch (head.origin) {
      case Origin::automatic:
        fail(context, vertex, head.at, out);
        break;
      case Origin::explicit_uid:
        out.pass(
            context.vertex(vertex),
            fmt::format("the source of \"{}\" has a UID: its id is not the automatic one of any of "
                        "{} positions",
                        base::shorten(base::printable(vertex.name), 60), ids.positions()),
            {context.evidence<JobDetails>("id of the vertex, which is its first operator's",
                                          vertex.id.value,
                                          fmt::format("/vertices/{}/id", vertex.index))});
        break;
      case Origin::undecided:
        out.unknown(context.vertex(vertex), head.reason);
        break;
    }
  }
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
             .uses = model::Resource::checkpoints | model::Resource::checkpoint_details},
    .evaluate = evaluate};

}  // namespace auditor::checks
