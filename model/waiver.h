#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace auditor::model {

/// A finding that its owner accepts, for a reason and for a time. It lies over a fail and changes
/// no verdict: a waived finding costs nothing and alerts nobody, and is shown as waived.
struct Waiver {
  enum class Source { configuration, api };

  std::string id;             ///< stable: a hash of the rule, or made when the API created it
  std::string check = "*";    ///< glob over check ids
  std::string cluster = "*";  ///< glob over cluster names
  std::string job = "*";      ///< glob over job names; "*" also covers the cluster's own findings
  std::string reason;
  std::string owner;
  std::optional<base::Timestamp> until;  ///< absent: for ever
  Source source = Source::configuration;
  std::optional<base::Timestamp> created_at;  ///< by the API

  /// Whether it stopped working before `now`.
  [[nodiscard]] bool expired(base::Timestamp now) const { return until && *until <= now; }
};

std::string_view to_text(Waiver::Source source);

}  // namespace auditor::model
