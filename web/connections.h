#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

/// What keeps slow clients from holding up the others: sockets with deadlines, a bound on the
/// threads, and room made at the cost of who has kept a thread waiting the longest.
namespace auditor::web {

using Clock = std::chrono::steady_clock;

/// The sockets that are open, and what each waits for.
class Connections {
 public:
  enum class Phase {
    waiting,    ///< for the first byte of a request
    reading,    ///< the rest of it
    answering,  ///< our own work
    writing,
  };

  void add(int socket);
  void remove(int socket);  ///< before it is closed
  void enter(int socket, Phase phase);

  /// Ends the connection that has waited for its client the longest; where all wait for us, the
  /// next that is done.
  void evict();

  /// From now on connections end after the answer under way; those that wait end at once.
  void stop();
  [[nodiscard]] bool stopping() const;

  /// Ends all.
  void abort();

 private:
  struct Entry {
    Phase phase = Phase::waiting;
    Clock::time_point since;
  };
  mutable std::mutex mutex_;
  std::map<int, Entry> entries_;
  std::size_t owed_ = 0;  ///< evictions that found nobody
  bool stopping_ = false;
};

/// So many may work at one time.
class Slots {
 public:
  explicit Slots(std::size_t count) : free_(count) {}

  /// False where none is free within `longest`.
  bool take(std::chrono::milliseconds longest);
  void give();

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::size_t free_;
};

/// A bounded number of threads, started as they are needed, and a bounded queue before them.
class ConnectionThreads {
 public:
  /// `make_room` is called when a task has to wait for a thread.
  ConnectionThreads(std::size_t most, std::function<void()> make_room)
      : most_(most), make_room_(std::move(make_room)) {}
  ~ConnectionThreads() { stop(); }
  ConnectionThreads(const ConnectionThreads&) = delete;
  ConnectionThreads& operator=(const ConnectionThreads&) = delete;

  /// Blocks while as many tasks wait as there are threads. Every task is run, also after `stop`.
  void run(std::function<void()> task);

  /// Runs what waits, then ends the threads.
  void stop();

 private:
  void work();

  const std::size_t most_;
  std::function<void()> make_room_;
  std::mutex mutex_;
  std::condition_variable task_came_;
  std::condition_variable task_went_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

/// Reads what there is into `buffer`, waiting until `deadline`. 0: the end; -1: an error or the
/// deadline.
long receive(int socket, char* buffer, std::size_t size, Clock::time_point deadline);

/// Sends all of `data`. False: an error, nothing taken for `stall`, or the deadline.
bool send_all(int socket, std::string_view data, Clock::time_point deadline,
              std::chrono::milliseconds stall);

/// Lets the client read the last answer though it still sends: closing with unread bytes resets the
/// connection. Reads at most `most` bytes.
void drain(int socket, std::size_t most, std::chrono::milliseconds longest);

}  // namespace auditor::web
