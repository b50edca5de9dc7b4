#include <algorithm>
#include <string_view>

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

// A post has 16 383 characters, each attachment within it its own text.
constexpr std::size_t most_listed = 40;
constexpr std::size_t most_part = 1'000;
constexpr std::size_t most_text = 12'000;

/// Markdown as plain text, and no mention: an @ is not followed by a name.
std::string escaped(std::string_view text) {
  constexpr std::string_view marks = R"(\`*_{}[]()#+-!|<>~)";
  constexpr std::string_view zero_width_space = "\u200b";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (marks.find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
    if (c == '@') {
      out += zero_width_space;
    }
  }
  return out;
}

Json attachment(const Alert& alert, const FormInput& input) {
  const std::string title = title_of(alert);
  std::string text = fmt::format("{}\n{}", escaped(cut(alert.summary, most_part)),
                                 escaped(cut(timing_of(alert, input.message.at), most_part)));
  if (alert.firing && !alert.remediation.empty()) {
    fmt::format_to(std::back_inserter(text), "\n**What to do:** {}",
                   escaped(cut(alert.remediation, most_part)));
  }
  Json json{{"fallback", escaped(title)},
            {"color", colour_of(alert)},
            {"title", escaped(cut(title, most_part))},
            {"text", std::move(text)}};
  if (std::string link = link_of(alert, input.settings); !link.empty()) {
    json["title_link"] = std::move(link);
  }
  return json;
}

}  // namespace

Rendered render_mattermost(const FormInput& input) {
  const Message& message = input.message;
  std::string text = fmt::format("**{}**", escaped(title_of(message)));
  if (!message.text.empty()) {
    fmt::format_to(std::back_inserter(text), "\n{}", cut(escaped(message.text), most_text));
  }
  Json attachments = Json::array();
  const std::size_t listed = std::min(most_listed, message.alerts.size());
  for (std::size_t i = 0; i < listed; ++i) {
    attachments.push_back(attachment(message.alerts[i], input));
  }
  if (const std::size_t left = message.alerts.size() - listed + message.left_out; left > 0) {
    fmt::format_to(std::back_inserter(text), "\n{}", rest_of(left));
  }
  Json body{{"text", std::move(text)}, {"username", "Flink Auditor"}};
  if (!input.receiver.channel.empty()) {
    body["channel"] = input.receiver.channel;
  }
  if (!attachments.empty()) {
    body["attachments"] = std::move(attachments);
  }
  Rendered rendered;
  rendered.requests.push_back({.url = input.receiver.url,
                               .content_type = std::string(json_type),
                               .headers = {},
                               .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)});
  return rendered;
}

}  // namespace auditor::alerts
