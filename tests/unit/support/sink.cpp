#include "tests/unit/support/sink.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

namespace auditor::testing {

namespace {

/// What came until `end` is in it, or the peer closed.
bool read_until(int socket, std::string& buffer, std::string_view end) {
  std::array<char, 16'384> piece{};
  while (buffer.find(end) == std::string::npos) {
    const ssize_t count = ::recv(socket, piece.data(), piece.size(), 0);
    if (count <= 0) {
      return false;
    }
    buffer.append(piece.data(), static_cast<std::size_t>(count));
  }
  return true;
}

bool write_all(int socket, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void wait_for_close(int socket) {
  std::array<char, 256> piece{};
  while (::recv(socket, piece.data(), piece.size(), 0) > 0) {
  }
}

}  // namespace

Listener::Listener(Serve serve)
    : serve_(std::move(serve)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(socket_.get(), any, size) != 0 || ::listen(socket_.get(), 128) != 0 ||
      ::getsockname(socket_.get(), any, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { run(); });
}

Listener::~Listener() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
    for (const base::FileDescriptor& connection : connections_) {
      ::shutdown(connection.get(), SHUT_RDWR);
    }
  }
  acceptor_.join();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

std::string Listener::address(std::string_view scheme) const {
  return fmt::format("{}://127.0.0.1:{}", scheme, port_);
}

void Listener::run() {
  while (true) {
    const int socket = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    const std::scoped_lock lock(mutex_);
    connections_.emplace_back(socket);
    if (ending_) {
      return;
    }
    threads_.emplace_back([this, socket] {
      serve_(socket);
      ::shutdown(socket, SHUT_RDWR);
    });
  }
}

Sink::Sink(Answer answer)
    : answer_(std::move(answer)), listener_([this](int socket) { serve(socket); }) {}

std::string Sink::url(std::string_view path) const {
  return fmt::format("{}{}", listener_.address("http"), path);
}

std::vector<Sink::Request> Sink::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void Sink::serve(int socket) {
  std::string buffer;
  if (!read_until(socket, buffer, "\r\n\r\n")) {
    return;
  }
  const std::size_t end = buffer.find("\r\n\r\n");
  Request request;
  bool first = true;
  for (const std::string_view line : base::split(std::string_view(buffer).substr(0, end), '\n')) {
    const std::string_view text = base::trim(line);
    const auto mark = text.find(first ? ' ' : ':');
    if (first) {
      request.method = text.substr(0, mark);
      request.target = text.substr(mark + 1, text.rfind(' ') - mark - 1);
      first = false;
    } else {
      request.headers[base::to_lower(text.substr(0, mark))] = base::trim(text.substr(mark + 1));
    }
  }
  request.body = buffer.substr(end + 4);
  const auto length = request.headers.find("content-length");
  const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
  std::array<char, 16'384> piece{};
  while (request.body.size() < size) {
    const ssize_t count = ::recv(socket, piece.data(), piece.size(), 0);
    if (count <= 0) {
      return;
    }
    request.body.append(piece.data(), static_cast<std::size_t>(count));
  }
  std::string answer;
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    answer = answer_(request);
  }
  if (answer == hang) {
    wait_for_close(socket);
  } else {
    write_all(socket, answer);
  }
}

std::string http_answer(int status, std::string_view headers, std::string_view body) {
  return fmt::format("HTTP/1.1 {} X\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n{}", status,
                     headers, body.size(), body);
}

MailSink::MailSink(std::string refusal)
    : refusal_(std::move(refusal)), listener_([this](int socket) { serve(socket); }) {}

std::string MailSink::url() const {
  return listener_.address("smtp");
}

std::vector<MailSink::Mail> MailSink::mails() const {
  const std::scoped_lock lock(mutex_);
  return mails_;
}

void MailSink::serve(int socket) {
  std::string buffer;
  Mail mail;
  write_all(socket, "220 sink\r\n");
  while (read_until(socket, buffer, "\r\n")) {
    const std::string line = buffer.substr(0, buffer.find("\r\n"));
    buffer.erase(0, line.size() + 2);
    if (line.starts_with("MAIL FROM:")) {
      mail.from = line.substr(10);
      write_all(socket, refusal_.empty() ? "250 ok\r\n" : refusal_ + "\r\n");
    } else if (line.starts_with("RCPT TO:")) {
      const bool gone = line.find("gone") != std::string::npos;
      if (!gone) {
        mail.to.push_back(line.substr(8));
      }
      write_all(socket, gone ? "550 no such mailbox\r\n" : "250 ok\r\n");
    } else if (line == "DATA") {
      write_all(socket, "354 go on\r\n");
      if (!read_until(socket, buffer, "\r\n.\r\n")) {
        return;
      }
      mail.content = buffer.substr(0, buffer.find("\r\n.\r\n"));
      buffer.erase(0, mail.content.size() + 5);
      const std::scoped_lock lock(mutex_);
      mails_.push_back(mail);
      write_all(socket, "250 taken\r\n");
    } else if (line == "QUIT") {
      write_all(socket, "221 bye\r\n");
      return;
    } else {
      write_all(socket, "250 ok\r\n");  // EHLO, RSET
    }
  }
}

}  // namespace auditor::testing
