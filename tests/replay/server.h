#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "collectors/recording.h"
#include "tests/replay/body.h"

namespace auditor::replay {

/// How the fleet behaves.
struct Fleet {
  std::size_t clusters = 1;
  std::uint16_t port = 0;      ///< 0: a free one
  bool own_addresses = false;  ///< each cluster at one of its own (127.1.…), as in a real fleet
  bool moving = true;  ///< clocks, counters and checkpoints move on; else the bytes stay equal
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds checkpoint_interval{60'000};
  unsigned hanging_percent = 0;    ///< of the clusters: accept, read, never answer
  unsigned dribbling_percent = 0;  ///< answer a byte a second
  std::string log;                 ///< file for the URL of each request; empty: none
};

/// Plays recordings back as a fleet of clusters on the loopback: cluster i answers below
/// `/c<i>`, as Flink behind a proxy's path does; the recordings take turns. One thread, epoll.
class Server {
 public:
  static base::Result<std::unique_ptr<Server>> start(
      const Fleet& fleet, const std::vector<collectors::Recording>& recordings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::size_t cluster) const;
  /// Connections that were accepted so far.
  [[nodiscard]] std::uint64_t connections() const { return numbers_; }

  /// Serves until another thread or a signal handler sets `stop`.
  void serve(const volatile bool& stop);

 private:
  using Clock = std::chrono::steady_clock;

  struct Connection {
    int descriptor = -1;
    std::uint64_t number = 0;
    std::string in;
    std::string out;
    std::size_t sent = 0;
    bool waiting_to_write = false;
    bool dribbles = false;
  };

  struct Delayed {
    Clock::time_point at;
    int descriptor;
    std::uint64_t number;
    std::string out;
  };

  struct Later {
    bool operator()(const Delayed& a, const Delayed& b) const { return a.at > b.at; }
  };

  Server(const Fleet& fleet, const std::vector<collectors::Recording>& recordings);
  base::Result<void> listen();
  base::Result<void> listen_at(std::uint32_t address);
  [[nodiscard]] std::uint32_t address_of(std::size_t cluster) const;
  void accept_all(int listener);
  void read(Connection& connection);
  void handle(Connection& connection, std::string_view target);
  [[nodiscard]] std::string answer(std::size_t cluster, std::string_view path);
  void write(Connection& connection);
  void close(int descriptor);
  void run_timers();

  Fleet fleet_;
  const std::vector<collectors::Recording>* recordings_;
  std::vector<std::map<std::string, MovingBody, std::less<>>> bodies_;  // of each recording
  std::unordered_set<int> listeners_;
  int epoll_ = -1;
  std::uint16_t port_ = 0;
  std::uint64_t numbers_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::priority_queue<Delayed, std::vector<Delayed>, Later> delayed_;
  std::vector<int> dribbling_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point dribble_at_{};
  std::ofstream log_;
};

}  // namespace auditor::replay
