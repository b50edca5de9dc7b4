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

// Of the Alert API, in characters; details in all.
constexpr std::size_t most_message = 130;
constexpr std::size_t most_description = 15'000;
constexpr std::size_t most_entity = 512;
constexpr std::size_t most_alias = 512;
constexpr std::size_t most_details = 8'000;
constexpr std::size_t most_tag = 50;
constexpr std::size_t most_note = 25'000;
constexpr std::string_view source = "Flink Auditor";

std::string_view priority_of(const Alert& alert) {
  switch (alert.severity) {
    case Severity::critical:
      return "P1";
    case Severity::high:
      return "P2";
    case Severity::medium:
      return "P3";
    case Severity::low:
      return "P4";
    case Severity::info:
      return "P5";
  }
  return "P5";
}

Request request(const FormInput& input, std::string_view path, const Json& body) {
  return {.url = fmt::format(
              "{}/v2/alerts{}",
              input.receiver.url.empty() ? "https://api.opsgenie.com" : input.receiver.url, path),
          .content_type = std::string(json_type),
          .headers = {fmt::format("Authorization: GenieKey {}", input.receiver.key)},
          .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json details_of(const Alert& alert) {
  Json details = Json::object();
  std::size_t size = 0;
  for (const auto& [name, value] : alert.labels) {
    size += name.size() + value.size();
    if (size <= most_details) {
      details[name] = value;
    }
  }
  return details;
}

Json tags_of(const Alert& alert) {
  Json tags = Json::array();
  for (const char* label : {"check", "severity", "cluster"}) {
    if (const auto value = model::label_of(alert.labels, label); !value.empty()) {
      tags.push_back(cut(value, most_tag));
    }
  }
  return tags;
}

Json creation(const FormInput& input, const Alert& alert) {
  const std::string link = link_of(alert, input.settings);
  return {{"message", cut(title_of(alert), most_message)},
          {"alias", cut(alert.id, most_alias)},
          {"description",
           cut(fmt::format("{}\n\n{}\n\n{}{}{}", alert.summary, timing_of(alert, input.message.at),
                           alert.remediation, link.empty() ? "" : "\n\n", link),
               most_description)},
          {"tags", tags_of(alert)},
          {"details", details_of(alert)},
          {"entity", cut(place_of(alert), most_entity)},
          {"source", source},
          {"priority", priority_of(alert)}};
}

std::string close_path(std::string_view alias) {
  return fmt::format("/{}/close?identifierType=alias", alias);
}

}  // namespace

Rendered render_opsgenie(const FormInput& input) {
  const Message& message = input.message;
  Rendered rendered;
  if (message.kind == Message::Kind::test) {
    const std::string alias =
        fmt::format("flink-auditor-test-{}", message.at.time_since_epoch().count());
    rendered.requests.push_back(request(input, {},
                                        {{"message", cut(title_of(message), most_message)},
                                         {"alias", alias},
                                         {"description", message.text},
                                         {"source", source},
                                         {"priority", "P5"}}));
    // So that nobody has to close it.
    rendered.requests.push_back(
        request(input, close_path(alias), {{"source", source}, {"note", "The test is over."}}));
    return rendered;
  }
  rendered.requests.reserve(message.alerts.size());
  for (const Alert& alert : message.alerts) {
    rendered.requests.push_back(
        alert.firing ? request(input, {}, creation(input, alert))
                     : request(input, close_path(alert.id),
                               {{"source", source},
                                {"note", cut(timing_of(alert, message.at), most_note)}}));
  }
  return rendered;
}

}  // namespace auditor::alerts
