#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace auditor::http {

/// Decides which request may start: at most so many in flight for one key and `in_all` over all,
/// first come first served within a key, in turn between the keys, so that one busy or hanging
/// cluster holds up no other. A request that proves slow may yield its place over all. Every step
/// takes constant time.
template <class Request>
class Admission {
 public:
  explicit Admission(std::size_t in_all) : in_all_(in_all) {}

  /// `per_key` is the key's own limit; the latest one holds.
  void push(const std::string& key, std::size_t per_key, Request request) {
    Lane& lane = lanes_[key];
    lane.limit = per_key;
    lane.waiting.push_back(std::move(request));
    ++waiting_;
    enqueue(key, lane);
  }

  /// The request whose turn it is, now in flight; nothing where none may start. Each needs one
  /// `finished`.
  std::optional<Request> next() {
    if (in_flight_ >= in_all_ || turns_.empty()) return std::nullopt;
    const std::string key = std::move(turns_.front());
    turns_.pop_front();
    Lane& lane = lanes_[key];
    lane.has_turn = false;
    std::optional<Request> request(std::move(lane.waiting.front()));
    lane.waiting.pop_front();
    --waiting_;
    ++lane.in_flight;
    ++in_flight_;
    enqueue(key, lane);
    return request;
  }

  /// A request in flight no longer counts over all, so that another may start; it still counts for
  /// its key. False where too many have yielded already.
  bool yield() {
    if (yielded_ >= 4 * in_all_) return false;
    --in_flight_;
    ++yielded_;
    return true;
  }

  void finished(const std::string& key, bool yielded = false) {
    const auto found = lanes_.find(key);
    if (found == lanes_.end()) return;
    Lane& lane = found->second;
    --lane.in_flight;
    --(yielded ? yielded_ : in_flight_);
    if (lane.in_flight == 0 && lane.waiting.empty()) {
      lanes_.erase(found);
    } else {
      enqueue(key, lane);
    }
  }

  /// Requests waiting or in flight.
  [[nodiscard]] std::size_t pending() const { return waiting_ + in_flight(); }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_ + yielded_; }

 private:
  struct Lane {
    std::deque<Request> waiting;
    std::size_t in_flight = 0;
    std::size_t limit = 1;
    bool has_turn = false;  // its key stands in turns_
  };

  void enqueue(const std::string& key, Lane& lane) {
    if (lane.has_turn || lane.waiting.empty() || lane.in_flight >= lane.limit) return;
    lane.has_turn = true;
    turns_.push_back(key);
  }

  std::size_t in_all_;
  std::size_t yielded_ = 0;
  std::size_t waiting_ = 0;
  std::size_t in_flight_ = 0;
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<std::string> turns_;  // keys that have a request waiting and room for it
};

}  // namespace auditor::http
