#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "advice/upgrade.h"
#include "base/text.h"
#include "checks/engine.h"
#include "checks/facts.h"

namespace auditor::advice {

namespace {

using model::CheckpointConfiguration;
using model::JobDetails;
using model::JobSnapshot;

/// Items about jobs: one for each kind, with all the jobs that it concerns.
class JobItems {
 public:
  void add(UpgradeItem item, const JobSnapshot& job, std::vector<model::Evidence> evidence) {
    const auto same = std::ranges::find_if(items_, [&item](const UpgradeItem& other) {
      return other.kind == item.kind && other.message == item.message;
    });
    UpgradeItem& into = same == items_.end() ? items_.emplace_back(std::move(item)) : *same;
    const std::string name = base::printable(job.overview.name);
    if (std::ranges::find(into.jobs, name) == into.jobs.end()) {
      into.jobs.push_back(name);
    }
    std::ranges::move(evidence, std::back_inserter(into.evidence));
  }

  void move_to(std::vector<UpgradeItem>& items) {
    std::ranges::move(items_, std::back_inserter(items));
  }

 private:
  std::vector<UpgradeItem> items_;
};

UpgradeItem item_of(std::string_view kind, Step step, Effect effect, std::string message,
                    std::string action) {
  UpgradeItem item;
  item.kind = kind;
  item.step = step;
  item.effect = effect;
  item.message = std::move(message);
  item.action = std::move(action);
  return item;
}

template <class T>
model::Evidence evidence_of(const model::Part<T>& part, std::string label, std::string value,
                            std::string pointer) {
  return {std::move(label),
          base::printable(value),
          "",
          "",
          model::EvidenceSource{part.source, std::move(pointer)},
          part.observed_at};
}

void plan_backend(const JobSnapshot& job, JobItems& items) {
  if (!job.checkpoint_configuration.known()) {
    return;
  }
  const auto& backend = job.checkpoint_configuration.value->state_backend;
  const bool rocksdb = backend == "RocksDBStateBackend";
  if (!rocksdb && backend != "FsStateBackend" && backend != "MemoryStateBackend") {
    return;
  }
  items.add(
      item_of(
          "legacy-state-backend", Step::before, Effect::breaks,
          fmt::format("The class {} is gone in Flink 2: the job does not start there.", *backend),
          fmt::format("Choose {} in the job, with the checkpoint directory set by itself, and "
                      "start it from its savepoint: {} reads that.",
                      rocksdb ? "EmbeddedRocksDBStateBackend" : "HashMapStateBackend",
                      rocksdb ? "it is the same backend and" : "the same backend")),
      job,
      {evidence_of(job.checkpoint_configuration, "state backend", *backend, "/state_backend")});
}

/// What a vertex' name is where a program calls addSource or addSink without giving one.
constexpr std::string_view unnamed_source = "Source: Custom Source";
constexpr std::string_view unnamed_sink = "Sink: Unnamed";

void plan_connectors(const JobSnapshot& job, JobItems& items) {
  const auto source = [] {
    return item_of("source-function", Step::before, Effect::breaks,
                   "A source is a SourceFunction, most likely. Flink 2 has none: the job has to be "
                   "changed before it starts there.",
                   "Replace it by a Source (fromSource) of a connector for the new release. Its "
                   "state is not taken over: note the offsets at the savepoint.");
  };
  const JobDetails& details = *job.details.value;
  for (const model::JobVertex& vertex : details.vertices) {
    const std::string pointer = fmt::format("/vertices/{}", vertex.index);
    const auto named =
        evidence_of(job.details, "name of the vertex", vertex.name, pointer + "/name");
    const auto* node = details.node(vertex.id);
    const bool is_source = node != nullptr && node->inputs.empty();
    bool legacy = vertex.name.find(unnamed_source) != std::string::npos;
    if (is_source && !legacy && job.flow.known()) {
      // Only a source that is no Source cannot tell how busy it is.
      const model::FlowPoint* const point = job.flow.value->vertices.find(vertex.id);
      if (point != nullptr && point->idle && point->backpressured && !point->busy) {
        items.add(source(), job,
                  {named, evidence_of(job.details, "time that it was busy", "NaN",
                                      pointer + "/metrics/accumulated-busy-time")});
        continue;
      }
    }
    if (legacy) {
      items.add(source(), job, {named});
    }
    const std::size_t sink = vertex.name.find(unnamed_sink);
    if (sink != std::string::npos &&
        !std::string_view(vertex.name).substr(sink + unnamed_sink.size()).starts_with(':')) {
      items.add(item_of("sink-function", Step::before, Effect::breaks,
                        "A sink is a SinkFunction, most likely. Flink 2 has none: the job has to "
                        "be changed before it starts there.",
                        "Replace it by a Sink (sinkTo) of a connector for the new release. Its "
                        "state is not taken over."),
                job, {named});
    }
  }
}

void plan_state(const JobSnapshot& job, const UpgradePlan& plan, JobItems& items) {
  const bool to_2 = plan.to.major >= 2 && plan.from.major < 2;
  if (checks::is_sql(*job.details.value)) {
    constexpr std::size_t columns = 60;  // enough to know it by
    const auto& vertices = job.details.value->vertices;
    const std::string first = vertices.empty() ? "" : vertices.front().name;
    items.add(item_of("sql-state", Step::before, Effect::unseen,
                      "A SQL or Table job: its planner may give another plan in another minor "
                      "release, and then the state does not fit.",
                      "Try the restore of a savepoint on the new release before. Where it fails, "
                      "the job has to begin with empty state."),
              job,
              {evidence_of(job.details, "name of the first vertex", base::shorten(first, columns),
                           "/vertices/0/name")});
  } else if (to_2) {
    std::vector<model::Evidence> backend;
    if (job.checkpoint_configuration.known() && job.checkpoint_configuration.value->state_backend) {
      backend.push_back(evidence_of(job.checkpoint_configuration, "state backend",
                                    *job.checkpoint_configuration.value->state_backend,
                                    "/state_backend"));
    }
    items.add(item_of("state-compatibility", Step::before, Effect::unseen,
                      "Flink does not promise that 2.x restores the state of 1.x. State that Kryo "
                      "writes is the first to look at, for Flink 2 brings another version of it.",
                      "Give every operator a UID (audit-now uids shows which has none), take a "
                      "savepoint in canonical format, and try its restore on the new release "
                      "while the job runs on. Keep the savepoint for the way back."),
              job, std::move(backend));
  }
}

}  // namespace

void plan_jobs(const model::Snapshot& snapshot, UpgradePlan& plan) {
  JobItems items;
  const bool to_2 = plan.to.major >= 2 && plan.from.major < 2;
  for (const JobSnapshot& job : snapshot.jobs) {
    if (model::is_terminal(job.overview.state)) {
      continue;
    }
    if (const auto closed = checks::gate(job, false);
        closed && closed->outcome == model::Outcome::unknown) {
      items.add(item_of("job-unseen", Step::before, Effect::unseen,
                        fmt::format("It could not be looked at: {}.", closed->reason),
                        "Ask again when it runs."),
                job, {});
      continue;
    }
    if (!job.details.known()) {
      items.add(
          item_of("job-unseen", Step::before, Effect::unseen,
                  fmt::format("It could not be looked at: {}.", job.details.value.error().message),
                  "Ask again."),
          job, {});
      continue;
    }
    if (checks::is_data_set(*job.details.value)) {
      if (to_2) {
        items.add(item_of("data-set", Step::before, Effect::breaks,
                          "The job is written with the DataSet API, which Flink 2 does not have.",
                          "Write it anew with the DataStream or the Table API."),
                  job, {evidence_of(job.details, "plan", "DataSet", "/plan")});
      }
      continue;
    }
    if (to_2) {
      plan_backend(job, items);
      plan_connectors(job, items);
    }
    plan_state(job, plan, items);
  }
  items.move_to(plan.items);
}

}  // namespace auditor::advice
