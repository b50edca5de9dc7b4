#include "advice/config_yaml.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace auditor::advice {

namespace {

/// Options of the type list or map, by Flink's documentation of its configuration. Others are a
/// text, whatever is in it.
constexpr std::array<std::string_view, 13> lists{
    "classloader.parent-first-patterns.additional",
    "classloader.parent-first-patterns.default",
    "execution.job-listeners",
    "execution.job-status-changed-listeners",
    "external-resources",
    "metrics.job.status.enable",
    "pipeline.cached-files",
    "pipeline.classpaths",
    "pipeline.jars",
    "plugin.classloader.parent-first-patterns.additional",
    "plugin.classloader.parent-first-patterns.default",
    "security.context.factory.classes",
    "security.module.factory.classes",
};
constexpr std::array<std::string_view, 8> maps{
    "kubernetes.jobmanager.annotations",   "kubernetes.jobmanager.labels",
    "kubernetes.jobmanager.node-selector", "kubernetes.taskmanager.annotations",
    "kubernetes.taskmanager.labels",       "kubernetes.taskmanager.node-selector",
    "pipeline.global-job-parameters",      "pipeline.jobvertex-parallelism-overrides",
};

bool is_one_of(std::span<const std::string_view> all, std::string_view text) {
  return std::ranges::find(all, text) != all.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A whole number without a leading 0: it is read as itself.
bool is_plain_number(std::string_view text) {
  constexpr std::size_t most_digits = 18;
  return !text.empty() && text.size() <= most_digits && std::ranges::all_of(text, is_digit) &&
         (text.size() == 1 || text.front() != '0');
}

/// "10 min", "64mb": digits and a unit.
bool is_quantity(std::string_view text) {
  const auto unit = std::ranges::find_if_not(text, is_digit);
  const std::string_view name = base::trim({unit, text.end()});
  return unit != text.begin() && !name.empty() && std::ranges::all_of(name, is_letter) &&
         text.front() != '0';
}

bool is_plain_word(std::string_view text) {
  constexpr std::string_view others = "./_-$:@";
  constexpr std::array<std::string_view, 10> keywords{"true", "false", "null", "yes", "no",
                                                      "on",   "off",   "y",    "n",   "nan"};
  return (is_letter(text.front()) || text.front() == '/') && text.back() != ':' &&
         std::ranges::all_of(text,
                             [&](char c) {
                               return is_letter(c) || is_digit(c) ||
                                      others.find(c) != std::string_view::npos;
                             }) &&
         !is_one_of(keywords, base::to_lower(text));
}

std::vector<std::string> scalars_of(std::string_view text, char separator) {
  std::vector<std::string> scalars;
  for (const std::string_view item : base::split(text, separator)) {
    if (const std::string_view trimmed = base::trim(item); !trimmed.empty()) {
      scalars.push_back(yaml_scalar(trimmed));
    }
  }
  return scalars;
}

struct Node {
  const ConfigurationLine* line = nullptr;
  std::map<std::string, Node, std::less<>> below;
};

void write_line(const ConfigurationLine& line, std::string_view key, std::size_t depth,
                std::string& out) {
  const std::string indent(2 * depth, ' ');
  if (!line.comment.empty()) {
    out += fmt::format("{}# {}\n", indent, line.comment);
  }
  out += fmt::format("{}{}: {}\n", indent, key, yaml_value(line.key, line.value));
}

/// `prefix`: the part of the key that stays before the node's own, with its dot.
void write_below(const Node& node, const std::string& prefix, std::size_t depth, std::string& out) {
  for (const auto& [name, child] : node.below) {
    const std::string key = prefix + name;
    if (child.line != nullptr) {
      write_line(*child.line, yaml_scalar(key), depth, out);
      write_below(child, key + ".", depth, out);
    } else if (child.below.size() == 1) {
      write_below(child, key + ".", depth, out);  // a key alone needs no levels of its own
    } else {
      out += fmt::format("{}{}:\n", std::string(2 * depth, ' '), yaml_scalar(key));
      write_below(child, "", depth + 1, out);
    }
  }
}

}  // namespace

std::string yaml_scalar(std::string_view value) {
  if (value == "true" || value == "false" ||
      (!value.empty() && (is_plain_number(value) || is_quantity(value) || is_plain_word(value)))) {
    return std::string(value);
  }
  const bool control =
      std::ranges::any_of(value, [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (control) {
    return nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }
  std::string quoted = "'";
  for (const char c : value) {
    quoted.append(c == '\'' ? 2 : 1, c);
  }
  return quoted + "'";
}

std::string yaml_value(std::string_view key, std::string_view value) {
  const bool list = is_one_of(lists, key);
  const bool flow = value.size() > 1 && ((value.front() == '[' && value.back() == ']') ||
                                         (value.front() == '{' && value.back() == '}'));
  if (list) {
    // As Flink shows a list of config.yaml, or as flink-conf.yaml writes one.
    const auto items =
        flow ? scalars_of(value.substr(1, value.size() - 2), ',') : scalars_of(value, ';');
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
  if (is_one_of(maps, key)) {
    const std::string_view inner = flow ? value.substr(1, value.size() - 2) : value;
    std::vector<std::string> items;
    for (const std::string_view item : base::split(inner, ',')) {
      const std::size_t colon = item.find(':');
      if (colon != std::string_view::npos) {
        items.push_back(fmt::format("{}: {}", yaml_scalar(base::trim(item.substr(0, colon))),
                                    yaml_scalar(base::trim(item.substr(colon + 1)))));
      }
    }
    return fmt::format("{{{}}}", fmt::join(items, ", "));
  }
  return yaml_scalar(value);
}

std::string nested_yaml(std::vector<ConfigurationLine> lines) {
  std::ranges::sort(lines, {}, &ConfigurationLine::key);
  Node root;
  std::string rest;
  for (const ConfigurationLine& line : lines) {
    if (line.commented_out) {
      rest +=
          fmt::format("# {}\n# {}: {}\n", line.comment, line.key, yaml_value(line.key, line.value));
      continue;
    }
    Node* node = &root;
    for (const std::string_view part : base::split(line.key, '.')) {
      node = &node->below[std::string(part)];
    }
    node->line = &line;
  }
  std::string out;
  write_below(root, "", 0, out);
  if (!rest.empty()) {
    out.append("\n").append(rest);
  }
  return out;
}

}  // namespace auditor::advice
