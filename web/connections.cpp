#include "web/connections.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

namespace auditor::web {

namespace {

/// False at the deadline or on an error.
bool wait_for(int socket, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      return false;
    }
    pollfd waited{socket, events, 0};
    const int ready = poll(&waited, 1, static_cast<int>(left.count()));
    if (ready > 0) {
      return true;
    }
    if (ready < 0 && errno != EINTR) {
      return false;
    }
  }
}

}  // namespace

void Connections::add(int socket) {
  const std::scoped_lock lock(mutex_);
  entries_.insert_or_assign(socket, Entry{Phase::waiting, Clock::now()});
}

void Connections::remove(int socket) {
  const std::scoped_lock lock(mutex_);
  if (entries_.erase(socket) > 0 && owed_ > 0) {
    --owed_;
  }
}

void Connections::enter(int socket, Phase phase) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = entries_.find(socket); found != entries_.end()) {
    found->second = {phase, Clock::now()};
    if (phase == Phase::waiting && (stopping_ || owed_ > 0)) {
      shutdown(socket, SHUT_RDWR);
    }
  }
}

void Connections::evict() {
  const std::scoped_lock lock(mutex_);
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->second.phase != Phase::answering &&
        (oldest == entries_.end() || entry->second.since < oldest->second.since)) {
      oldest = entry;
    }
  }
  if (oldest != entries_.end()) {
    shutdown(oldest->first, SHUT_RDWR);
    entries_.erase(oldest);  // the next call ends another
  } else {
    ++owed_;
  }
}

void Connections::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  for (const auto& [socket, entry] : entries_) {
    if (entry.phase == Phase::waiting || entry.phase == Phase::reading) {
      shutdown(socket, SHUT_RDWR);
    }
  }
}

bool Connections::stopping() const {
  const std::scoped_lock lock(mutex_);
  return stopping_;
}

void Connections::abort() {
  const std::scoped_lock lock(mutex_);
  for (const auto& [socket, entry] : entries_) {
    shutdown(socket, SHUT_RDWR);
  }
}

bool Slots::take(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  if (!given_.wait_for(lock, longest, [this] { return free_ > 0; })) {
    return false;
  }
  --free_;
  return true;
}

void Slots::give() {
  {
    const std::scoped_lock lock(mutex_);
    ++free_;
  }
  given_.notify_one();
}

void ConnectionThreads::run(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  tasks_.push_back(std::move(task));
  if (tasks_.size() > idle_) {
    if (threads_.size() < most_ && !stopping_) {
      threads_.emplace_back([this] { work(); });
    } else {
      lock.unlock();
      make_room_();
      lock.lock();
    }
  }
  task_came_.notify_one();
  task_went_.wait(lock, [this] { return stopping_ || tasks_.size() < most_; });
}

void ConnectionThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    task_came_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) {
      return;
    }
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task_went_.notify_one();
    task();
    task = nullptr;
    lock.lock();
  }
}

void ConnectionThreads::stop() {
  std::vector<std::thread> threads;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  task_came_.notify_all();
  task_went_.notify_all();
  for (std::thread& thread : threads) {
    thread.join();
  }
  while (!tasks_.empty()) {  // none ran if there never was a thread
    tasks_.front()();
    tasks_.pop_front();
  }
}

long receive(int socket, char* buffer, std::size_t size, Clock::time_point deadline) {
  while (wait_for(socket, POLLIN, deadline)) {
    const ssize_t got = recv(socket, buffer, size, MSG_DONTWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EINTR)) {
      return got;
    }
  }
  return -1;
}

bool send_all(int socket, std::string_view data, Clock::time_point deadline,
              std::chrono::milliseconds stall) {
  while (!data.empty()) {
    const ssize_t sent = send(socket, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      data.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent == 0 || (errno != EAGAIN && errno != EINTR)) {
      return false;
    }
    if (!wait_for(socket, POLLOUT, std::min(deadline, Clock::now() + stall))) {
      return false;
    }
  }
  return true;
}

void drain(int socket, std::size_t most, std::chrono::milliseconds longest) {
  shutdown(socket, SHUT_WR);
  const auto deadline = Clock::now() + longest;
  std::array<char, 16'384> buffer{};
  std::size_t read = 0;
  while (read < most) {
    const long got = receive(socket, buffer.data(), buffer.size(), deadline);
    if (got <= 0) {
      return;
    }
    read += static_cast<std::size_t>(got);
  }
}

}  // namespace auditor::web
