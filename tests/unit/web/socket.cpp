#include "tests/unit/web/socket.h"

#include <array>
#include <charconv>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

namespace auditor::testing {

namespace {

constexpr int longest_wait = 20'000;

bool ready(int socket, short events) {
  if (socket < 0) {
    return false;
  }
  pollfd waited{socket, events, 0};
  return poll(&waited, 1, longest_wait) > 0;
}

}  // namespace

Client::Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

Client::~Client() {
  if (socket_ >= 0) {
    close(socket_);
  }
}

bool Client::send(std::string_view data) {
  return flood(data, data.size()) == data.size();
}

std::size_t Client::flood(std::string_view piece, std::size_t most) {
  std::size_t sent = 0;
  while (sent < most && ready(socket_, POLLOUT)) {
    const std::string_view rest =
        piece.substr(sent % piece.size(), std::min(piece.size(), most - sent));
    const ssize_t taken = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken <= 0) {
      break;
    }
    sent += static_cast<std::size_t>(taken);
  }
  return sent;
}

bool Client::fill() {
  std::array<char, 65'536> chunk{};
  if (!ready(socket_, POLLIN)) {
    return false;
  }
  const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
  if (got <= 0) {
    return false;
  }
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

bool Client::closed() {
  while (fill()) {
  }
  return buffer_.empty();
}

Reply Client::receive(bool head_only) {
  Reply reply;
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) {
      return reply;
    }
  }
  const std::string head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  for (std::string_view line : base::split(head, '\n')) {
    line = base::trim(line);
    if (const std::size_t colon = line.find(": "); colon != std::string_view::npos) {
      reply.headers.emplace_back(base::to_lower(line.substr(0, colon)), line.substr(colon + 2));
    } else {
      std::from_chars(line.data() + 9, line.data() + line.size(), reply.status);
    }
  }
  const std::size_t length =
      head_only ? 0 : std::strtoul(reply.header("content-length").c_str(), nullptr, 10);
  while (buffer_.size() < length && fill()) {
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

Reply ask(int port, std::string_view request) {
  Client client(port);
  client.send(request);
  return client.receive(request.starts_with("HEAD"));
}

int port_of(const std::string& url) {
  return std::atoi(url.c_str() + url.rfind(':') + 1);
}

}  // namespace auditor::testing
