#pragma once

#include <map>
#include <optional>
#include <string>

#include "model/uid_table.h"
#include "model/verdict.h"

namespace auditor::model {

/// `checks.<id>` of the configuration.
struct CheckSettings {
  bool enabled = true;
  std::optional<Severity> severity;       ///< over the check's own, whatever it finds
  std::map<std::string, double> options;  ///< in the unit of the option's kind
};

/// A whole configuration, valid.
struct Settings {
  std::map<std::string, CheckSettings, std::less<>> checks;
  UidTable uid_words;  ///< UIDs that the user's code may set
};

}  // namespace auditor::model
