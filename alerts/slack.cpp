#include <string>
#include <vector>

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

// Of Block Kit: 50 blocks, a header of 150 characters, a text of 3000.
constexpr std::size_t most_blocks = 50;
constexpr std::size_t most_listed = 40;
constexpr std::size_t most_header = 150;
constexpr std::size_t most_text = 3'000;
constexpr std::size_t most_part =
    400;  // of what is escaped, at five bytes for one, twice in a text

/// Slack's own escape: nothing in it is a mention, a channel or a link.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// `verbatim`: what looks like a name of a channel or a person is none.
Json text_json(std::string text) {
  return {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}};
}

Json section(std::string text) {
  return {{"type", "section"}, {"text", text_json(std::move(text))}};
}

Json note(std::string text) {
  return {{"type", "context"}, {"elements", Json::array({text_json(std::move(text))})}};
}

Json alert_section(const Alert& alert, const FormInput& input) {
  std::string text = fmt::format("*{}*\n{}\n{}", escaped(cut(title_of(alert), most_part)),
                                 escaped(cut(alert.summary, most_part)),
                                 escaped(cut(timing_of(alert, input.message.at), most_part)));
  if (alert.firing && !alert.remediation.empty()) {
    fmt::format_to(std::back_inserter(text), "\n_What to do:_ {}",
                   escaped(cut(alert.remediation, most_part)));
  }
  if (const std::string link = link_of(alert, input.settings); !link.empty()) {
    std::string markup = fmt::format("\n<{}|Open>", link);
    if (text.size() + markup.size() <= most_text) {
      text += markup;
    }
  }
  return section(text.size() <= most_text ? std::move(text) : cut(text, most_text));
}

/// Lines brought together into as few texts as may be.
std::vector<std::string> sections_of(std::string_view text) {
  std::vector<std::string> sections;
  for (const std::string_view line : base::split(text, '\n')) {
    const std::string shown = cut(escaped(line), most_text);
    if (sections.empty() || sections.back().size() + shown.size() + 1 > most_text) {
      if (!base::trim(shown).empty()) {
        sections.push_back(shown);
      }
    } else {
      sections.back() += '\n';
      sections.back() += shown;
    }
  }
  return sections;
}

}  // namespace

Rendered render_slack(const FormInput& input) {
  const Message& message = input.message;
  const std::string title = title_of(message);
  Json blocks = Json::array(
      {{{"type", "header"},
        {"text", {{"type", "plain_text"}, {"text", cut(title, most_header)}, {"emoji", false}}}}});
  std::size_t listed = 0;
  for (const Alert& alert : message.alerts) {
    if (listed == most_listed) {
      break;
    }
    blocks.push_back(alert_section(alert, input));
    ++listed;
  }
  if (const std::size_t left = message.alerts.size() - listed + message.left_out; left > 0) {
    blocks.push_back(note(rest_of(left)));
  }
  for (std::string& text : sections_of(message.text)) {
    if (blocks.size() == most_blocks) {
      break;
    }
    blocks.push_back(section(std::move(text)));
  }
  const Json body{{"text", escaped(title)}, {"blocks", std::move(blocks)}};
  Rendered rendered;
  rendered.requests.push_back({.url = input.receiver.url,
                               .content_type = std::string(json_type),
                               .headers = {},
                               .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)});
  return rendered;
}

}  // namespace auditor::alerts
