#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/flink_version.h"

/// Which minor release of Flink reads which option, 1.13 to 2.3 (advice/flink_options.txt).
namespace auditor::advice {

/// A minor release, as "2.3" names it.
struct Release {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const Release&, const Release&) = default;

  [[nodiscard]] std::string text() const;
  /// Of no patch in particular.
  [[nodiscard]] model::FlinkVersion version() const;
};

/// Reads "2.3", not "2.3.0"; nullopt for what is no minor release.
std::optional<Release> parse_release(std::string_view text);

/// What the table covers, the oldest first.
const std::vector<Release>& known_releases();

enum class Standing {
  unlisted,    ///< no option in any release of the table: a plugin's or connector's, or misspelt
  uncertain,   ///< an option of which it is not known whether that release has it
  current,     ///< the option's name
  deprecated,  ///< an option that is read, and ought no longer be set
  old_name,    ///< read as an older name of another option
  unread,      ///< an option of another release, not of that one
};

struct OptionStanding {
  Standing standing = Standing::unlisted;
  std::vector<std::string_view> names;  ///< of an old name, or a deprecated option: the options
                                        ///< that read it
};

/// What `release`, one of the table, makes of a key in the configuration.
OptionStanding standing_of(std::string_view key, const Release& release);

}  // namespace auditor::advice
