#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "model/alert.h"
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

  /// Keeps a new silence, valid but without an id; gives it with its id. Errors: `file` where the
  /// store cannot be written, `usage` where nothing is told of alerts.
  virtual base::Result<model::Silence> add_silence(model::Silence silence) = 0;

  /// Ends a silence now. False where there is none that is active or to come. Errors: as above.
  virtual base::Result<bool> end_silence(const std::string& id) = 0;

  /// Has a dead notification sent again. False where none that is dead has the id. Errors: as
  /// above.
  virtual base::Result<bool> retry_notification(const std::string& id) = 0;

  /// Tells of posture now; gives how many notifications were made: 0 where nobody is to be told.
  /// Errors: as above.
  virtual base::Result<std::size_t> send_digest() = 0;
};

}  // namespace auditor::web
