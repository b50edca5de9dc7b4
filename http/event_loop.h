#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <sys/epoll.h>

#include "base/file_descriptor.h"
#include "http/curl.h"

namespace auditor::http {

/// Drives a multi handle with epoll: libcurl is told which sockets are ready and looks at no other,
/// where curl_multi_perform would ask the kernel about each transfer in flight, each time.
class EventLoop {
 public:
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Whether the system gave the two descriptors that a loop needs; without them nothing is driven.
  [[nodiscard]] bool ready() const { return epoll_ && wakeup_; }

  /// Makes `multi` tell this loop of its sockets and its timer. The loop must outlive it.
  void attach(CURLM* multi);

  /// Makes a handle's connections tell this loop when they open and close.
  void attach_connections(CURL* easy);

  /// Lets libcurl move on what is ready now, or within `wait`; returns at once after `wake`.
  void turn(std::chrono::milliseconds wait);

  /// Ends a `turn` that waits. The one call that other threads may make.
  void wake();

 private:
  using Clock = std::chrono::steady_clock;

  /// What epoll knows of a socket, and what libcurl wants to know of it.
  struct Watch {
    std::uint32_t registered = 0;
    std::uint32_t wanted = 0;
    bool connection = false;  // `on_open` saw it, so `on_close` will
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* loop, void* unused);
  static int on_timer(CURLM* multi, long timeout_ms, void* loop);
  static curl_socket_t on_open(void* loop, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* loop, curl_socket_t socket);

  [[nodiscard]] int wait_ms(std::chrono::milliseconds wait) const;
  void want(curl_socket_t socket, std::uint32_t events);
  void register_events(int socket, Watch& watch, std::uint32_t events);
  [[nodiscard]] Watch& watch(int socket);
  void take_ready(const epoll_event& event);
  void take_due_timer();

  base::FileDescriptor epoll_;
  base::FileDescriptor wakeup_;
  CURLM* multi_ = nullptr;
  std::optional<Clock::time_point> timer_;
  std::vector<Watch> watches_;  // by socket: descriptors are small and used again
  // So many at a time that what their answers fill is in the processor's cache when it is read.
  std::array<epoll_event, 32> ready_{};
};

}  // namespace auditor::http
