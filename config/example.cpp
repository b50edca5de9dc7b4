#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "config/daemon_table.h"
#include "config/documents.h"

namespace auditor::config {

namespace {

constexpr std::string_view introduction =
    R"(# Every setting of flink-auditd. Made from the settings table in config/; docs/configuration.md says more.
#
# "#name: value", with no space behind the #, is a setting with its default: take the # away to change it. The least that
# is useful is one cluster:
#
#   clusters:
#     - url: http://flink.example.com:8081
#
# Check this file with: flink-auditd --config FILE --check-config
)";

/// How a setting is shown.
struct Place {
  std::size_t indent = 0;
  bool commented = false;  ///< also what only holds other settings is behind a #
  bool brief = false;      ///< help and what has no default stand elsewhere
  bool in_list = false;    ///< the rows begin an item of a list
  bool in_item = false;    ///< a row of such an item, which needs what is required
};

/// A comment of words, broken into lines.
void add_comment(std::string& out, std::size_t indent, std::string_view text) {
  constexpr std::size_t width = 100;
  std::string line;
  const auto end_line = [&] {
    if (!line.empty()) {
      fmt::format_to(std::back_inserter(out), "{:{}}#{}\n", "", indent, line);
      line.clear();
    }
  };
  for (const std::string_view word : base::split(text, ' ')) {
    if (indent + line.size() + word.size() + 2 > width) {
      end_line();
    }
    line += ' ';
    line += word;
  }
  end_line();
}

/// A text as YAML takes it for a text.
std::string yaml_value(const Setting& setting, const std::string& value) {
  const bool plain =
      setting.kind == Kind::texts || setting.kind == Kind::text_map ||
      std::string_view("*&!|>%@`\"'#-?:,[]{}").find(value.front()) == std::string_view::npos;
  return plain ? value : fmt::format("\"{}\"", value);
}

void add_settings(std::string& out, const Place& place, const std::vector<Setting>& rows);

/// With a capital at its start and a full stop at its end.
std::string sentence(std::string text) {
  if (text.empty()) {
    return text;
  }
  // "false: …" is about the word as it is written.
  if (!text.starts_with("true:") && !text.starts_with("false:")) {
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  }
  if (!text.ends_with('.')) {
    text += '.';
  }
  return text;
}

/// What the comment over a setting says.
std::string about(const Setting& setting) {
  std::string text = sentence(setting.help);
  // The types of the others are told by their value or example.
  if (setting.minimum < setting.maximum || setting.kind == Kind::choice) {
    fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : " ",
                   sentence(type_text(setting)));
  }
  if (!setting.reloadable) {
    text += " A change needs a restart.";
  }
  return text;
}

void add_line(std::string& out, const Place& place, bool comment, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "{:{}}{}{}\n", "", place.indent, comment ? "#" : "",
                 text);
}

/// One setting that holds no others. `dash` begins an item of a list.
void add_value(std::string& out, const Place& place, const Setting& setting, bool dash) {
  const bool as_example = (place.in_item && setting.required) || (dash && !setting.example.empty());
  const std::string& value = as_example ? setting.example : setting.otherwise;
  if (value.empty() && place.brief) {
    return;
  }
  // Help is indented like the text behind the dash, which is what it is about.
  const std::size_t indent = place.indent + (dash ? 2 : 0);
  if (!place.brief) {
    add_comment(out, indent, about(setting));
  }
  if (value.empty()) {
    add_comment(
        out, indent,
        fmt::format("For example: {}: {}", setting.name, yaml_value(setting, setting.example)));
    return;
  }
  add_line(out, place, true,
           fmt::format("{}{}: {}", dash ? "- " : "", setting.name, yaml_value(setting, value)));
}

void add_setting(std::string& out, const Place& place, const Setting& setting, bool dash) {
  if (setting.kind != Kind::section && setting.kind != Kind::sections) {
    add_value(out, place, setting, dash);
    return;
  }
  if (place.brief && setting.inherited) {
    return;
  }
  if (!place.brief) {
    add_comment(out, place.indent, about(setting));
  }
  if (!setting.sample.empty()) {
    add_comment(out, place.indent, "For example:");
    for (const std::string_view line : base::split(setting.sample, '\n')) {
      add_line(out, place, false, fmt::format("#   {}", line));
    }
    return;
  }
  add_line(out, place, place.commented, fmt::format("{}:", setting.name));
  Place inner = place;
  inner.indent += 2;
  inner.in_item = false;
  if (!setting.inherited) {
    inner.brief = false;  // its rows stand nowhere else
  }
  if (setting.kind == Kind::sections) {
    inner.commented = true;
    inner.in_list = true;
  }
  if (setting.keyed) {
    inner.commented = true;
    for (const Setting& row : setting.rows) {
      add_comment(out, inner.indent, sentence(row.help));
      add_line(out, inner, true, fmt::format("{}:", row.name));
      Place rows = inner;
      rows.indent += 2;
      add_settings(out, rows, row.rows);
      inner.brief = true;  // the first one has the help
    }
    return;
  }
  add_settings(out, inner, setting.rows);
}

void add_settings(std::string& out, const Place& place, const std::vector<Setting>& rows) {
  Place here = place;
  bool first = place.in_list;
  bool told = false;
  here.in_list = false;
  here.in_item = place.in_list;
  for (const Setting& row : rows) {
    if (row.inherited && !told) {
      told = true;
      add_comment(out, here.indent, "Also every setting of defaults, auth and tls included:");
    }
    Place at = here;
    at.brief = here.brief || row.inherited;
    add_setting(out, at, row, first);
    if (first) {
      here.indent += 2;
      first = false;
    }
  }
}

}  // namespace

std::string example_yaml(std::span<const model::CheckInfo* const> checks) {
  std::string out(introduction);
  for (const Setting& setting : daemon_table(checks).settings) {
    out += '\n';
    add_setting(out, {}, setting, false);
  }
  return out;
}

}  // namespace auditor::config
