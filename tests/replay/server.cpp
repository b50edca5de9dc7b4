#include "tests/replay/server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace auditor::replay {

namespace {

constexpr std::size_t largest_request = 64 * 1024;

std::string response(int status, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: "
      "{}\r\n\r\n{}",
      status, status == 200 ? "OK" : "Not Found", body.size(), body);
}

/// "/c12/jobs/overview" → 12 and "/jobs/overview".
bool split_target(std::string_view target, std::size_t& cluster, std::string_view& path) {
  if (!target.starts_with("/c")) {
    return false;
  }
  const auto [end, error] =
      std::from_chars(target.data() + 2, target.data() + target.size(), cluster);
  path = target.substr(static_cast<std::size_t>(end - target.data()));
  return error == std::errc{} && path.starts_with('/');
}

base::Error system_error(std::string_view what) {
  return {base::ErrorKind::network, fmt::format("{}: {}", what, std::strerror(errno)), 0};
}

}  // namespace

Server::Server(const Fleet& fleet, const std::vector<collectors::Recording>& recordings)
    : fleet_(fleet), recordings_(&recordings), bodies_(recordings.size()) {
  if (!fleet_.log.empty()) {
    log_.open(fleet_.log);
  }
}

Server::~Server() {
  for (const auto& [descriptor, connection] : connections_) {
    ::close(descriptor);
  }
  for (const int listener : listeners_) {
    ::close(listener);
  }
  if (epoll_ >= 0) {
    ::close(epoll_);
  }
}

base::Result<std::unique_ptr<Server>> Server::start(
    const Fleet& fleet, const std::vector<collectors::Recording>& recordings) {
  std::unique_ptr<Server> server(new Server(fleet, recordings));
  if (const auto listening = server->listen(); !listening) {
    return tl::unexpected(listening.error());
  }
  return server;
}

base::Result<void> Server::listen() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  port_ = fleet_.port;
  const std::size_t addresses = fleet_.own_addresses ? fleet_.clusters : 1;
  base::Result<void> listening;
  for (std::size_t i = 0; listening && i < addresses; ++i) {
    listening = listen_at(address_of(i));
  }
  return listening;
}

base::Result<void> Server::listen_at(std::uint32_t address) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) {
    return tl::unexpected(system_error("socket"));
  }
  listeners_.insert(listener);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port_);
  name.sin_addr.s_addr = htonl(address);
  constexpr int backlog = 16'384;
  auto* const generic = reinterpret_cast<sockaddr*>(&name);
  socklen_t size = sizeof name;
  if (::bind(listener, generic, size) != 0 || ::listen(listener, backlog) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    return tl::unexpected(system_error(fmt::format("cannot listen on port {}", port_)));
  }
  port_ = ntohs(name.sin_port);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener, &event) != 0) {
    return tl::unexpected(system_error("epoll"));
  }
  return {};
}

/// In the host's byte order; all are the loopback's.
std::uint32_t Server::address_of(std::size_t cluster) const {
  constexpr std::uint32_t first_of_its_own = 0x7F010001;  // 127.1.0.1
  return fleet_.own_addresses ? first_of_its_own + static_cast<std::uint32_t>(cluster)
                              : std::uint32_t{INADDR_LOOPBACK};
}

std::string Server::url(std::size_t cluster) const {
  const std::uint32_t address = address_of(cluster);
  return fmt::format("http://{}.{}.{}.{}:{}/c{}", address >> 24U, address >> 16U & 0xFFU,
                     address >> 8U & 0xFFU, address & 0xFFU, port_, cluster);
}

void Server::serve(const volatile bool& stop) {
  std::array<epoll_event, 256> events{};
  while (!stop) {
    int wait = 100;
    if (!delayed_.empty()) {
      const auto until =
          std::chrono::ceil<std::chrono::milliseconds>(delayed_.top().at - Clock::now());
      wait = static_cast<int>(std::clamp<std::int64_t>(until.count(), 0, wait));
    }
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
    if (ready == 0 && log_.is_open()) {
      log_.flush();  // whoever reads it finds all that was asked
    }
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      if (listeners_.contains(event.data.fd)) {
        accept_all(event.data.fd);
        continue;
      }
      const auto found = connections_.find(event.data.fd);
      if (found == connections_.end()) {
        continue;
      }
      if ((event.events & EPOLLOUT) != 0) {
        write(found->second);
      } else {
        read(found->second);
      }
    }
    run_timers();
  }
}

void Server::accept_all(int listener) {
  while (true) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      return;
    }
    const int yes = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    Connection& connection = connections_[descriptor];
    connection.descriptor = descriptor;
    connection.number = ++numbers_;
  }
}

void Server::close(int descriptor) {
  ::close(descriptor);
  connections_.erase(descriptor);
}

void Server::read(Connection& connection) {
  std::array<char, 16'384> buffer{};
  while (true) {
    const ssize_t got = ::read(connection.descriptor, buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      break;
    }
    if (got <= 0 || connection.in.size() > largest_request) {
      close(connection.descriptor);
      return;
    }
    connection.in.append(buffer.data(), static_cast<std::size_t>(got));
    if (static_cast<std::size_t>(got) < buffer.size()) {
      break;
    }
  }
  const int descriptor = connection.descriptor;
  for (std::size_t end = connection.in.find("\r\n\r\n"); end != std::string::npos;
       end = connection.in.find("\r\n\r\n")) {
    const std::string head = connection.in.substr(0, end);
    connection.in.erase(0, end + 4);
    const std::size_t space = head.find(' ');
    const std::size_t last = head.find(' ', space + 1);
    if (space == std::string::npos || last == std::string::npos) {
      close(descriptor);
      return;
    }
    handle(connection, std::string_view(head).substr(space + 1, last - space - 1));
    if (!connections_.contains(descriptor)) {
      return;
    }
  }
}

void Server::handle(Connection& connection, std::string_view target) {
  std::size_t cluster = 0;
  std::string_view path;
  const bool known = split_target(target, cluster, path) && cluster < fleet_.clusters;
  if (log_.is_open()) {
    log_ << (known ? url(cluster) : "") << (known ? path : target) << '\n';
  }
  if (!known) {
    connection.out += response(404, R"({"errors":["Not found"]})");
    write(connection);
    return;
  }
  // The share is spread over the fleet, not its first clusters.
  const auto place = static_cast<unsigned>(cluster * 7 % 100);
  if (place < fleet_.hanging_percent) {
    return;
  }
  std::string out = answer(cluster, path);
  if (place < fleet_.hanging_percent + fleet_.dribbling_percent) {
    connection.out += out;
    if (!connection.dribbles) {
      connection.dribbles = true;
      dribbling_.push_back(connection.descriptor);
    }
    return;
  }
  if (fleet_.latency.count() > 0) {
    delayed_.push(
        {Clock::now() + fleet_.latency, connection.descriptor, connection.number, std::move(out)});
    return;
  }
  connection.out += out;
  write(connection);
}

std::string Server::answer(std::size_t cluster, std::string_view path) {
  const std::size_t which = cluster % recordings_->size();
  Progress progress;
  if (fleet_.moving) {
    progress.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
    // Clusters do not complete their checkpoints in the same moment.
    const auto shift = std::chrono::milliseconds(static_cast<std::int64_t>(cluster) * 997) %
                       fleet_.checkpoint_interval;
    progress.checkpoints = (progress.elapsed + shift) / fleet_.checkpoint_interval;
    progress.checkpoint_interval = fleet_.checkpoint_interval;
  }
  // …/checkpoints/details/ID: the id as it was recorded.
  std::string recorded(path);
  constexpr std::string_view details = "/checkpoints/details/";
  const std::size_t at = recorded.find(details);
  if (at != std::string::npos && progress.checkpoints > 0) {
    const std::size_t begin = at + details.size();
    std::int64_t id = 0;
    const auto [end, error] =
        std::from_chars(recorded.data() + begin, recorded.data() + recorded.size(), id);
    if (error == std::errc{}) {
      const auto size = static_cast<std::size_t>(end - recorded.data()) - begin;
      recorded.replace(begin, size, std::to_string(id - progress.checkpoints));
    }
  }
  auto& bodies = bodies_[which];
  auto found = bodies.find(recorded);
  if (found == bodies.end()) {
    auto read = (*recordings_)[which].answer(recorded);
    if (!read || read->status != 200) {
      return response(404, R"({"errors":["Not found"]})");
    }
    const bool checkpoints = recorded.find("/checkpoints") != std::string::npos &&
                             !recorded.ends_with("/checkpoints/config");
    found = bodies.emplace(recorded, MovingBody(std::move(read->body), checkpoints)).first;
  }
  return response(200, fleet_.moving ? found->second.at(progress) : found->second.as_recorded());
}

void Server::write(Connection& connection) {
  while (connection.sent < connection.out.size()) {
    const ssize_t sent = ::send(connection.descriptor, connection.out.data() + connection.sent,
                                connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
      break;
    }
    if (sent <= 0) {
      close(connection.descriptor);
      return;
    }
    connection.sent += static_cast<std::size_t>(sent);
  }
  const bool more = connection.sent < connection.out.size();
  if (!more) {
    connection.out.clear();
    connection.sent = 0;
  }
  if (more != connection.waiting_to_write) {
    connection.waiting_to_write = more;
    epoll_event event{};
    event.events = more ? EPOLLOUT : EPOLLIN;
    event.data.fd = connection.descriptor;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor, &event);
  }
}

void Server::run_timers() {
  const Clock::time_point now = Clock::now();
  while (!delayed_.empty() && delayed_.top().at <= now) {
    const Delayed due = delayed_.top();
    delayed_.pop();
    const auto found = connections_.find(due.descriptor);
    if (found != connections_.end() && found->second.number == due.number) {
      found->second.out += due.out;
      write(found->second);
    }
  }
  if (dribbling_.empty() || now < dribble_at_) {
    return;
  }
  dribble_at_ = now + std::chrono::seconds(1);
  std::erase_if(dribbling_, [this](int descriptor) {
    const auto found = connections_.find(descriptor);
    if (found == connections_.end()) {
      return true;
    }
    Connection& connection = found->second;
    if (connection.sent < connection.out.size()) {
      const ssize_t sent =
          ::send(descriptor, connection.out.data() + connection.sent, 1, MSG_NOSIGNAL);
      connection.sent += sent > 0 ? 1U : 0U;
    }
    return false;
  });
}

}  // namespace auditor::replay
