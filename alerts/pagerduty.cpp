#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/forms.h"
#include "alerts/wording.h"
#include "base/text.h"
#include "model/matcher.h"

namespace auditor::alerts {

namespace {

using Json = nlohmann::ordered_json;
using model::Alert;
using model::Message;
using model::Severity;

// Of Events API v2: the summary in characters, an event 512 KB in all.
constexpr std::size_t most_summary = 1024;
constexpr std::size_t most_text = 16'384;
constexpr std::size_t most_name = 255;

std::string_view severity_of(const Alert& alert) {
  switch (alert.severity) {
    case Severity::critical:
      return "critical";
    case Severity::high:
      return "error";
    case Severity::medium:
      return "warning";
    default:
      return "info";
  }
}

Request request(const FormInput& input, std::string_view path, const Json& body) {
  return {
      .url = fmt::format(
          "{}{}", input.receiver.url.empty() ? "https://events.pagerduty.com" : input.receiver.url,
          path),
      .content_type = std::string(json_type),
      .headers = {},
      .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json links(const std::string& link) {
  return Json::array({{{"href", link}, {"text", "Open in Flink Auditor"}}});
}

Json event(const FormInput& input, std::string_view action, const std::string& key) {
  return {{"routing_key", input.receiver.key}, {"event_action", action}, {"dedup_key", key}};
}

Json labels_of(const Alert& alert) {
  Json labels = Json::object();
  for (const auto& [name, value] : alert.labels) {
    labels[name] = cut(value, most_name);
  }
  return labels;
}

Json trigger(const FormInput& input, const Alert& alert) {
  Json body = event(input, "trigger", alert.id);
  body["payload"] = {
      {"summary",
       cut(fmt::format("{} · {}", title_of(alert), base::printable(alert.summary)), most_summary)},
      {"source", cut(place_of(alert), most_name)},
      {"severity", severity_of(alert)},
      {"timestamp", base::format_rfc3339(alert.starts_at)},
      {"component", cut(model::label_of(alert.labels, "job"), most_name)},
      {"group", alert.cluster},
      {"class", model::label_of(alert.labels, "check")},
      {"custom_details",
       {{"what", cut(alert.summary, most_text)},
        {"what to do", cut(alert.remediation, most_text)},
        {"when", timing_of(alert, input.message.at)},
        {"labels", labels_of(alert)}}}};
  if (const std::string link = link_of(alert, input.settings); !link.empty()) {
    body["client"] = "Flink Auditor";
    body["client_url"] = link;
    body["links"] = links(link);
  }
  return body;
}

Json change(const FormInput& input) {
  const Message& message = input.message;
  Json body{
      {"routing_key", input.receiver.key},
      {"payload",
       {{"summary", cut(title_of(message), most_summary)},
        {"timestamp", base::format_rfc3339(message.at)},
        {"source", message.cluster},
        {"custom_details", {{"job", message.job_name}, {"what", cut(message.text, most_text)}}}}}};
  if (!input.settings.external_url.empty()) {
    body["links"] = links(input.settings.external_url + "/");
  }
  return body;
}

}  // namespace

Rendered render_pagerduty(const FormInput& input) {
  constexpr std::string_view events = "/v2/enqueue";
  Rendered rendered;
  const auto add = [&](std::string_view path, const Json& body) {
    rendered.requests.push_back(request(input, path, body));
  };
  switch (input.message.kind) {
    case Message::Kind::alerts:
      rendered.requests.reserve(input.message.alerts.size());
      for (const Alert& alert : input.message.alerts) {
        add(events, alert.firing ? trigger(input, alert) : event(input, "resolve", alert.id));
      }
      break;
    case Message::Kind::deployment:
      add("/v2/change/enqueue", change(input));
      break;
    case Message::Kind::test: {
      const std::string key =
          fmt::format("flink-auditor-test-{}", input.message.at.time_since_epoch().count());
      Json body = event(input, "trigger", key);
      body["payload"] = {{"summary", cut(title_of(input.message), most_summary)},
                         {"source", "Flink Auditor"},
                         {"severity", "info"},
                         {"timestamp", base::format_rfc3339(input.message.at)},
                         {"custom_details", {{"what", input.message.text}}}};
      add(events, body);
      // So that nobody has to close it.
      add(events, event(input, "resolve", key));
      break;
    }
    case Message::Kind::digest:
      break;
  }
  return rendered;
}

}  // namespace auditor::alerts
