#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "alerts/forms.h"
#include "alerts/wording.h"

namespace auditor::alerts {

namespace {

using Json = nlohmann::ordered_json;
using model::Alert;
using model::Message;

/// It is told of all that fires each minute, and takes an alert for over when it has not heard of
/// it for so long. Prometheus gives four times its interval; one more stands for a retry.
constexpr auto holds_for = std::chrono::minutes(5);

/// In one request.
constexpr std::size_t most = 500;

Json alert_json(const Alert& alert, const FormInput& input) {
  const base::Timestamp ends = alert.firing ? std::max(input.now, input.message.at) + holds_for
                                            : alert.ends_at.value_or(input.message.at);
  Json json{{"labels", alert.labels},
            {"annotations", Json::object()},
            {"startsAt", base::format_rfc3339(std::min(alert.starts_at, ends))},
            {"endsAt", base::format_rfc3339(ends)}};
  if (!alert.summary.empty()) {
    json["annotations"]["summary"] = alert.summary;
  }
  if (!alert.remediation.empty()) {
    json["annotations"]["description"] = alert.remediation;
  }
  if (std::string link = link_of(alert, input.settings); !link.empty()) {
    json["generatorURL"] = std::move(link);
  }
  return json;
}

Json test_json(const FormInput& input) {
  return {{"labels", {{"alertname", "FlinkAuditorTest"}, {"severity", "info"}}},
          {"annotations", {{"summary", input.message.title}, {"description", input.message.text}}},
          {"startsAt", base::format_rfc3339(input.message.at)},
          {"endsAt", base::format_rfc3339(input.message.at + std::chrono::minutes(1))}};
}

}  // namespace

Rendered render_alertmanager(const FormInput& input) {
  Rendered rendered;
  const auto add = [&](const Json& list) {
    rendered.requests.push_back(
        {.url = input.receiver.url + "/api/v2/alerts",
         .content_type = std::string(json_type),
         .headers = {},
         .body = list.dump(-1, ' ', false, Json::error_handler_t::replace)});
  };
  if (input.message.kind == Message::Kind::test) {
    add(Json::array({test_json(input)}));
    return rendered;
  }
  Json list = Json::array();
  for (const Alert& alert : input.message.alerts) {
    list.push_back(alert_json(alert, input));
    if (list.size() == most) {
      add(list);
      list.clear();
    }
  }
  if (!list.empty()) {
    add(list);
  }
  return rendered;
}

}  // namespace auditor::alerts
