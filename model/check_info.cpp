#include "model/check_info.h"

#include <array>

namespace auditor::model {

std::span<const Practice> practices() {
  static constexpr std::array<Practice, 8> all{{
      {"max-parallelism", "Max parallelism is set"},
      {"operator-uids", "Every operator has a UID"},
      {"state-backend", "The state backend is chosen"},
      {"high-availability", "The JobManager is highly available"},
      {"checkpointing", "Checkpoints are taken and kept"},
      {"recovery", "Jobs recover by themselves"},
      {"exposure", "The REST API is protected"},
      {"upgrade", "The cluster can be upgraded"},
  }};
  return all;
}

}  // namespace auditor::model
