#include "web/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "storage/reader.h"
#include "web/app.h"
#include "web/connections.h"
#include "web/intake.h"

/// The library binds, listens and accepts. It does not read requests or write answers: it bounds
/// neither a header line nor their number, is lenient where that is dangerous, compresses with
/// brotli at its slowest, and answers range bombs. Intake reads instead, and what comes in is small
/// and whole before any of our code works on it.
namespace auditor::web {

namespace {

using namespace std::chrono_literals;

constexpr auto idle_timeout = 2s;           // for the first byte of a request
constexpr auto request_timeout = 5s;        // from its first byte to its last
constexpr auto stall_timeout = 5s;          // while the client takes nothing of the answer
constexpr auto answer_timeout = 60s;        // to take all of it
constexpr auto handler_timeout = 5s;        // for one of `settings.threads` slots
constexpr auto stop_timeout = 1'500ms;      // for answers under way
constexpr int most_requests = 100;          // of one connection
constexpr std::size_t fewest_threads = 64;  // for connections; they mostly wait

struct Address {
  std::string host;  ///< empty: every address of this machine
  int port = 0;
};

base::Result<Address> parse_listen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  Address address;
  if (colon != std::string::npos) {
    const char* const end = listen.data() + listen.size();
    const auto [stopped, error] = std::from_chars(listen.data() + colon + 1, end, address.port);
    if (error == std::errc{} && stopped == end && address.port >= 0 && address.port <= 65'535) {
      address.host = listen.substr(0, colon);
      if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
      }
      return address;
    }
  }
  return base::fail(base::ErrorKind::configuration,
                    fmt::format("web.listen: \"{}\" must be host:port", listen));
}

/// Only so that a restart may bind at once. The library's own choice, SO_REUSEPORT, would let a
/// second daemon take half of the connections.
void set_listen_options(socket_t socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

/// The library's pool has no bound before it.
class TaskQueue final : public httplib::TaskQueue {
 public:
  TaskQueue(std::size_t threads, Connections& connections)
      : threads_(threads, [&connections] { connections.evict(); }) {}
  void enqueue(std::function<void()> task) override { threads_.run(std::move(task)); }
  void shutdown() override { threads_.stop(); }

 private:
  ConnectionThreads threads_;
};

class Listener final : public httplib::Server {
 public:
  explicit Listener(std::function<void(int)> serve) : serve_(std::move(serve)) {}

  /// Binds; gives the port, or -1 with `errno`. Port 0 takes a free one.
  int bind(const std::string& host, int port) {
    errno = 0;
    const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
    if (bound >= 0) {
      ::listen(svr_sock_, backlog);  // again: the library's own backlog is 5
    }
    return bound;
  }

 private:
  static constexpr int backlog = 128;

  bool process_and_close_socket(socket_t socket) override {
    serve_(socket);
    return true;
  }

  std::function<void(int)> serve_;
};

OpenReader opener_of(const Server::World& world) {
  return world.open_reader ? world.open_reader
                           : [path = world.database] { return storage::Reader::open(path); };
}

class WebServer final : public Server {
 public:
  WebServer(const model::WebSettings& settings, const World& world)
      : app_(settings, *world.board, *world.commands, opener_of(world), world.now),
        now_(world.now),
        handlers_(settings.threads),
        listener_([this](int socket) { serve(socket); }) {
    const std::size_t threads = std::max(fewest_threads, settings.threads * 4);
    listener_.new_task_queue = [this, threads] {  // The library owns what it gets by a raw pointer.
      return std::make_unique<TaskQueue>(threads, connections_).release();
    };
    listener_.set_socket_options(set_listen_options);
  }
  ~WebServer() override { WebServer::stop(); }
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  base::Result<void> start(const Address& address);

  [[nodiscard]] std::string url() const override { return url_; }
  void reload(const model::WebSettings& settings) override { app_.reload(settings); }
  void stop() override;

 private:
  void listen();
  void serve(int socket);
  void converse(int socket);
  bool read_request(int socket, Intake& intake);
  bool write_response(int socket, const Response& response, bool with_body, bool last);

  App app_;
  std::function<base::Timestamp()> now_;
  Connections connections_;
  Slots handlers_;
  Listener listener_;
  Address address_;
  std::string url_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
};

base::Result<void> WebServer::start(const Address& address) {
  address_ = address;
  if (!address.host.empty()) {
    address_.port = listener_.bind(address.host, address.port);
  } else {  // every address: both families where the machine has both
    address_.host = "::";
    address_.port = listener_.bind(address_.host, address.port);
    if (address_.port < 0 && errno != EADDRINUSE) {
      address_.host = "0.0.0.0";
      address_.port = listener_.bind(address_.host, address.port);
    }
  }
  const bool brackets = address_.host.find(':') != std::string::npos;
  if (address_.port < 0) {
    return base::fail(
        base::ErrorKind::configuration,
        fmt::format("cannot listen on {}:{}: {}", address.host, address.port,
                    errno == 0 ? "no such host" : std::generic_category().message(errno)));
  }
  url_ = brackets ? fmt::format("http://[{}]:{}", address_.host, address_.port)
                  : fmt::format("http://{}:{}", address_.host, address_.port);
  thread_ = std::thread([this] { listen(); });
  while (!listener_.is_running() && !ended_) {  // before that the library's stop does nothing
    std::this_thread::sleep_for(1ms);
  }
  return {};
}

void WebServer::listen() {
  while (!stopping_) {
    listener_.listen_after_bind();
    if (stopping_) {
      break;
    }
    // The library gives up at errors of accept() that pass, such as no memory for a moment.
    spdlog::error("web: accepting connections failed; listening again in 1 s");
    std::this_thread::sleep_for(1s);
    listener_.bind(address_.host, address_.port);
  }
  ended_ = true;
}

void WebServer::stop() {
  if (!thread_.joinable()) {
    return;
  }
  stopping_ = true;
  connections_.stop();
  const auto deadline = Clock::now() + stop_timeout;
  bool aborted = false;
  while (!ended_) {
    listener_.stop();  // again: it does nothing in the moment before the library's loop
    std::this_thread::sleep_for(2ms);
    if (!aborted && Clock::now() > deadline) {
      connections_.abort();
      aborted = true;
    }
  }
  thread_.join();
}

void WebServer::serve(int socket) {
  connections_.add(socket);
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!connections_.stopping()) {
    converse(socket);
  }
  connections_.remove(socket);
  close(socket);
}

bool WebServer::read_request(int socket, Intake& intake) {
  std::array<char, 8'192> buffer{};
  auto phase = Connections::Phase::waiting;
  auto deadline = Clock::now() + idle_timeout;
  connections_.enter(socket, phase);
  while (true) {
    if (intake.state() == Intake::State::complete || intake.state() == Intake::State::refused) {
      connections_.enter(socket, Connections::Phase::answering);
      return true;
    }
    if (intake.state() == Intake::State::reading && phase == Connections::Phase::waiting) {
      phase = Connections::Phase::reading;
      deadline = Clock::now() + request_timeout;
      connections_.enter(socket, phase);
    }
    const long got = receive(socket, buffer.data(), buffer.size(), deadline);
    if (got <= 0) {
      return false;
    }
    intake.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }
}

bool WebServer::write_response(int socket, const Response& response, bool with_body, bool last) {
  connections_.enter(socket, Connections::Phase::writing);
  const auto deadline = Clock::now() + answer_timeout;
  std::string head = response_head(response, now_(), last);
  constexpr std::size_t most_copied = 16'384;
  if (with_body && response.body.size() <= most_copied) {  // one packet rather than two
    head += response.body;
    return send_all(socket, head, deadline, stall_timeout);
  }
  return send_all(socket, head, deadline, stall_timeout) &&
         (!with_body || send_all(socket, response.body, deadline, stall_timeout));
}

void WebServer::converse(int socket) {
  Intake intake;
  for (int count = 1; read_request(socket, intake); ++count) {
    if (intake.state() == Intake::State::refused) {
      Response response = to_response(intake.problem());
      response.set("cache-control", "no-store");
      response.set("x-content-type-options", "nosniff");
      if (write_response(socket, response, true, true)) {
        drain(socket, 256 * 1024, 300ms);
      }
      return;
    }
    bool last = intake.last() || count == most_requests;
    const Request request = intake.take();
    Response response;
    if (handlers_.take(handler_timeout)) {
      response = app_.respond(request);
      handlers_.give();
    } else {
      response = to_response({503, "too many requests at once; try again", {}});
    }
    last = last || stopping_;
    if (!write_response(socket, response, request.method != "HEAD", last) || last) {
      if (last) {
        drain(socket, 16 * 1024, 50ms);
      }
      return;
    }
  }
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const model::WebSettings& settings,
                                                    const World& world) {
  const auto address = parse_listen(settings.listen);
  if (!address) {
    return tl::unexpected(address.error());
  }
  auto server = std::make_unique<WebServer>(settings, world);
  if (auto started = server->start(*address); !started) {
    return tl::unexpected(started.error());
  }
  return server;
}

}  // namespace auditor::web
