#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "config/setting.h"
#include "config/yaml.h"

namespace auditor::config {

/// What every reader of a value is given.
struct Reader {
  const std::string* file = nullptr;
  std::filesystem::path folder;  ///< what relative paths are relative to
  base::Timestamp now;
  bool read_files = true;  ///< false: files that settings name are not looked at
  std::vector<std::string>* warnings = nullptr;

  [[nodiscard]] tl::unexpected<base::Error> error(const Node& node, std::string_view what) const;

  /// "unknown setting "enabeld"; did you mean "enabled"?"
  [[nodiscard]] tl::unexpected<base::Error> unknown(const Node& key, std::string_view what,
                                                    std::span<const std::string_view> known) const;

  /// "interval must be a duration from 1s to 1d, such as 30s, not "soon"".
  [[nodiscard]] tl::unexpected<base::Error> wrong(const Setting& setting, const Node& node) const;

  /// `path` as this process finds it.
  [[nodiscard]] std::string resolve(const std::string& path) const;

  /// "a.yaml:3:5", to point at from another place.
  [[nodiscard]] std::string place(const Node& node) const;
};

/// What errors repeat of a scalar: on one line, short, and never what a variable held.
std::string shown(const Node& node);

/// What a value is, with its bounds: "a duration from 1s to 1d".
std::string type_text(const Setting& setting);

/// The same with an example, for errors: "a duration from 1s to 1d, such as 30s".
std::string must_be(const Setting& setting);

/// What a bound of this kind reads like.
std::string bound_text(Kind kind, double value);

/// Whether the keys of a mapping fit its rows: all known, none that exclude each other, and all
/// that are required. A null stands for an empty mapping.
base::Result<void> check_keys(const Reader& reader, const Node& node, std::span<const Setting> rows,
                              std::string_view what, std::string_view noun);

// Readers of one value, by the type that it is kept in.
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              bool& into);
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              std::size_t& into);
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              std::chrono::milliseconds& into);
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              std::optional<std::chrono::milliseconds>& into);
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              base::Bytes& into);
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              std::optional<base::Timestamp>& into);
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              std::string& into);
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              std::vector<std::string>& into);
/// Adds to `into`, over what has the same name.
base::Result<void> read_value(const Reader& reader, const Setting& setting, const Node& node,
                              std::map<std::string, std::string>& into);

/// The secret in a file: its one line. Errors name the file, never the content.
base::Result<std::string> read_secret_file(const Reader& reader, const Setting& setting,
                                           const Node& node);

/// A number in the unit of the setting's kind, within its bounds.
base::Result<double> read_number(const Reader& reader, const Setting& setting, const Node& node);

/// A cluster's base URL, normalized.
base::Result<std::string> read_url(const Reader& reader, const Node& node, std::string_view what,
                                   std::string_view text);

/// The host and port of an address to listen at; nullopt where it is none.
struct ListenAddress {
  std::string host;  ///< empty: every address of the machine
  int port = 0;
};
std::optional<ListenAddress> parse_listen(std::string_view text);

// How a default is written.
std::string value_text(bool value);
std::string value_text(std::size_t value);
std::string value_text(std::chrono::milliseconds value);
std::string value_text(const std::optional<std::chrono::milliseconds>& value);
std::string value_text(base::Bytes value);
std::string value_text(const std::optional<base::Timestamp>& value);
std::string value_text(const std::string& value);
std::string value_text(const std::vector<std::string>& value);
std::string value_text(const std::map<std::string, std::string>& value);

}  // namespace auditor::config
