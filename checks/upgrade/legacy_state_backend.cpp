#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::CheckpointConfiguration;
using model::Configuration;

/// The backend that does the same under its new name; empty for what is not a legacy class.
std::string_view successor(std::string_view backend) {
  if (backend == "RocksDBStateBackend") {
    return "EmbeddedRocksDBStateBackend";
  }
  return backend == "FsStateBackend" || backend == "MemoryStateBackend" ? "HashMapStateBackend"
                                                                        : "";
}

std::string remediation(std::string_view backend, const model::ConfigurationEntry* entry,
                        const model::FlinkVersion& version) {
  const bool in_memory = backend == "MemoryStateBackend";
  std::string text;
  if (in_memory && entry != nullptr && entry->value == "jobmanager") {
    text = fmt::format(
        "In {}, with a directory on durable storage:\n{}{}", configuration_file(version),
        configuration_line(model::keys::state_backend, version, "hashmap"),
        configuration_line(model::keys::checkpoint_directory, version, "s3://bucket/checkpoints"));
  } else {
    text = fmt::format(
        "In the job:\n    env.setStateBackend(new {}());\n"
        "    env.getCheckpointConfig()\n"
        "        .setCheckpointStorage(\"{}\");\n",
        successor(backend), in_memory ? "s3://bucket/checkpoints" : "the directory as before");
  }
  if (backend == "RocksDBStateBackend") {
    text += "Give the constructor the same flag for incremental checkpoints as before. ";
  }
  return text +
         "It is the same backend under another name, so the job restores from a savepoint of its "
         "own: "
         "stop it with one and start it from there. To change the kind of backend as well (heap to "
         "RocksDB) the savepoint must be in canonical format.";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const model::FlinkVersion version = context.version();
  if (version.at_least(2, 0)) {
    out.not_applicable(context.job(), "Flink 2 has no legacy state backends");
    return;
  }
  const auto& backend = context.get<CheckpointConfiguration>().state_backend;
  if (!backend || *backend == "Unknown") {
    out.unknown(context.job(), backend ? base::Wording("Flink does not know the state backend yet")
                                       : base::Wording("Flink's answer has no state backend"));
    return;
  }
  std::vector<model::Evidence> evidence{context.evidence<CheckpointConfiguration>(
      "state backend", *backend, "/state_backend",
      "HashMapStateBackend or EmbeddedRocksDBStateBackend")};
  if (*backend == "ChangelogStateBackend") {
    out.unknown(context.job(), "the changelog hides which state backend is under it",
                std::move(evidence));
    return;
  }
  const std::string_view now = successor(*backend);
  if (now.empty()) {
    out.pass(context.job(), "the state backend is none of the legacy classes", std::move(evidence));
    return;
  }
  const auto* configuration = context.find<Configuration>();
  const auto* entry =
      configuration == nullptr ? nullptr : configuration->find(model::keys::state_backend);
  out.fail(context.job(), {.message = fmt::format(
                               "the job uses {}, which Flink 2 no longer has: there it does not "
                               "start. {} does the same since 1.13",
                               *backend, now),
                           .evidence = std::move(evidence),
                           .remediation = remediation(*backend, entry, version)});
}

}  // namespace

extern constinit const Check legacy_state_backend{
    .info = {.id = "legacy-state-backend",
             .title = "The state backend is a class that Flink 2 dropped",
             .practice = "upgrade",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::checkpoint_configuration,
             .uses = model::Resource::cluster | model::Resource::configuration},
    .evaluate = evaluate};

}  // namespace auditor::checks
