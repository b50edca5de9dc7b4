#pragma once

#include <chrono>
#include <cstdint>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

namespace auditor::daemon {

/// When each cluster is due: its interval's slots, shifted by a hash of its name, so that the load
/// is even and the same after a restart. Pure: time is what it is told.
class Timetable {
 public:
  using Clock = std::chrono::steady_clock;

  struct Due {
    std::string cluster;
    Clock::duration lateness;  ///< since its slot
    bool hurried = false;
  };

  /// Adds a cluster, or gives it another interval. It is first due within one interval.
  void set(const std::string& cluster, std::chrono::milliseconds interval, Clock::time_point now);
  void remove(const std::string& cluster);

  /// Makes it due now, besides its slots.
  void hurry(const std::string& cluster, Clock::time_point now);

  /// What is due, each once; slots that were missed are passed over.
  std::vector<Due> take_due(Clock::time_point now);

  /// When the next is due; an hour from now where there is none.
  [[nodiscard]] Clock::time_point next(Clock::time_point now);

 private:
  struct Entry {
    std::chrono::milliseconds interval{0};
    std::uint64_t generation = 0;
    bool hurried = false;
  };

  struct Slot {
    Clock::time_point at;
    std::string cluster;
    std::uint64_t generation = 0;  // an entry that was set anew leaves its old slots behind
    bool extra = false;
  };

  struct Later {
    bool operator()(const Slot& a, const Slot& b) const { return a.at > b.at; }
  };

  void drop_stale();

  std::unordered_map<std::string, Entry> entries_;
  std::priority_queue<Slot, std::vector<Slot>, Later> slots_;
  std::uint64_t generation_ = 0;
};

}  // namespace auditor::daemon
