#pragma once

#include <vector>

#include "base/copy_on_write.h"
#include "model/flink.h"
#include "model/verdict.h"

namespace auditor::checks {

/// The subjects of one cluster, or of one job of it, each made once: what checks say of them in
/// look after look shares them.
class Subjects {
 public:
  using Shared = base::CopyOnWrite<model::Subject>;

  [[nodiscard]] Shared cluster() const { return cluster_; }
  [[nodiscard]] Shared job(const model::JobOverview& job);
  [[nodiscard]] Shared vertex(const model::JobOverview& job, const model::JobVertex& vertex);

 private:
  Shared cluster_;
  Shared job_;                    // the cluster's until one is asked for
  std::vector<Shared> vertices_;  // by `JobVertex::index`, the same
};

}  // namespace auditor::checks
