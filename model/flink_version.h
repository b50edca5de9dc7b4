#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace auditor::model {

/// A Flink release as `/config` names it: "1.20.5", "1.18.1-amzn-0", "2.0-SNAPSHOT"; builds without
/// a version say "<unknown>".
struct FlinkVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  std::string suffix;  ///< after the numbers, without the dash; empty for Apache's own releases
  std::string text;    ///< as it was sent

  friend bool operator==(const FlinkVersion&, const FlinkVersion&) = default;

  /// False for a text that is no version.
  [[nodiscard]] bool known() const { return major > 0; }

  /// True if this is `major.minor` or later.
  [[nodiscard]] bool at_least(int wanted_major, int wanted_minor) const {
    return major != wanted_major ? major > wanted_major : minor >= wanted_minor;
  }
};

/// Reads a version; nullopt where the text does not start with two numbers.
std::optional<FlinkVersion> parse_flink_version(std::string_view text);

}  // namespace auditor::model
