#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "alerts/forms.h"
#include "alerts/wording.h"

namespace auditor::alerts {

namespace {

using Json = nlohmann::ordered_json;
using Labels = std::map<std::string, std::string>;
using model::Alert;
using model::Message;

constexpr std::size_t fingerprint_length = 16;  // as long as Alertmanager's

/// What is common to all.
Labels common(const std::vector<Labels>& all) {
  Labels shared = all.empty() ? Labels{} : all.front();
  for (const Labels& one : all) {
    std::erase_if(shared, [&one](const auto& entry) {
      const auto found = one.find(entry.first);
      return found == one.end() || found->second != entry.second;
    });
  }
  return shared;
}

Labels annotations_of(const Alert& alert) {
  Labels annotations;
  for (const auto& [name, text] :
       {std::pair("summary", &alert.summary), std::pair("description", &alert.remediation)}) {
    if (!text->empty()) {
      annotations.emplace(name, *text);
    }
  }
  return annotations;
}

Json changes_of(const Alert& alert) {
  Json changes = Json::array();
  for (const model::AlertChange& change : alert.changes) {
    changes.push_back({{"status", change.firing ? "firing" : "resolved"},
                       {"at", base::format_rfc3339(change.at)},
                       {"reason", change.reason}});
  }
  return changes;
}

Json alert_json(const Alert& alert, const model::AlertingSettings& settings) {
  return {{"status", alert.firing ? "firing" : "resolved"},
          {"labels", alert.labels},
          {"annotations", annotations_of(alert)},
          {"startsAt", base::format_rfc3339(alert.starts_at)},
          {"endsAt", alert.firing || !alert.ends_at ? "0001-01-01T00:00:00Z"
                                                    : base::format_rfc3339(*alert.ends_at)},
          {"generatorURL", link_of(alert, settings)},
          {"fingerprint", alert.id.substr(0, fingerprint_length)},
          {"changes", changes_of(alert)}};
}

/// A digest, a deployment or a test in the only shape that readers of this payload know.
Alert as_alert(const Message& message) {
  Alert alert;
  alert.id = message.group_key;
  alert.cluster = message.cluster;
  alert.labels["alertname"] = message.kind == Message::Kind::digest       ? "FlinkAuditorDigest"
                              : message.kind == Message::Kind::deployment ? "FlinkAuditorDeployment"
                                                                          : "FlinkAuditorTest";
  alert.labels["severity"] = "info";
  if (!message.cluster.empty()) {
    alert.labels["cluster"] = message.cluster;
  }
  if (!message.job_name.empty()) {
    alert.labels["job"] = message.job_name;
  }
  alert.summary = message.title;
  alert.remediation = message.text;
  alert.starts_at = message.at;
  return alert;
}

}  // namespace

Rendered render_webhook(const FormInput& input) {
  const Message& message = input.message;
  const std::vector<Alert> alerts = message.kind == Message::Kind::alerts
                                        ? message.alerts
                                        : std::vector<Alert>{as_alert(message)};
  Json list = Json::array();
  std::vector<Labels> labels;
  std::vector<Labels> annotations;
  labels.reserve(alerts.size());
  annotations.reserve(alerts.size());
  for (const Alert& alert : alerts) {
    list.push_back(alert_json(alert, input.settings));
    labels.push_back(alert.labels);
    annotations.push_back(annotations_of(alert));
  }
  const bool firing = std::ranges::any_of(alerts, &Alert::firing);
  const Json body{{"receiver", message.receiver},
                  {"status", firing ? "firing" : "resolved"},
                  {"alerts", std::move(list)},
                  {"groupLabels", message.group_labels},
                  {"commonLabels", common(labels)},
                  {"commonAnnotations", common(annotations)},
                  {"externalURL", input.settings.external_url},
                  {"version", "4"},
                  {"groupKey", message.group_key},
                  {"truncatedAlerts", message.left_out}};
  Rendered rendered;
  rendered.requests.push_back({.url = input.receiver.url,
                               .content_type = std::string(json_type),
                               .headers = {},
                               .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)});
  return rendered;
}

}  // namespace auditor::alerts
