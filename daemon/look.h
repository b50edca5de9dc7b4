#pragma once

#include <memory>
#include <string>

#include "model/settings.h"
#include "model/snapshot.h"

namespace auditor::daemon {

/// One look at one cluster, on its way from the network thread to the pipeline.
struct Look {
  std::shared_ptr<const model::ClusterSettings> cluster;
  std::shared_ptr<const model::Snapshot> snapshot;
};

}  // namespace auditor::daemon
