#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointStatistics;
using model::Confidence;
using model::Evidence;
using model::JobDetails;
using model::JobVertex;
using model::Severity;

/// The vertices whose value nobody set, as far as REST can tell (flink-facts C.4).
struct Derived {
  std::vector<const JobVertex*> vertices;
  bool all_inherited =
      true;  ///< each has the default of another parallelism: restored, or set by hand
  bool little_headroom = false;  ///< of one at least: max < 4 × parallelism
};

Derived derived_values(const JobDetails& job) {
  constexpr std::int64_t ample = 4;
  Derived derived;
  for (const JobVertex& vertex : job.vertices) {
    if (is_pinned(vertex) || !vertex.max_parallelism || !vertex.parallelism ||
        !is_possible_default(*vertex.max_parallelism)) {
      continue;
    }
    derived.vertices.push_back(&vertex);
    const bool is_default = *vertex.max_parallelism == default_max_parallelism(*vertex.parallelism);
    derived.all_inherited = derived.all_inherited && !is_default;
    derived.little_headroom =
        derived.little_headroom || *vertex.max_parallelism < ample * *vertex.parallelism;
  }
  return derived;
}

std::string remediation(const Derived& derived, bool sql) {
  const std::int64_t value = *derived.vertices.front()->max_parallelism;
  const bool same = std::ranges::all_of(
      derived.vertices, [value](const JobVertex* v) { return v->max_parallelism == value; });
  std::string text =
      "Pin the values that the job has now, so that a change of parallelism cannot move them: any "
      "other value makes the restore from the job's own state fail.\n";
  if (sql && same) {
    text += fmt::format("    SET 'pipeline.max-parallelism' = '{}';\n", value);
  } else if (same) {
    text += fmt::format("    env.setMaxParallelism({});\n", value);
  } else {
    constexpr std::size_t most = 8;
    for (std::size_t i = 0; i < derived.vertices.size() && i < most; ++i) {
      text += fmt::format("    {}.setMaxParallelism({});\n",
                          base::shorten(base::printable(derived.vertices[i]->name), 40),
                          *derived.vertices[i]->max_parallelism);
    }
    if (derived.vertices.size() > most) {
      text += fmt::format("    … and {} more\n", derived.vertices.size() - most);
    }
  }
  text +=
      "Set it in this job only: a key of the whole cluster would reach jobs with other values. A "
      "better value (one with many divisors, such as 720) costs a start without the old state.";
  return text;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& job = context.get<JobDetails>();
  if (!job.max_parallelism) {
    out.unknown(context.job(), "Flink's answer has no max parallelism of the job");
    return;
  }
  std::vector<Evidence> evidence{context.evidence<JobDetails>(
      "max parallelism of the job", *job.max_parallelism, "/maxParallelism", "1 or more")};
  if (*job.max_parallelism > 0) {
    out.pass(context.job(), fmt::format("the job sets max parallelism {}", *job.max_parallelism),
             std::move(evidence));
    return;
  }
  const Derived derived = derived_values(job);
  if (derived.vertices.empty()) {
    const bool unclear = std::ranges::any_of(
        job.vertices, [](const JobVertex& v) { return !v.max_parallelism || !v.parallelism; });
    if (unclear || job.vertices.empty()) {
      out.unknown(context.job(), "Flink's answer lacks the max parallelism of some vertices",
                  std::move(evidence));
    } else {
      out.pass(context.job(), "every operator sets its own max parallelism", std::move(evidence));
    }
    return;
  }

  constexpr std::size_t most_named = 10;
  std::vector<std::string> names;
  for (const JobVertex* vertex : derived.vertices) {
    if (names.size() == most_named) {
      break;
    }
    names.push_back(base::shorten(base::printable(vertex->name), 60));
    evidence.push_back(context.evidence<JobDetails>(
        fmt::format("max parallelism of \"{}\", parallelism {}", names.back(),
                    *vertex->parallelism),
        *vertex->max_parallelism, fmt::format("/vertices/{}/maxParallelism", vertex->index),
        fmt::format("set; Flink derives {} from the parallelism",
                    default_max_parallelism(*vertex->parallelism))));
  }
  const std::string more = derived.vertices.size() > names.size()
                               ? fmt::format(" and {} more", derived.vertices.size() - names.size())
                               : "";
  Failure failure;
  failure.message = fmt::format(
      "max parallelism is not set: {} with a value derived from the parallelism ({}{}). The number "
      "of "
      "key groups is fixed with the first state; left to Flink, it depends on the parallelism of "
      "that "
      "day",
      base::plural(derived.vertices.size(), "vertex", "vertices"), base::join(names, ", "), more);
  failure.evidence = std::move(evidence);
  failure.remediation = remediation(derived, is_sql(job));
  failure.confidence = derived.all_inherited ? Confidence::likely : Confidence::certain;
  failure.severity = derived.little_headroom ? Severity::high : Severity::medium;
  if (holds_state(context.find<CheckpointStatistics>()) == false) {
    failure.severity = Severity::low;
  }
  out.fail(context.job(), std::move(failure));
}

}  // namespace

extern constinit const Check max_parallelism_unset{
    .info = {.id = "max-parallelism-unset",
             .title = "Max parallelism is left to Flink",
             .practice = "max-parallelism",
             .scope = model::SubjectKind::job,
             .severity = Severity::high,
             .confidence = Confidence::certain,
             .needs = model::Resource::job,
             .uses = model::Resource::checkpoints},
    .evaluate = evaluate};

}  // namespace auditor::checks
