#include "config/settings.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/files.h"
#include "base/text.h"
#include "base/time.h"
#include "config/yaml.h"

namespace auditor::config {

namespace {

using base::Result;
using model::CheckInfo;
using model::CheckSettings;
using model::OptionInfo;
using model::OptionKind;

/// What every reader of a value is given.
struct Reader {
  const std::string* file;
  std::span<const CheckInfo* const> checks;

  [[nodiscard]] tl::unexpected<base::Error> error(const Node& node, std::string_view what) const {
    return tl::unexpected(error_at(*file, node, what));
  }

  /// "unknown setting "enabeld"; did you mean "enabled"?"
  [[nodiscard]] tl::unexpected<base::Error> unknown(const Node& key, std::string_view what,
                                                    std::span<const std::string_view> known) const {
    const std::string_view near = base::nearest(key.scalar, known);
    std::string hint;
    if (!near.empty()) {
      hint = fmt::format("; did you mean \"{}\"?", near);
    } else if (known.size() <= 8) {
      hint = known.empty() ? "; there are none here"
                           : fmt::format("; known: {}", fmt::join(known, ", "));
    }
    return error(key, fmt::format("unknown {} \"{}\"{}", what, base::printable(key.scalar), hint));
  }
};

/// What stands there, for an error about it.
std::string quoted(const Node& node) {
  return node.kind == Node::Kind::scalar ? fmt::format("\"{}\" ", base::printable(node.scalar))
                                         : "";
}

Result<bool> read_bool(const Reader& reader, const Node& node) {
  if (node.kind == Node::Kind::scalar && (node.scalar == "true" || node.scalar == "false")) {
    return node.scalar == "true";
  }
  return reader.error(node, fmt::format("{}must be true or false", quoted(node)));
}

Result<model::Severity> read_severity(const Reader& reader, const Node& node) {
  if (const auto severity = model::parse_severity(node.scalar)) {
    return *severity;
  }
  return reader.error(node,
                      fmt::format("{}must be info, low, medium, high or critical", quoted(node)));
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// In the unit of the option's kind.
std::optional<double> read_option_value(OptionKind kind, std::string_view text) {
  switch (kind) {
    case OptionKind::number:
      return read_number(text);
    case OptionKind::percent:
      return read_number(base::trim(text.ends_with('%') ? text.substr(0, text.size() - 1) : text));
    case OptionKind::duration:
      if (const auto duration = base::parse_duration(text)) {
        return static_cast<double>(duration->count());
      }
      return std::nullopt;
    case OptionKind::bytes:
      if (const auto size = base::parse_bytes(text)) {
        return static_cast<double>(size->count);
      }
      return std::nullopt;
  }
  return std::nullopt;
}

std::string show(OptionKind kind, double value) {
  switch (kind) {
    case OptionKind::number:
      return fmt::format("{}", value);
    case OptionKind::percent:
      return fmt::format("{}%", value);
    case OptionKind::duration:
      return base::format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(value)));
    case OptionKind::bytes:
      return base::format_bytes({static_cast<std::int64_t>(value)});
  }
  return {};
}

std::string_view example(OptionKind kind) {
  switch (kind) {
    case OptionKind::number:
      return "a number, such as 2";
    case OptionKind::percent:
      return "a percentage, such as 20%";
    case OptionKind::duration:
      return "a duration, such as 10min";
    case OptionKind::bytes:
      return "a size, such as 10gb";
  }
  return {};
}

Result<void> read_options(const Reader& reader, const Node& node, const CheckInfo& check,
                          CheckSettings& into) {
  if (node.kind != Node::Kind::mapping) {
    return reader.error(node, "options must be a mapping of names to values");
  }
  std::vector<std::string_view> names;
  for (const OptionInfo& option : check.options) {
    names.push_back(option.name);
  }
  for (const auto& [key, value] : node.members) {
    const OptionInfo* found = nullptr;
    for (const OptionInfo& option : check.options) {
      found = option.name == key.scalar ? &option : found;
    }
    if (found == nullptr) {
      return reader.unknown(key, fmt::format("option of {}", check.id), names);
    }
    const auto number = read_option_value(found->kind, value.scalar);
    if (!number) {
      return reader.error(value,
                          fmt::format("\"{}\" must be {}", found->name, example(found->kind)));
    }
    if (*number < found->minimum || *number > found->maximum) {
      return reader.error(
          value, fmt::format("\"{}\" must be from {} to {}", found->name,
                             show(found->kind, found->minimum), show(found->kind, found->maximum)));
    }
    into.options[std::string(found->name)] = *number;
  }
  return {};
}

/// One setting under `checks.<id>`.
struct CheckSetting {
  std::string_view name;
  Result<void> (*read)(const Reader&, const Node&, const CheckInfo&, CheckSettings&);
};

constexpr std::array<CheckSetting, 3> check_settings{{
    {"enabled",
     [](const Reader& reader, const Node& node, const CheckInfo& /*check*/, CheckSettings& into) {
       return read_bool(reader, node).map([&into](bool value) { into.enabled = value; });
     }},
    {"severity",
     [](const Reader& reader, const Node& node, const CheckInfo& /*check*/, CheckSettings& into) {
       return read_severity(reader, node).map([&into](model::Severity value) {
         into.severity = value;
       });
     }},
    {"options", read_options},
}};

Result<void> read_check(const Reader& reader, const Node& node, const CheckInfo& check,
                        CheckSettings& into) {
  if (node.kind == Node::Kind::null) {
    return {};
  }
  if (node.kind != Node::Kind::mapping) {
    return reader.error(node, "must be a mapping with enabled, severity or options");
  }
  for (const auto& [key, value] : node.members) {
    const CheckSetting* found = nullptr;
    std::vector<std::string_view> names;
    for (const CheckSetting& setting : check_settings) {
      found = setting.name == key.scalar ? &setting : found;
      names.push_back(setting.name);
    }
    if (found == nullptr) {
      return reader.unknown(key, "setting", names);
    }
    if (auto read = found->read(reader, value, check, into); !read) {
      return read;
    }
  }
  return {};
}

Result<void> read_checks(const Reader& reader, const Node& node, model::Settings& into) {
  if (node.kind == Node::Kind::null) {
    return {};
  }
  if (node.kind != Node::Kind::mapping) {
    return reader.error(node, "checks must be a mapping from a check's id to its settings");
  }
  for (const auto& [key, value] : node.members) {
    const CheckInfo* found = nullptr;
    std::vector<std::string_view> ids;
    for (const CheckInfo* check : reader.checks) {
      found = check->id == key.scalar ? check : found;
      ids.push_back(check->id);
    }
    if (found == nullptr) {
      return reader.unknown(key, "check", ids);
    }
    if (auto read = read_check(reader, value, *found, into.checks[key.scalar]); !read) {
      return read;
    }
  }
  return {};
}

}  // namespace

Result<model::Settings> parse(const std::string& name, const std::string& text,
                              std::span<const CheckInfo* const> checks) {
  const auto root = parse_yaml(name, text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  const Reader reader{&name, checks};
  model::Settings settings;
  if (root->kind == Node::Kind::null) {
    return settings;
  }
  if (root->kind != Node::Kind::mapping) {
    return reader.error(*root, "must be a mapping, such as \"checks: …\"");
  }
  for (const auto& [key, value] : root->members) {
    constexpr std::array<std::string_view, 1> sections{"checks"};
    if (key.scalar != sections.front()) {
      return reader.unknown(key, "setting", sections);
    }
    if (auto read = read_checks(reader, value, settings); !read) {
      return tl::unexpected(read.error());
    }
  }
  return settings;
}

Result<model::Settings> load(const std::string& path, std::span<const CheckInfo* const> checks) {
  const auto text = base::read_file(path, base::mebibytes(1));
  if (!text) {
    return tl::unexpected(text.error());
  }
  return parse(path, *text, checks);
}

}  // namespace auditor::config
