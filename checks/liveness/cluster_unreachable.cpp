#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"

namespace auditor::checks {

namespace {

using base::ErrorKind;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "failover_time",
     .kind = model::OptionKind::duration,
     .otherwise = 120'000,
     .minimum = 0,
     .maximum = 3'600'000,
     .help = "how long answers of a fail-over (500, 503) are unknown before they fail"},
}};

/// What a JobManager answers, or a proxy before it, while another takes over (flink-facts I.2).
bool of_failover(const base::Error& error) {
  return error.kind == ErrorKind::http_status &&
         (error.http_status == 500 || error.http_status == 502 || error.http_status == 503);
}

std::string remediation(const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::tls:
      return "The certificate does not hold: see the reason. In the auditor's configuration, "
             "tls.ca_file names the authority to trust, tls.client_certificate_file the auditor's "
             "own certificate.";
    case ErrorKind::http_status:
      return error.http_status == 401 || error.http_status == 403
                 ? "The server, or a proxy before it, refuses the auditor: check auth of this "
                   "cluster in the auditor's configuration."
                 : "Look at the JobManager's log for why it answers so; with high availability, "
                   "whether a leader was elected.";
    case ErrorKind::not_flink:
      return "Something else than Flink's REST API answers: check the URL, and a proxy's path "
             "before it.";
    default:
      return "Look whether the JobManager's process runs and is ready, and whether the auditor may "
             "reach it (name, port, network policy). Where the cluster is gone for good, take it "
             "out of the auditor's configuration.";
  }
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  const base::Error* const failure = context.failure();
  if (failure == nullptr) {
    out.pass(context.cluster(), "the cluster answers", {});
    return;
  }
  const model::ClusterHistory& history = context.history();
  if (!history.ended_job_state.empty()) {
    out.not_applicable(context.cluster(),
                       fmt::format("the application's job was last seen {}: its cluster is gone "
                                   "with it",
                                   history.ended_job_state));
    return;
  }
  std::vector<model::Evidence> evidence{{"the latest look", failure->message, "",
                                         "an answer of Flink's", std::nullopt, context.taken_at()}};
  const auto failing = context.taken_at() - history.failing_since.value_or(context.taken_at());
  if (history.failing_since) {
    evidence.push_back({"no look has succeeded since", base::format_rfc3339(*history.failing_since),
                        "", "", std::nullopt, context.taken_at()});
  }
  if (of_failover(*failure) && failing < chosen.duration("failover_time")) {
    out.unknown(context.cluster(),
                fmt::format("{}: a JobManager that fails over answers like this for a while",
                            failure->message),
                std::move(evidence));
    return;
  }
  out.fail(context.cluster(),
           {.message = fmt::format(
                "the cluster cannot be seen ({}){}", base::shorten(failure->message, 300),
                history.watched_jobs == 0 ? std::string(": nothing is known of its jobs")
                                          : fmt::format(": nothing is known of its {} any more",
                                                        base::plural(history.watched_jobs, "job"))),
            .evidence = std::move(evidence),
            .remediation = remediation(*failure)});
}

}  // namespace

extern constinit const Check cluster_unreachable{
    .info = {.id = "cluster-unreachable",
             .title = "The cluster does not answer",
             .practice = "liveness",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::critical,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::reachability,
             .options = options,
             .pending_for = std::chrono::minutes(5),
             .keep_firing_for = std::chrono::minutes(1)},
    .evaluate = evaluate};

}  // namespace auditor::checks
