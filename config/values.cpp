#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/files.h"
#include "base/header.h"
#include "base/text.h"
#include "base/url.h"
#include "config/reader.h"
#include "config/scalars.h"

namespace auditor::config {

using base::Result;
using std::chrono::milliseconds;

namespace {

bool within(const Setting& setting, double value) {
  return setting.minimum >= setting.maximum ||
         (value >= setting.minimum && value <= setting.maximum);
}

/// A text that can stand on one line.
std::optional<std::string> one_line(const Node& node) {
  const std::string_view text = base::trim(node.scalar);
  if (node.kind != Node::Kind::scalar || text.empty() || !base::is_one_line(text)) {
    return std::nullopt;
  }
  return std::string(text);
}

}  // namespace

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        bool& into) {
  if (node.kind != Node::Kind::scalar || (node.scalar != "true" && node.scalar != "false")) {
    return reader.wrong(setting, node);
  }
  into = node.scalar == "true";
  return {};
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        std::size_t& into) {
  std::size_t value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, error] = std::from_chars(node.scalar.data(), end, value);
  if (node.kind != Node::Kind::scalar || error != std::errc{} || stop != end ||
      !within(setting, static_cast<double>(value))) {
    return reader.wrong(setting, node);
  }
  into = value;
  return {};
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        milliseconds& into) {
  const auto value = parse_duration(node.scalar);
  if (node.kind != Node::Kind::scalar || !value ||
      !within(setting, static_cast<double>(value->count()))) {
    return reader.wrong(setting, node);
  }
  into = *value;
  return {};
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        std::optional<milliseconds>& into) {
  milliseconds value{0};
  return read_value(reader, setting, node, value).map([&] { into = value; });
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        base::Bytes& into) {
  const auto value = base::parse_bytes(node.scalar);
  if (node.kind != Node::Kind::scalar || !value ||
      !within(setting, static_cast<double>(value->count))) {
    return reader.wrong(setting, node);
  }
  into = *value;
  return {};
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        std::optional<base::Timestamp>& into) {
  into = parse_moment(base::trim(node.scalar));
  if (node.kind != Node::Kind::scalar || !into) {
    return reader.wrong(setting, node);
  }
  return {};
}

Result<std::string> read_url(const Reader& reader, const Node& node, std::string_view what,
                             std::string_view text) {
  const base::UrlWording wording{
      .what = what, .credentials = "use the settings under auth", .shown = node.written};
  auto url = base::normalize_base_url(std::string(text), wording);
  if (!url) {
    return reader.error(node, url.error().message);
  }
  return url;
}

std::optional<ListenAddress> parse_listen(std::string_view text) {
  const auto address = base::split_host_port(text);
  if (!address || !address->port) {
    return std::nullopt;
  }
  constexpr int most = 65'535;
  int port = 0;
  const std::string_view digits = *address->port;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stop != end || port < 0 || port > most) {
    return std::nullopt;
  }
  // An empty host stands for all addresses; for the rest, what may stand in a URL may stand here.
  if (!address->host.empty() &&
      !base::normalize_base_url(fmt::format("http://{}:1", address->host))) {
    return std::nullopt;
  }
  return ListenAddress{std::string(address->host), port};
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        std::string& into) {
  const auto text = one_line(node);
  if (!text) {
    return reader.wrong(setting, node);
  }
  if (setting.kind == Kind::url) {
    auto url = read_url(reader, node, "a cluster's URL", *text);
    if (!url) {
      return tl::unexpected(url.error());
    }
    into = std::move(*url);
    return {};
  }
  if (setting.kind == Kind::address && !parse_listen(*text)) {
    return reader.wrong(setting, node);
  }
  into = *text;
  return {};
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        std::vector<std::string>& into) {
  if (node.kind == Node::Kind::null) {
    return {};
  }
  if (node.kind != Node::Kind::sequence) {
    return reader.wrong(setting, node);
  }
  into.clear();
  into.reserve(node.items.size());
  for (const Node& item : node.items) {
    auto text = one_line(item);
    if (!text) {
      return reader.error(item, fmt::format("{} must be a list of texts", setting.name));
    }
    into.push_back(std::move(*text));
  }
  if (setting.required && into.empty() && !node.pruned) {
    return reader.error(node, fmt::format("{} is empty", setting.name));
  }
  return {};
}

Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                        std::map<std::string, std::string>& into) {
  if (node.kind == Node::Kind::null) {
    return {};
  }
  if (node.kind != Node::Kind::mapping) {
    return reader.wrong(setting, node);
  }
  for (const auto& [key, value] : node.members) {
    if (value.kind != Node::Kind::scalar || !base::is_one_line(value.scalar)) {
      return reader.error(
          value, fmt::format("{}: {} must be a text of one line", setting.name, shown(key)));
    }
    into[key.scalar] = value.scalar;
  }
  return {};
}

Result<std::string> read_secret_file(const Reader& reader, const Setting& setting,
                                     const Node& node) {
  const auto path = one_line(node);
  if (!path) {
    return reader.wrong(setting, node);
  }
  if (!reader.read_files) {
    return std::string();
  }
  const std::string resolved = reader.resolve(*path);
  const auto content = base::read_file(resolved, base::kibibytes(64));
  if (!content) {
    return reader.error(node, fmt::format("{}: {}", setting.name, content.error().message));
  }
  const std::string_view secret = base::trim(*content);
  if (secret.empty()) {
    return reader.error(node, fmt::format("{}: {} is empty", setting.name, resolved));
  }
  if (!base::is_one_line(secret)) {
    return reader.error(node, fmt::format("{}: {} must hold one line, without control characters",
                                          setting.name, resolved));
  }
  return std::string(secret);
}

Result<double> read_number(const Reader& reader, const Setting& setting, const Node& node) {
  std::optional<double> value;
  const std::string_view text = base::trim(node.scalar);
  switch (setting.kind) {
    case Kind::percent:
      value =
          parse_number(base::trim(text.ends_with('%') ? text.substr(0, text.size() - 1) : text));
      break;
    case Kind::duration: {
      // Also as Flink itself writes durations: these are held against Flink's configuration.
      auto duration = parse_duration(text);
      duration = duration ? duration : base::parse_duration(text);
      value = duration ? std::optional(static_cast<double>(duration->count())) : std::nullopt;
      break;
    }
    case Kind::size:
      if (const auto size = base::parse_bytes(text)) {
        value = static_cast<double>(size->count);
      }
      break;
    default:
      value = parse_number(text);
      break;
  }
  if (node.kind != Node::Kind::scalar || !value || !within(setting, *value)) {
    return reader.wrong(setting, node);
  }
  return *value;
}

std::string value_text(bool value) {
  return value ? "true" : "false";
}
std::string value_text(std::size_t value) {
  return fmt::format("{}", value);
}
std::string value_text(milliseconds value) {
  return duration_text(value);
}
std::string value_text(const std::optional<milliseconds>& value) {
  return value ? duration_text(*value) : "";
}
std::string value_text(base::Bytes value) {
  return size_text(value);
}
std::string value_text(const std::optional<base::Timestamp>& value) {
  return value ? base::format_rfc3339(*value) : "";
}
std::string value_text(const std::string& value) {
  return value;
}
std::string value_text(const std::vector<std::string>& value) {
  return value.empty() ? "[]" : fmt::format("[{}]", base::join(value, ", "));
}
std::string value_text(const std::map<std::string, std::string>& value) {
  return value.empty() ? "{}" : "";
}

}  // namespace auditor::config
