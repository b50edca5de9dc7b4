#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/flink.h"

namespace auditor::audit {

/// The latest checkpoints of one run of a job that are known to have ended, and how.
class EndedCheckpoints {
 public:
  /// Notes one that has ended. Whether that is news: it is not known, or ended otherwise.
  bool note(std::int64_t id, model::CheckpointStatus status);
  void clear() { ended_.clear(); }

 private:
  struct Ended {
    std::int64_t id;
    model::CheckpointStatus status;
  };
  std::vector<Ended> ended_;  // by id, rising
};

}  // namespace auditor::audit
