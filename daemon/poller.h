#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "collectors/collection.h"
#include "daemon/look.h"
#include "daemon/timetable.h"
#include "http/client.h"
#include "model/check_info.h"
#include "model/settings.h"
#include "web/board.h"

namespace auditor::daemon {

/// The network thread's work: looks at each cluster of the fleet when it is due, over one libcurl
/// multi handle. A cluster that hangs delays no other; a look that would overlap the one before is
/// skipped and counted; one that answers slowly is looked at less often.
class Poller {
 public:
  struct World {
    std::function<base::Timestamp()> now;
    /// Takes a finished look; false where it has no room for it.
    std::function<bool(Look)> deliver;
    web::Board* board = nullptr;
  };

  /// `cycles`: so many looks at each cluster as fast as the limits allow, then `finished`; 0: by
  /// the timetable, for ever.
  Poller(const http::ClientLimits& limits, World world, std::size_t cycles = 0);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // From any thread; each takes effect at the network thread's next step.

  /// The whole fleet from now on. Clusters that stay keep what was seen of them, and their slots.
  void set_fleet(std::vector<model::ClusterSettings> clusters, model::Resource demand);
  /// A GET on the network thread, as for http_sd; `done` is called there.
  void get(std::shared_ptr<const http::Target> target, const std::string& path,
           http::Client::Done done);
  void audit_now(const std::string& cluster);
  void wake();

  /// One step of the network thread: takes messages, begins what is due, waits at most `wait`.
  void step(std::chrono::milliseconds wait);

  /// With `cycles`: every cluster was looked at so often.
  [[nodiscard]] bool finished() const { return finished_.load(); }

 private:
  struct Run;
  struct Watched;
  using Clock = Timetable::Clock;

  void take_messages();
  void apply_fleet(std::vector<model::ClusterSettings> clusters, model::Resource demand);
  void begin(Watched& watched, Clock::duration lateness);
  /// With `cycles`: begins the looks whose turn it is, as far as there is room for their requests.
  void begin_cycles();
  void send(const std::shared_ptr<Run>& run);
  void accept(const std::shared_ptr<Run>& run, http::Outcome outcome);
  void finish(const std::shared_ptr<Run>& run);
  void note(Watched& watched, const model::Snapshot& snapshot);
  void pace(Watched& watched, std::chrono::milliseconds duration);
  void publish_load();

  World world_;
  std::size_t cycles_;
  std::size_t kept_connections_;  // at least
  std::size_t left_ = 0;          // clusters whose cycles are not all done
  std::deque<Watched*> turns_;    // with `cycles`: clusters that wait for their next look
  std::atomic<bool> finished_{false};
  model::Resource demand_ = model::Resource::none;
  Timetable timetable_;
  std::map<std::string, std::unique_ptr<Watched>> fleet_;
  std::mutex messages_mutex_;
  std::vector<std::function<void()>> messages_;
  double lateness_sum_seconds_ = 0;
  double lateness_max_seconds_ = 0;
  std::uint64_t lateness_count_ = 0;
  Clock::time_point lateness_since_{};
  Clock::time_point published_at_{};
  http::Client client_;  // last: its callbacks refer to the rest
};

}  // namespace auditor::daemon
