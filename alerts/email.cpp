#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "alerts/forms.h"
#include "alerts/mime.h"
#include "alerts/wording.h"
#include "base/murmur3.h"
#include "base/text.h"

namespace auditor::alerts {

namespace {

using model::Alert;
using model::Message;

constexpr std::size_t most_subject = 180;

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
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string plain_text(const FormInput& input) {
  const Message& message = input.message;
  std::string out = fmt::format("{}\n", title_of(message));
  if (!message.text.empty()) {
    fmt::format_to(std::back_inserter(out), "\n{}\n", message.text);
  }
  for (const Alert& alert : message.alerts) {
    fmt::format_to(std::back_inserter(out), "\n{}\n  {}\n  {}\n", title_of(alert), alert.summary,
                   timing_of(alert, message.at));
    if (alert.firing && !alert.remediation.empty()) {
      fmt::format_to(std::back_inserter(out), "  What to do: {}\n", alert.remediation);
    }
    if (const std::string link = link_of(alert, input.settings); !link.empty()) {
      fmt::format_to(std::back_inserter(out), "  {}\n", link);
    }
  }
  if (const std::string rest = rest_of(message.left_out); !rest.empty()) {
    fmt::format_to(std::back_inserter(out), "\n{}\n", rest);
  }
  return out;
}

std::string html_of(const Alert& alert, const FormInput& input) {
  std::string out = fmt::format(
      R"(<div style="border-left:4px solid {};padding:2px 12px;margin:12px 0"><p style="margin:4px 0"><strong>{}</strong></p><p style="margin:4px 0">{}</p><p style="margin:4px 0;color:#555">{}</p>)",
      colour_of(alert), escaped(title_of(alert)), escaped(alert.summary),
      escaped(timing_of(alert, input.message.at)));
  if (alert.firing && !alert.remediation.empty()) {
    fmt::format_to(std::back_inserter(out),
                   R"(<p style="margin:4px 0;white-space:pre-wrap"><em>What to do:</em> {}</p>)",
                   escaped(alert.remediation));
  }
  if (const std::string link = link_of(alert, input.settings); !link.empty()) {
    fmt::format_to(std::back_inserter(out),
                   R"(<p style="margin:4px 0"><a href="{}">Open in Flink Auditor</a></p>)",
                   escaped(link));
  }
  out += "</div>\n";
  return out;
}

std::string html_text(const FormInput& input) {
  const Message& message = input.message;
  std::string out = fmt::format(
      R"(<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{0}</title></head><body style="font-family:sans-serif;font-size:14px"><h1 style="font-size:18px">{0}</h1>
)",
      escaped(title_of(message)));
  if (!message.text.empty()) {
    fmt::format_to(std::back_inserter(out), R"(<p style="white-space:pre-wrap">{}</p>
)",
                   escaped(message.text));
  }
  for (const Alert& alert : message.alerts) {
    out += html_of(alert, input);
  }
  if (const std::string rest = rest_of(message.left_out); !rest.empty()) {
    fmt::format_to(std::back_inserter(out), "<p>{}</p>\n", rest);
  }
  out += "</body></html>\n";
  return out;
}

/// "Name <address>" with the name encoded where it has to be.
std::string address_text(std::string_view address) {
  const std::string_view bare = bare_address(address);
  const std::string_view name = base::trim(address.substr(0, address.rfind('<')));
  if (bare.size() == base::trim(address).size() || name.empty()) {
    return base::printable(bare);
  }
  const bool ascii = std::ranges::all_of(
      name, [](char c) { return (std::isalnum(static_cast<unsigned char>(c)) != 0) || c == ' '; });
  return fmt::format("{} <{}>", ascii ? std::string(name) : header_text(name),
                     base::printable(bare));
}

void add_part(std::string& out, std::string_view boundary, std::string_view type,
              const std::string& text) {
  fmt::format_to(std::back_inserter(out),
                 "--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: "
                 "base64\r\n\r\n{}",
                 boundary, type, base64_lines(text));
}

std::string content_of(const FormInput& input) {
  const Message& message = input.message;
  const std::string thread =
      base::to_hex(base::murmur3_x64_128(message.group_key + message.receiver));
  const std::string own = base::to_hex(base::murmur3_x64_128(
      fmt::format("{} {} {}", thread, message.at.time_since_epoch().count(), title_of(message))));
  const std::string boundary = fmt::format("=_{}", own);
  std::vector<std::string> to;
  to.reserve(input.receiver.to.size());
  for (const std::string& one : input.receiver.to) {
    to.push_back(address_text(one));
  }
  std::string out = fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@flink-auditor>\r\n",
      address_text(input.receiver.from), base::join(to, ",\r\n "),
      header_text(cut(title_of(message), most_subject)), mail_date(input.now), own);
  if (message.kind == Message::Kind::alerts) {
    // Mail programs show what one group tells as one conversation.
    fmt::format_to(std::back_inserter(out), "References: <{}@flink-auditor>\r\n", thread);
  }
  fmt::format_to(std::back_inserter(out),
                 "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: "
                 "multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n",
                 boundary);
  add_part(out, boundary, "text/plain", plain_text(input));
  add_part(out, boundary, "text/html", html_text(input));
  fmt::format_to(std::back_inserter(out), "--{}--\r\n", boundary);
  return out;
}

}  // namespace

Rendered render_email(const FormInput& input) {
  Email email;
  email.from = bare_address(input.receiver.from);
  email.to.reserve(input.receiver.to.size());
  for (const std::string& one : input.receiver.to) {
    email.to.emplace_back(bare_address(one));
  }
  email.content = content_of(input);
  Rendered rendered;
  rendered.email = std::move(email);
  return rendered;
}

}  // namespace auditor::alerts
