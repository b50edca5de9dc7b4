#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/forms.h"
#include "alerts/wording.h"
#include "base/text.h"

namespace auditor::alerts {

namespace {

using Json = nlohmann::ordered_json;
using model::Alert;
using model::Message;

// A message to Teams has 28 KB in all.
constexpr std::size_t most_bytes = 28'000;
constexpr std::size_t most_listed = 25;
constexpr std::size_t most_part = 500;
constexpr std::size_t most_text = 16'000;

/// Runs of text are no Markdown: what clusters and jobs say is shown as it is.
Json run(std::string text) {
  return {{"type", "TextRun"}, {"text", std::move(text)}};
}

Json paragraph(Json inlines) {
  return {{"type", "RichTextBlock"}, {"inlines", std::move(inlines)}};
}

Json heading(const std::string& text, bool large, std::string_view colour) {
  Json inner = run(text);
  inner["weight"] = "bolder";
  if (large) {
    inner["size"] = "large";
  }
  inner["color"] = colour;
  Json block = paragraph(Json::array({std::move(inner)}));
  if (!large) {
    block["separator"] = true;
  }
  return block;
}

std::string_view colour(const Alert& alert) {
  if (!alert.firing) {
    return "good";
  }
  return alert.severity >= model::Severity::high ? "attention" : "warning";
}

void add_alert(Json& body, const Alert& alert, const FormInput& input) {
  body.push_back(heading(cut(title_of(alert), most_part), false, colour(alert)));
  for (const std::string& text : {alert.summary, timing_of(alert, input.message.at)}) {
    if (!text.empty()) {
      body.push_back(paragraph(Json::array({run(cut(text, most_part))})));
    }
  }
  if (alert.firing && !alert.remediation.empty()) {
    Json label = run("What to do: ");
    label["weight"] = "bolder";
    body.push_back(
        paragraph(Json::array({std::move(label), run(cut(alert.remediation, most_part))})));
  }
  if (const std::string link = link_of(alert, input.settings); !link.empty()) {
    body.push_back(
        {{"type", "ActionSet"},
         {"actions",
          Json::array({{{"type", "Action.OpenUrl"}, {"title", "Open"}, {"url", link}}})}});
  }
}

std::string card(const FormInput& input, std::size_t listed) {
  const Message& message = input.message;
  Json body = Json::array();
  const bool firing = std::ranges::any_of(message.alerts, &Alert::firing);
  body.push_back(heading(cut(title_of(message), most_part), true,
                         message.alerts.empty() ? "default"
                         : firing               ? "attention"
                                                : "good"));
  const std::string text = cut(message.text, most_text);
  for (const std::string_view line : base::split(text, '\n')) {
    if (!line.empty()) {
      body.push_back(paragraph(Json::array({run(std::string(line))})));
    }
  }
  for (std::size_t i = 0; i < listed; ++i) {
    add_alert(body, message.alerts[i], input);
  }
  if (const std::size_t left = message.alerts.size() - listed + message.left_out; left > 0) {
    body.push_back(paragraph(Json::array({run(rest_of(left))})));
  }
  const Json content{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                     {"type", "AdaptiveCard"},
                     {"version", "1.4"},
                     {"msteams", {{"width", "Full"}}},
                     {"body", std::move(body)}};
  const Json whole{
      {"type", "message"},
      {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                    {"contentUrl", nullptr},
                                    {"content", content}}})}};
  return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// With as many alerts as there is room for; a text of many short lines is shortened.
std::string fitting_card(const FormInput& input) {
  std::size_t listed = std::min(most_listed, input.message.alerts.size());
  std::string text = card(input, listed);
  while (text.size() > most_bytes && listed > 0) {
    listed -= std::max<std::size_t>(1, listed / 8);
    text = card(input, listed);
  }
  Message shorter;
  for (std::size_t most = most_text; text.size() > most_bytes && most > 1; most /= 2) {
    shorter = input.message;
    shorter.text = cut(shorter.text, most);
    text = card({shorter, input.receiver, input.settings, input.now}, listed);
  }
  return text;
}

}  // namespace

Rendered render_teams(const FormInput& input) {
  Rendered rendered;
  rendered.requests.push_back({.url = input.receiver.url,
                               .content_type = std::string(json_type),
                               .headers = {},
                               .body = fitting_card(input)});
  return rendered;
}

}  // namespace auditor::alerts
