#pragma once

#include <string>

#include "base/result.h"
#include "model/waiver.h"

namespace auditor::web {

/// What a client of the API may ask the daemon to do; the daemon implements it. Each call waits
/// until it is done (at most a few seconds) and may come from any web thread.
class Commands {
 public:
  virtual ~Commands() = default;

  /// Reads the configuration again. Errors: `configuration` or `file`; the old one keeps running.
  virtual base::Result<void> reload() = 0;

  /// Looks at a cluster now; gives once the look is asked for, not once it is done. Errors: `usage`
  /// for an unknown cluster.
  virtual base::Result<void> audit_now(const std::string& cluster) = 0;

  /// Keeps a new waiver; gives it with its id. Errors: `file` where the store cannot be written.
  virtual base::Result<model::Waiver> add_waiver(model::Waiver waiver) = 0;

  /// False where there is none, or it is the configuration's. Errors: as above.
  virtual base::Result<bool> remove_waiver(const std::string& id) = 0;
};

}  // namespace auditor::web
