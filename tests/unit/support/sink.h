#pragma once

#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"

/// Servers on loopback that take what is sent to receivers.
namespace auditor::testing {

/// Takes connections, each on a thread of its own, until it goes.
class Listener {
 public:
  using Serve = std::function<void(int socket)>;

  explicit Listener(Serve serve);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string address(std::string_view scheme) const;

 private:
  void run();

  Serve serve_;
  base::FileDescriptor socket_;
  int port_ = 0;
  std::mutex mutex_;
  bool ending_ = false;
  std::list<base::FileDescriptor> connections_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

/// An HTTP server that answers as it is told, and remembers what it was asked.
class Sink {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
  };
  /// Gives the whole answer, byte for byte. Empty: the connection is cut; `hang`: it stays, without
  /// an answer.
  using Answer = std::function<std::string(const Request&)>;
  static constexpr std::string_view hang = "hang";

  explicit Sink(Answer answer);

  [[nodiscard]] std::string url(std::string_view path = "/") const;
  [[nodiscard]] std::vector<Request> requests() const;

 private:
  void serve(int socket);

  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  Listener listener_;  // last: it serves with the rest
};

/// "HTTP/1.1 200 OK …" with the headers (whole lines, each with CR LF) and the body.
std::string http_answer(int status, std::string_view headers = {}, std::string_view body = {});

/// A mail server without TLS that takes every mail, but refuses addresses of `gone` and, where
/// `refusal` is set, every mail with it.
class MailSink {
 public:
  struct Mail {
    std::string from;
    std::vector<std::string> to;
    std::string content;
  };

  explicit MailSink(std::string refusal = {});

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::vector<Mail> mails() const;

 private:
  void serve(int socket);

  std::string refusal_;
  mutable std::mutex mutex_;
  std::vector<Mail> mails_;
  Listener listener_;
};

}  // namespace auditor::testing
