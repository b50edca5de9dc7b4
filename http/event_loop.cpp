#include "http/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace auditor::http {

using std::chrono::milliseconds;

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (ready()) register_events(wakeup_.get(), watch(wakeup_.get()), EPOLLIN);
}

void EventLoop::attach(CURLM* multi) {
  multi_ = multi;
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &EventLoop::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &EventLoop::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
}

void EventLoop::attach_connections(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &EventLoop::on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &EventLoop::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

void EventLoop::turn(milliseconds wait) {
  const int count =
      epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), wait_ms(wait));
  if (count > 0) {
    for (const epoll_event& event : std::span(ready_).first(static_cast<std::size_t>(count))) {
      take_ready(event);
    }
  }
  take_due_timer();
}

void EventLoop::wake() {
  const eventfd_t one = 1;
  eventfd_write(wakeup_.get(), one);
}

int EventLoop::wait_ms(milliseconds wait) const {
  if (timer_) {
    wait = std::min(wait, std::chrono::ceil<milliseconds>(*timer_ - Clock::now()));
  }
  return static_cast<int>(std::max(wait, milliseconds(0)).count());
}

void EventLoop::take_ready(const epoll_event& event) {
  const int socket = event.data.fd;
  if (socket == wakeup_.get()) {
    eventfd_t count = 0;
    eventfd_read(socket, &count);
    return;
  }
  Watch& state = watch(socket);
  if (state.wanted == 0) {
    // An idle connection: the server closed it, which libcurl sees when it would use it again.
    register_events(socket, state, 0);
    return;
  }
  int what = (event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
  what |= (event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
  what |= (event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
  int running = 0;
  curl_multi_socket_action(multi_, socket, what, &running);
}

void EventLoop::take_due_timer() {
  if (!timer_ || *timer_ > Clock::now()) return;
  timer_.reset();  // before the call: libcurl may set it anew
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

EventLoop::Watch& EventLoop::watch(int socket) {
  const auto index = static_cast<std::size_t>(socket);
  if (index >= watches_.size()) watches_.resize(index + 1);
  return watches_[index];
}

void EventLoop::register_events(int socket, Watch& watch, std::uint32_t events) {
  const int operation = events == 0             ? EPOLL_CTL_DEL
                        : watch.registered == 0 ? EPOLL_CTL_ADD
                                                : EPOLL_CTL_MOD;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  epoll_ctl(epoll_.get(), operation, socket, &event);
  watch.registered = events;
}

void EventLoop::want(curl_socket_t socket, std::uint32_t events) {
  Watch& state = watch(socket);
  state.wanted = events;
  // A connection that falls idle stays registered: its next request wants the same.
  if (events == state.registered || (events == 0 && state.connection)) return;
  register_events(socket, state, events);
}

int EventLoop::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* loop,
                         void* /*unused*/) {
  std::uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  static_cast<EventLoop*>(loop)->want(socket, events);
  return 0;
}

int EventLoop::on_timer(CURLM* /*multi*/, long timeout_ms, void* loop) {
  auto& self = *static_cast<EventLoop*>(loop);
  if (timeout_ms < 0) {
    self.timer_.reset();
  } else {
    self.timer_ = Clock::now() + milliseconds(timeout_ms);
  }
  return 0;
}

curl_socket_t EventLoop::on_open(void* loop, curlsocktype /*purpose*/, curl_sockaddr* address) {
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0) return CURL_SOCKET_BAD;
  static_cast<EventLoop*>(loop)->watch(socket) = {0, 0, true};
  return socket;
}

int EventLoop::on_close(void* loop, curl_socket_t socket) {
  // The kernel forgets a closed descriptor, and its number comes back for another one.
  static_cast<EventLoop*>(loop)->watch(socket) = {};
  return ::close(socket);
}

}  // namespace auditor::http
