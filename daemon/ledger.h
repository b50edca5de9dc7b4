#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "alerts/dispatcher.h"
#include "base/result.h"
#include "model/alert.h"
#include "storage/store.h"

namespace auditor::daemon {

/// The pipeline's side of the outbox: what is to be told is stored before it is sent, and what
/// attempts came to is stored before the next of its group goes.
///
/// While the store cannot be written, it is told all the same, for a full disk must not silence the
/// alerts: what is stored waits in memory, and after a crash some may be told twice.
class Ledger {
 public:
  struct World {
    /// To the sender: those that may go. Both may be empty.
    std::function<void(std::vector<model::Notification>)> send;
    /// To the sender, by id: the store has what was reported of them.
    std::function<void(std::vector<std::string>)> settled;
  };

  /// `store` must outlive it.
  Ledger(storage::Store& store, World world) : store_(&store), world_(std::move(world)) {}

  /// What the store remembers to be waiting.
  void resume(std::vector<model::Notification> waiting);

  /// Alerts that no look's record has: the auditor's own.
  void add(std::vector<model::Alert> alerts);
  void add(alerts::Due due);
  /// What attempts came to, as the sender reports it: without the messages.
  void add(std::vector<model::Notification> attempted);

  /// Stores and sends what waits; where the store does not take what came before it, it is sent
  /// alone. Errors: the store's; what could not be stored is kept.
  base::Result<void> write(bool store_works);

  [[nodiscard]] bool empty() const { return alerts_.empty() && due_.empty() && attempted_.empty(); }

 private:
  struct Waiting {
    storage::DueRows rows;
    bool sent = false;
  };

  base::Result<void> store_due();
  base::Result<void> store_attempts(bool store_works);
  void send_unstored();
  void send(Waiting& waiting);
  void settle(const std::vector<model::Notification>& attempted);

  storage::Store* store_;
  World world_;
  std::vector<model::Alert> alerts_;
  std::deque<Waiting> due_;
  std::vector<model::Notification> attempted_;
  std::int64_t last_sequence_ = 0;
};

}  // namespace auditor::daemon
