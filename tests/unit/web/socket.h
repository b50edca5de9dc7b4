#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "web/http.h"

/// Raw sockets to a server on loopback, as a client without manners uses them.
namespace auditor::testing {

struct Reply {
  int status = 0;  ///< 0: the server closed without an answer
  web::Headers headers;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    return std::string(web::find_header(headers, name).value_or(""));
  }
};

class Client {
 public:
  explicit Client(int port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// True if all was taken before the server closed; gives up after 10 s.
  bool send(std::string_view data);
  /// How many of `most` bytes, made of `piece`, the server took before it closed.
  std::size_t flood(std::string_view piece, std::size_t most);
  /// The next answer; with `head_only` as to a HEAD request. Waits at most 20 s.
  Reply receive(bool head_only = false);
  /// True once the server has closed.
  bool closed();

 private:
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

/// Sends one request on a connection of its own.
Reply ask(int port, std::string_view request);

/// "http://127.0.0.1:8484" → 8484.
int port_of(const std::string& url);

}  // namespace auditor::testing
