#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/client.h"

namespace auditor::http {

/// What goes out to a receiver: an HTTP request, or a mail. Nothing like it goes to Flink, for
/// which `Client` has GET alone.
struct Outgoing {
  enum class Method { get, post, mail };

  Method method = Method::post;
  std::string
      url;  ///< whole; a secret. smtp:// (with STARTTLS, but on loopback) or smtps:// of mail
  /// Login, headers, certificates and limits; its base URL is not used.
  std::shared_ptr<const Target> access;
  std::string content_type;          ///< of a POST
  std::vector<std::string> headers;  ///< whole lines, besides those of `access`
  std::string body;                  ///< of mail: MIME with its header
  std::string from;                  ///< of mail: the bare address
  std::vector<std::string> to;       ///< of mail: bare addresses
};

/// What a receiver answered.
struct Reply {
  int status = 0;           ///< of HTTP, or the last of SMTP
  std::string retry_after;  ///< the header as it came; empty: none
  std::string body;         ///< its beginning; of mail what the server said against it
};

/// As much of an answer is kept. Of a longer one the status counts, and the rest is not read.
inline constexpr std::size_t max_reply_body = std::size_t{64} * 1024;

/// Scheme, host and port of a URL: what errors and logs may name.
std::string origin_of(std::string_view url);

/// HTTP requests and mails to receivers, over a libcurl multi handle of its own. Redirects are not
/// followed; no error names more of a URL than its origin, nor any credentials. One thread owns a
/// sender; nothing here blocks but `poll`. How many are in flight is the caller's to bound.
class Sender {
 public:
  /// Any status is a reply, and so is SMTP's refusal. Errors: `network`, `tls`, `timed_out`, …
  using Done = std::function<void(base::Result<Reply>)>;

  Sender();
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// Begins at the next `poll`, from which `done` is called once; it may send more.
  void send(Outgoing outgoing, Done done);

  /// Ends a `poll` that waits. The one call that other threads may make.
  void wake();

  /// Moves transfers on, waiting at most `wait` for something to happen, and calls what is done.
  void poll(std::chrono::milliseconds wait);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auditor::http
