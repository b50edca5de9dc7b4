#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace auditor::http {

/// Decides which request may start: at most so many in flight for one key and `in_all` over all,
/// first come first served within a key, in turn between the keys, so that one busy or hanging
/// cluster holds up no other. A request that proves slow may yield its place over all. Every step
/// takes constant time.
template <class Request, class Key = std::string>
class Admission {
 public:
  explicit Admission(std::size_t in_all) : in_all_(in_all) {}

  /// What waits or is in flight for one key; stays where it is while something does.
  struct Lane;

  /// A request in flight.
  struct Admitted {
    Request request;
    Lane* lane;
  };

  /// `per_key` is the key's own limit; the latest one holds.
  void push(const Key& key, std::size_t per_key, Request request) {
    if (lanes_.size() >= prune_at_) {
      std::erase_if(lanes_, [](const auto& lane) { return lane.second.is_idle(); });
      prune_at_ = std::max(prune_at_, 2 * lanes_.size());
    }
    Lane& lane = lanes_[key];
    lane.limit = per_key;
    lane.waiting.push(std::move(request));
    ++waiting_;
    enqueue(lane);
  }

  /// The request whose turn it is, now in flight; nothing where none may start. Each needs one
  /// `finished`.
  std::optional<Admitted> next() {
    if (in_flight_ >= in_all_ || turns_.empty()) return std::nullopt;
    Lane& lane = *turns_.front();
    turns_.pop_front();
    lane.has_turn = false;
    std::optional<Admitted> admitted({lane.waiting.pop(), &lane});
    --waiting_;
    ++lane.in_flight;
    ++in_flight_;
    enqueue(lane);
    return admitted;
  }

  /// A request in flight no longer counts over all, so that another may start; it still counts for
  /// its key. False where too many have yielded already.
  bool yield() {
    if (yielded_ >= 4 * in_all_) return false;
    --in_flight_;
    ++yielded_;
    return true;
  }

  /// Ends one that `next` gave with `lane`.
  void finished(Lane* lane, bool yielded = false) {
    --lane->in_flight;
    --(yielded ? yielded_ : in_flight_);
    enqueue(*lane);
  }

  /// How many more requests could be in flight over all, if their keys allow it.
  [[nodiscard]] std::size_t room() const {
    const std::size_t taken = waiting_ + in_flight_;
    return taken < in_all_ ? in_all_ - taken : 0;
  }

  /// Requests waiting or in flight.
  [[nodiscard]] std::size_t pending() const { return waiting_ + in_flight(); }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_ + yielded_; }

  /// Keys that are remembered: those of requests, and of some that there were.
  [[nodiscard]] std::size_t keys() const { return lanes_.size(); }

  /// A queue that costs nothing while it is empty: lanes come and go with every look.
  class Waiting {
   public:
    [[nodiscard]] bool empty() const { return first_ == requests_.size(); }
    void push(Request request) { requests_.push_back(std::move(request)); }
    Request pop() {
      Request request = std::move(requests_[first_]);
      if (++first_ == requests_.size()) {
        requests_.clear();
        first_ = 0;
      }
      return request;
    }

   private:
    std::vector<Request> requests_;
    std::size_t first_ = 0;  // those before it were taken
  };

  /// None but this class reads it.
  struct Lane {
    Waiting waiting;
    std::size_t in_flight = 0;
    std::size_t limit = 1;
    bool has_turn = false;  // it stands in turns_

    [[nodiscard]] bool is_idle() const { return in_flight == 0 && waiting.empty(); }
  };

 private:
  void enqueue(Lane& lane) {
    if (lane.has_turn || lane.waiting.empty() || lane.in_flight >= lane.limit) return;
    lane.has_turn = true;
    turns_.push_back(&lane);
  }

  std::size_t in_all_;
  std::size_t yielded_ = 0;
  std::size_t waiting_ = 0;
  std::size_t in_flight_ = 0;
  // Idle ones stay until they are many: a cluster comes back with its next look.
  std::unordered_map<Key, Lane> lanes_;
  std::size_t prune_at_ = 64;
  std::deque<Lane*> turns_;  // those that have a request waiting and room for it
};

}  // namespace auditor::http
