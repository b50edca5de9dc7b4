#include "model/check_info.h"

#include <algorithm>
#include <array>

namespace auditor::model {

std::span<const Practice> practices() {
  static constexpr std::array<Practice, 13> all{{
      {"max-parallelism", "Max parallelism is set"},
      {"operator-uids", "Every operator has a UID"},
      {"state-backend", "The state backend is chosen"},
      {"high-availability", "The JobManager is highly available"},
      {"checkpointing", "Checkpoints are taken and kept"},
      {"recovery", "Jobs recover by themselves"},
      {"exposure", "The REST API is protected"},
      {"upgrade", "The cluster can be upgraded"},
      {"liveness", "The cluster and its jobs are up", PracticeKind::health},
      {"checkpoint-health", "Checkpoints are quick and complete", PracticeKind::health},
      {"flow", "Records flow freely and evenly", PracticeKind::health},
      {"resources", "Memory, network and clocks are fine", PracticeKind::health},
      {"deployments", "Redeployments keep what they should", PracticeKind::health},
  }};
  return all;
}

const Practice* find_practice(std::string_view id) {
  const auto all = practices();
  const auto found = std::ranges::find(all, id, &Practice::id);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace auditor::model
