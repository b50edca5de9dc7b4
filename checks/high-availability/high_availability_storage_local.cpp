#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"
#include "model/secrets.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::Platform;
using model::Severity;

constexpr model::ConfigurationKey default_scheme{{{{"fs.default-scheme"}, {}, {}}}};

/// Whether the path is on a machine's own file system: by its scheme, or by Flink's default for
/// paths without one.
bool is_local(const Configuration& configuration, std::string_view path) {
  const std::string scheme = model::scheme_of(path);
  if (!scheme.empty()) {
    return scheme == "file";
  }
  const model::ConfigurationEntry* otherwise = configuration.find(default_scheme);
  return otherwise == nullptr || model::scheme_of(otherwise->value) == "file";
}

std::string remediation(const Configuration& configuration, const model::FlinkVersion& version) {
  const bool yarn = platform_of(configuration) == Platform::yarn;
  return "If the path is a mount that every JobManager and TaskManager shares (NFS, EFS, a shared "
         "volume), waive this. Otherwise use an object store or HDFS, in " +
         std::string(configuration_file(version)) + ":\n" +
         configuration_line(model::keys::high_availability_storage, version,
                            yarn ? "hdfs:///flink/ha" : "s3://bucket/flink-ha") +
         "The file system's plugin must be in plugins/ of every process. A changed storage "
         "directory orphans the jobs that run now: stop each with a savepoint first, and start it "
         "again from there.";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto mode = high_availability_on(context, out);
  if (!mode) {
    return;
  }
  const auto& configuration = context.get<Configuration>();
  const model::ConfigurationEntry* entry =
      configuration.find(model::keys::high_availability_storage);
  std::vector<model::Evidence> evidence{
      context.evidence(model::keys::high_availability_storage, "a path that every host can read")};
  if (entry == nullptr) {
    if (*mode == HighAvailability::custom) {
      out.not_applicable(context.cluster(),
                         "the high-availability factory uses no storage directory");
    } else {
      out.unknown(context.cluster(), "Flink shows no high-availability storage directory",
                  std::move(evidence));
    }
    return;
  }
  const model::ConfigurationEntry* otherwise = configuration.find(default_scheme);
  if (entry->masked() || (otherwise != nullptr && otherwise->masked())) {
    out.unknown(context.cluster(), "Flink masks where high-availability data is kept",
                std::move(evidence));
    return;
  }
  const std::string path =
      base::shorten(base::printable(model::masked(entry->key, entry->value)), 80);
  if (!is_local(configuration, entry->value)) {
    out.pass(context.cluster(), fmt::format("high-availability data is kept at {}", path),
             std::move(evidence));
    return;
  }
  if (model::scheme_of(entry->value).empty()) {
    evidence.push_back(context.evidence(default_scheme, "the scheme of a shared file system"));
  }
  // A pod or a YARN container of its own is no host: there one TaskManager says nothing about the
  // JobManagers.
  const bool one_host = platform_of(configuration) == Platform::standalone &&
                        on_one_host(context.find<model::TaskManagers>()) == true;
  out.fail(
      context.cluster(),
      {.message = fmt::format(
           "high-availability data (job graphs, pointers to checkpoints) is kept on a local disk, "
           "{}: {}",
           path,
           one_host
               ? "it is lost with this host, and a JobManager elsewhere could not recover the jobs"
               : "a JobManager that takes over on another host does not find it there and cannot "
                 "recover the jobs"),
       .evidence = std::move(evidence),
       .remediation = remediation(configuration, context.version()),
       .severity = one_host ? Severity::low : Severity::high});
}

}  // namespace

extern constinit const Check high_availability_storage_local{
    .info = {.id = "high-availability-storage-local",
             .title = "High-availability data is kept on a local disk",
             .practice = "high-availability",
             .scope = model::SubjectKind::cluster,
             .severity = Severity::high,
             .confidence = model::Confidence::likely,
             .needs = model::Resource::configuration,
             .uses = model::Resource::cluster | model::Resource::task_managers},
    .evaluate = evaluate};

}  // namespace auditor::checks
