#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "web/http.h"
#include "web/problem.h"

namespace auditor::web {

/// Reads requests off a connection and lets only well-formed, small ones through: the library
/// behind it has no bounds of its own. Strict where leniency lets two programs read one request as
/// two (RFC 9112, 11.2). Holds at most `most_head` + `most_body` bytes and what one `feed` brought.
class Intake {
 public:
  static constexpr std::size_t most_line = 8 * 1024;   ///< the request line
  static constexpr std::size_t most_head = 32 * 1024;  ///< request line and headers
  static constexpr std::size_t most_headers = 100;
  static constexpr std::size_t most_body = 64 * 1024;

  enum class State {
    idle,      ///< nothing of the next request is there
    reading,   ///< a part of it is
    complete,  ///< `take` gives it
    refused,   ///< `problem` says why; the connection must end
  };

  /// Takes bytes from the connection. Bytes after a refusal are dropped.
  State feed(std::string_view bytes);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Problem& problem() const { return problem_; }
  [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }

  /// The request that is complete; goes on with what came behind it.
  Request take();

  /// Whether the client asked to end the connection after the request that is complete.
  [[nodiscard]] bool last() const { return last_; }

 private:
  void advance();
  void read_head(std::string_view head);
  bool read_request_line(std::string_view line);
  bool read_header(std::string_view line);
  bool check_headers();
  bool refuse_with(int status, std::string detail);

  std::string buffer_;
  std::size_t scanned_ = 0;  ///< of the buffer, without an end of head
  State state_ = State::idle;
  Problem problem_;
  Request request_;
  bool has_head_ = false;
  bool last_ = false;
  std::size_t body_size_ = 0;
};

}  // namespace auditor::web
