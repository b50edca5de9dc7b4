#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auditor::replay {

/// How far a cluster's life has moved since its recording.
struct Progress {
  std::chrono::milliseconds elapsed{0};
  std::int64_t checkpoints = 0;                      ///< completed since
  std::chrono::milliseconds checkpoint_interval{0};  ///< between two of them
};

/// A recorded answer that moves on: `now` and the durations grow, so do record counters, and
/// checkpoints get later ids and times. All else stays byte for byte.
class MovingBody {
 public:
  MovingBody() = default;

  /// `checkpoints`: the document is about checkpoints, whose ids move too.
  MovingBody(std::string body, bool checkpoints);

  [[nodiscard]] std::string at(const Progress& progress) const;
  [[nodiscard]] const std::string& as_recorded() const { return body_; }

 private:
  enum class Kind { time, count, checkpoint_id, checkpoint_time };

  struct Number {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int64_t value = 0;
    Kind kind = Kind::time;
  };

  std::string body_;
  std::vector<Number> numbers_;
};

}  // namespace auditor::replay
