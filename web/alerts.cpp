#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/matcher.h"
#include "web/alerting.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// Alerts, and how it stands with those who are told of them.
namespace auditor::web {

namespace {

struct Filter {
  std::vector<std::string> clusters;
  std::vector<std::string> jobs;  ///< `Alert::job` or the job's name
  std::vector<std::string> checks;
  std::vector<model::Severity> severities;
  std::vector<std::string> receivers;
  std::vector<std::string> states;
  std::string id;

  [[nodiscard]] bool fits(const AlertStatus& status) const;
};

template <class T, class U>
bool any_of(const std::vector<T>& wanted, const U& value) {
  return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

bool Filter::fits(const AlertStatus& status) const {
  const model::Alert& alert = status.alert;
  const bool told = receivers.empty() || std::ranges::any_of(status.receivers, [this](auto& name) {
                      return any_of(receivers, name);
                    });
  return told && any_of(clusters, alert.cluster) &&
         (any_of(jobs, alert.job) || any_of(jobs, model::label_of(alert.labels, "job"))) &&
         any_of(checks, model::label_of(alert.labels, "check")) &&
         any_of(severities, alert.severity) && any_of(states, state_of(status)) &&
         (id.empty() || alert.id == id);
}

/// What fires before what is muted before what is over.
int rank_of(const AlertStatus& status) {
  if (!status.alert.firing) {
    return 2;
  }
  return status.muted_by.empty() ? 0 : 1;
}

Json alert_json(const AlertStatus& status) {
  const model::Alert& alert = status.alert;
  Json changes = Json::array();
  for (const model::AlertChange& change : alert.changes) {
    changes.push_back({{"firing", change.firing},
                       {"at", time_json(change.at)},
                       {"reason", text_or_null(change.reason)}});
  }
  return {{"id", alert.id},
          // The auditor's own troubles are no findings.
          {"finding", alert.cluster.empty() ? Json(nullptr) : Json(alert.id)},
          {"cluster", text_or_null(alert.cluster)},
          {"job", text_or_null(alert.job)},
          {"job_name", text_or_null(model::label_of(alert.labels, "job"))},
          {"check", text_or_null(model::label_of(alert.labels, "check"))},
          {"state", state_of(status)},
          {"severity", to_text(alert.severity)},
          {"labels", Json(alert.labels)},
          {"summary", alert.summary},
          {"remediation", text_or_null(alert.remediation)},
          {"since", time_json(alert.starts_at)},
          {"ended_at", time_json(alert.ends_at)},
          {"receivers", Json(status.receivers)},
          {"muted_by", text_or_null(status.muted_by)},
          {"muted_until", time_json(alert.muted_until)},
          {"first_sight", alert.first_sight},
          {"changes", std::move(changes)}};
}

/// When the last alert ended, where none fires and one that ended is still known.
std::optional<base::Timestamp> quiet_since(const std::vector<AlertStatus>& alerts) {
  std::optional<base::Timestamp> since;
  for (const AlertStatus& status : alerts) {
    if (status.alert.firing) {
      return std::nullopt;
    }
    since = std::max(since, status.alert.ends_at);
  }
  return since;
}

std::optional<Problem> wrong_state(const std::vector<std::string>& states) {
  for (const std::string& state : states) {
    if (state != "firing" && state != "muted" && state != "resolved") {
      return Problem{
          400,
          fmt::format("parameter \"state\": \"{}\" must be firing, muted or resolved", state),
          {}};
    }
  }
  return std::nullopt;
}

}  // namespace

Answer get_alerts(const Context& context) {
  Parameters parameters(context.request);
  Filter filter;
  filter.clusters = parameters.many("cluster");
  filter.jobs = parameters.many("job");
  filter.checks = parameters.many("check");
  filter.severities =
      parameters.many_of("severity", &model::parse_severity, "info, low, medium, high or critical");
  filter.receivers = parameters.many("receiver");
  filter.states = parameters.many("state");
  filter.id = parameters.one("id");
  const std::size_t limit = parameters.number("limit", 1'000, 10'000);
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  if (auto problem = wrong_state(filter.states)) {
    return tl::unexpected(*std::move(problem));
  }
  const auto alerting = context.board.alerting();
  std::array<std::size_t, 3> counts{};
  std::vector<const AlertStatus*> found;
  for (const AlertStatus& status : alerting->alerts) {
    ++counts.at(static_cast<std::size_t>(rank_of(status)));
    if (filter.fits(status)) {
      found.push_back(&status);
    }
  }
  std::ranges::stable_sort(found, {}, [](const AlertStatus* status) {
    return std::tuple(rank_of(*status), -static_cast<int>(status->alert.severity),
                      -status->alert.starts_at.time_since_epoch().count());
  });
  Json rows = Json::array();
  for (const AlertStatus* status : found) {
    if (rows.size() == limit) {
      break;
    }
    rows.push_back(alert_json(*status));
  }
  return json_response(
      {{"configured", alerting->configured},
       {"counts", {{"firing", counts[0]}, {"muted", counts[1]}, {"resolved", counts[2]}}},
       {"quiet_since", time_json(quiet_since(alerting->alerts))},
       {"total", found.size()},
       {"alerts", std::move(rows)}});
}

Answer get_receivers(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto alerting = context.board.alerting();
  Json rows = Json::array();
  for (const ReceiverStatus& receiver : alerting->receivers) {
    rows.push_back({{"name", receiver.name},
                    {"kind", receiver.kind},
                    {"delivered", receiver.delivered},
                    {"attempts_failed", receiver.attempts_failed},
                    {"dead", receiver.dead},
                    {"waiting", receiver.waiting},
                    {"oldest_waiting", time_json(receiver.oldest_waiting)},
                    {"stopped", text_or_null(receiver.stopped)},
                    {"last_error", text_or_null(receiver.last_error)}});
  }
  return json_response({{"configured", alerting->configured},
                        {"external_url", text_or_null(alerting->external_url)},
                        {"receivers", std::move(rows)}});
}

}  // namespace auditor::web
