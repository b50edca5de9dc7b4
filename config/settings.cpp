#include "config/settings.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base/files.h"
#include "config/daemon_settings.h"
#include "config/daemon_table.h"
#include "config/yaml.h"

namespace auditor::config {

namespace {

using base::Result;
using model::CheckInfo;
using model::DaemonSettings;

constexpr base::Bytes longest_file = base::mebibytes(16);

base::Timestamp system_time() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// What belongs to an audit is needed in full, whoever reads it.
bool is_for_audits(const Member& section) {
  constexpr std::array<std::string_view, 2> sections{"checks", "waivers"};
  return std::ranges::find(sections, section.key.scalar) != sections.end();
}

Result<DaemonSettings> read(const Reader& reader, Node root, const Environment& environment,
                            std::span<const CheckInfo* const> checks) {
  if (reader.read_files) {
    if (auto expanded = expand(*reader.file, root, environment, Unset::refuse); !expanded) {
      return tl::unexpected(expanded.error());
    }
  }
  for (Member& section : root.members) {
    const Unset unset = is_for_audits(section) ? Unset::refuse : Unset::prune;
    if (reader.read_files) {
      break;
    }
    if (auto expanded = expand(*reader.file, section.value, environment, unset); !expanded) {
      return tl::unexpected(expanded.error());
    }
  }
  DaemonSettings settings;
  if (auto filled =
          read_table(reader, daemon_table(checks), "the configuration", "setting", root, settings);
      !filled) {
    return tl::unexpected(filled.error());
  }
  return settings;
}

}  // namespace

Result<model::Settings> parse(const std::string& name, const std::string& text,
                              std::span<const CheckInfo* const> checks) {
  auto root = parse_yaml(name, text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  const Reader reader{.file = &name, .folder = {}, .now = system_time(), .read_files = false};
  return read(reader, std::move(*root), environment_variable, checks)
      .map([](DaemonSettings&& settings) { return std::move(settings.audit); });
}

Result<model::Settings> load(const std::string& path, std::span<const CheckInfo* const> checks) {
  const auto text = base::read_file(path, longest_file);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return parse(path, *text, checks);
}

Result<DaemonSettings> parse_daemon(const std::string& name, const std::string& text,
                                    std::span<const CheckInfo* const> checks,
                                    const std::string& base_folder,
                                    std::optional<base::Timestamp> now,
                                    const Environment& environment) {
  auto root = parse_yaml(name, text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  std::vector<std::string> warnings;
  const Reader reader{.file = &name,
                      .folder = base_folder,
                      .now = now.value_or(system_time()),
                      .read_files = true,
                      .warnings = &warnings};
  auto settings = read(reader, std::move(*root), environment, checks);
  if (!settings) {
    return settings;
  }
  if (settings->clusters.empty() && settings->file_discovery.empty() &&
      settings->http_discovery.empty()) {
    warnings.push_back(name + ": there are no clusters, file_sd or http_sd: nothing is watched");
  }
  settings->warnings = std::move(warnings);
  return settings;
}

Result<DaemonSettings> load_daemon(const std::string& path,
                                   std::span<const CheckInfo* const> checks) {
  const auto text = base::read_file(path, longest_file);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return parse_daemon(path, *text, checks, std::filesystem::path(path).parent_path().string());
}

std::vector<std::string> needs_restart(const DaemonSettings& old, const DaemonSettings& fresh) {
  std::vector<std::string> changed;
  compare_table(daemon_table({}), "", old, fresh, changed);
  return changed;
}

}  // namespace auditor::config
