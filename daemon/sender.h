#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "http/sender.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

namespace auditor::daemon {

/// Sends what waits in the outbox, and the heartbeat. Of a group the next goes only after the one
/// before is delivered or dead and the store has that (`settled`), so that a restart repeats at
/// most what was in flight, and never out of order. Each receiver has places of its own: a bad one
/// delays no other.
class Sender {
 public:
  struct World {
    std::function<base::Timestamp()> now;
    std::function<double()> random;  ///< from 0 to 1, 1 excluded
    /// Takes what attempts came to, without the messages: to be stored, and each that is delivered
    /// or dead to be told by `settled` then. Called from `step`.
    std::function<void(std::vector<model::Notification>)> report;
  };

  /// What of one receiver waits in memory; beyond it the oldest are dead, which can be asked for
  /// again.
  struct Bounds {
    std::size_t notifications = 10'000;
    std::size_t bytes = std::size_t{64} * 1024 * 1024;
  };

  /// For /metrics and the page.
  struct Counters {
    /// By receiver and outcome: "delivered", "failed" (will be tried again), "dead". The heartbeat
    /// counts as the receiver "heartbeat".
    std::map<std::pair<std::string, std::string>, std::uint64_t> attempts;
    /// By receiver: how many wait, and when the oldest of them was made.
    struct Waiting {
      std::size_t count = 0;
      base::Timestamp oldest = base::Timestamp::max();
    };
    std::map<std::string, Waiting> by_receiver;
    std::size_t waiting = 0;
    std::optional<base::Timestamp> oldest;       ///< when the oldest of them was made
    std::map<std::string, std::string> stopped;  ///< by receiver: why it gets no more
  };

  explicit Sender(World world);
  Sender(World world, Bounds bounds);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // From any thread; each takes effect at the next step.

  /// Receivers from now on; those that stopped are tried again. What waits for one that is not
  /// configured is dead. Before the first call nothing is sent.
  void set_settings(std::shared_ptr<const model::AlertingSettings> settings);
  /// Takes notifications that the store has, in whatever order; those that are here already are
  /// left out. One that was dead (`Store::replay`) comes the same way.
  void enqueue(std::vector<model::Notification> notifications);
  /// The store has what was reported of these, by `Notification::id`.
  void settled(std::vector<std::string> ids);
  /// The heartbeat is sent while this is true; false at first.
  void set_healthy(bool healthy);
  /// No attempt begins from now on.
  void drain();
  void wake();

  [[nodiscard]] Counters counters() const;
  /// Whether no attempt is under way.
  [[nodiscard]] bool idle() const { return idle_.load(); }

  /// One step of the sending thread: takes messages, begins what is due, waits at most `wait`.
  void step(std::chrono::milliseconds wait);

 private:
  class Impl;

  void post(std::function<void(Impl&)> message);

  std::mutex messages_mutex_;
  std::vector<std::function<void(Impl&)>> messages_;
  mutable std::mutex counters_mutex_;
  Counters counters_;
  std::atomic<bool> idle_{true};
  std::unique_ptr<Impl> impl_;
};

}  // namespace auditor::daemon
