#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::ClusterInfo;
using model::FlinkVersion;

struct Line {
  int major;
  int minor;
};

/// What Apache Flink supported on this day: the current and the previous minor release, and 1.20 as
/// the last of 1.x (LTS).
constexpr std::string_view as_of = "2026-11-24";
constexpr std::string_view supported_text = "2.3, 2.2 or 1.20";
constexpr std::array<Line, 3> supported{{{2, 3}, {2, 2}, {1, 20}}};
constexpr Line newest = supported.front();

/// "SNAPSHOT", "rc1": Apache's own builds. Vendors' support has its own dates.
bool is_vendor_build(const FlinkVersion& version) {
  const std::string suffix = base::to_lower(version.suffix);
  return !suffix.empty() && suffix != "snapshot" &&
         !(suffix.starts_with("rc") &&
           suffix.find_first_not_of("0123456789", 2) == std::string::npos);
}

std::string remediation(const FlinkVersion& version) {
  std::string pins =
      "Keep each operator's UID and each job's max parallelism as they are. A cluster does not "
      "carry "
      "its jobs over by itself: their metadata in high availability is of the old release. It "
      "costs "
      "a stop of each job; try it with a copy first.";
  if (version.major >= 2) {
    return "Stop each job with a savepoint and start it from there on 2.3. " + pins;
  }
  if (!version.at_least(1, 20)) {
    return fmt::format(
        "Go to 1.20 first: it reads the savepoints and the {} of {}.{}. Stop each job with a "
        "savepoint "
        "and start it there, built against 1.20. {} The step to 2.x drops APIs and configuration "
        "(configuration-gone-in-2) and deserves its own project.",
        version.at_least(1, 19) ? "configuration" : "flink-conf.yaml", version.major, version.minor,
        pins);
  }
  return pins;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const auto& version = context.get<ClusterInfo>().version;
  std::vector<model::Evidence> evidence{
      context.evidence<ClusterInfo>("Flink", version.text, "/flink-version",
                                    fmt::format("{} (as of {})", supported_text, as_of))};
  const std::string name = base::shorten(base::printable(version.text), 40);
  if (!version.known()) {
    out.unknown(context.cluster(), "Flink does not say which release it is", std::move(evidence));
    return;
  }
  if (is_vendor_build(version)) {
    out.unknown(
        context.cluster(),
        fmt::format("{} is a vendor's build: the vendor says how long it is supported", name),
        std::move(evidence));
    return;
  }
  const bool listed = std::ranges::any_of(supported, [&version](const Line& line) {
    return line.major == version.major && line.minor == version.minor;
  });
  if (listed) {
    out.pass(context.cluster(), fmt::format("Flink {} gets fixes (as of {})", name, as_of),
             std::move(evidence));
  } else if (version.at_least(newest.major, newest.minor)) {
    out.unknown(context.cluster(),
                fmt::format("Flink {} is newer than this audit's table of {}", name, as_of),
                std::move(evidence));
  } else {
    out.fail(
        context.cluster(),
        {.message = fmt::format(
             "Flink {} gets no more fixes, of bugs or of security (as of {} the Flink community "
             "supports {}): what goes wrong in it stays",
             name, as_of, supported_text),
         .evidence = std::move(evidence),
         .remediation = remediation(version)});
  }
}

}  // namespace

extern constinit const Check flink_version_unsupported{
    .info = {.id = "flink-version-unsupported",
             .title = "The Flink release gets no more fixes",
             .practice = "upgrade",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
