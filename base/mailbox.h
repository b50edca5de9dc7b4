#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace auditor::base {

/// Messages from any thread to one. `push` never waits: what does not fit is refused, and the
/// sender decides what that means.
template <class Message>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

  /// False where it is full or closed.
  bool push(Message message) {
    {
      const std::scoped_lock lock(mutex_);
      if (closed_ || messages_.size() >= capacity_) {
        return false;
      }
      messages_.push_back(std::move(message));
    }
    arrived_.notify_one();
    return true;
  }

  /// The same without a bound, for what must not be lost (a stop, a command). False where closed.
  bool push_always(Message message) {
    {
      const std::scoped_lock lock(mutex_);
      if (closed_) {
        return false;
      }
      messages_.push_back(std::move(message));
    }
    arrived_.notify_one();
    return true;
  }

  /// The oldest message, after waiting up to `wait` for one; nothing where none came.
  std::optional<Message> take(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (messages_.empty() && wait.count() > 0) {
      arrived_.wait_for(lock, wait, [this] { return !messages_.empty() || closed_; });
    }
    if (messages_.empty()) {
      return std::nullopt;
    }
    std::optional<Message> taken(std::move(messages_.front()));
    messages_.pop_front();
    return taken;
  }

  /// From now on every push is refused; what is inside can still be taken.
  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_all();
  }

  [[nodiscard]] std::size_t size() const {
    const std::scoped_lock lock(mutex_);
    return messages_.size();
  }
  [[nodiscard]] bool closed() const {
    const std::scoped_lock lock(mutex_);
    return closed_;
  }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Message> messages_;
  bool closed_ = false;
};

}  // namespace auditor::base
