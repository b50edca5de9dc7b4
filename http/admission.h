#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace auditor::http {

/// Decides which request may start: at most `per_key` in flight for one key and `in_all` over all,
/// first come first served within a key, in turn between the keys, so that one busy or hanging
/// cluster holds up no other. Every step takes constant time.
template <class Request>
class Admission {
 public:
  Admission(std::size_t per_key, std::size_t in_all) : per_key_(per_key), in_all_(in_all) {}

  void push(const std::string& key, Request request) {
    Lane& lane = lanes_[key];
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

  void finished(const std::string& key) {
    const auto found = lanes_.find(key);
    if (found == lanes_.end()) return;
    Lane& lane = found->second;
    --lane.in_flight;
    --in_flight_;
    if (lane.in_flight == 0 && lane.waiting.empty()) {
      lanes_.erase(found);
    } else {
      enqueue(key, lane);
    }
  }

  /// Requests waiting or in flight.
  [[nodiscard]] std::size_t pending() const { return waiting_ + in_flight_; }

 private:
  struct Lane {
    std::deque<Request> waiting;
    std::size_t in_flight = 0;
    bool has_turn = false;  // its key stands in turns_
  };

  void enqueue(const std::string& key, Lane& lane) {
    if (lane.has_turn || lane.waiting.empty() || lane.in_flight >= per_key_) return;
    lane.has_turn = true;
    turns_.push_back(key);
  }

  std::size_t per_key_;
  std::size_t in_all_;
  std::size_t waiting_ = 0;
  std::size_t in_flight_ = 0;
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<std::string> turns_;  // keys that have a request waiting and room for it
};

}  // namespace auditor::http
