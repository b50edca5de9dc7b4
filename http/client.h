#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace auditor::http {

/// What the requests to one target may use up: few in flight, bounded in time and size.
struct Limits {
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds request_timeout{
      10'000};                                 ///< from the start of the transfer to its last byte
  base::Bytes max_body = base::mebibytes(32);  ///< after decompression
  std::size_t in_flight = 4;
};

/// Where requests go and with what credentials. The credentials never leave the host of `base_url`.
struct Target {
  std::string base_url;      ///< scheme, host, port and path prefix, without a slash at the end
  std::string bearer_token;  ///< empty: no `Authorization: Bearer`
  std::string basic_user;    ///< empty: no `Authorization: Basic`
  std::string basic_password;
  std::vector<std::string> headers;  ///< whole lines, "Name: value"
  std::string ca_file;               ///< PEM; empty: the system's
  std::string client_certificate;    ///< PEM file; empty: none
  std::string client_key;            ///< PEM file; empty: in `client_certificate`
  Limits limits;
};

/// Whether token and headers can be sent as they are: one line each, a header as "Name: value". The
/// errors (`usage`) hold no secret. `Client` refuses what this refuses; who asks first can say it
/// at once.
base::Result<void> check_credentials(const Target& target);

/// An answer of any status. Redirects are not followed.
struct Response {
  int status = 0;
  std::string content_type;
  std::string location;  ///< of a redirect, else empty
  std::string body;      ///< decompressed
};

/// What one request came to and cost.
struct Outcome {
  std::string path;  ///< as `Client::get` was given it
  base::Result<Response> response;
  base::Bytes received;  ///< on the wire, headers included
  std::chrono::milliseconds duration{0};
};

/// What a client may use up over all its targets.
struct ClientLimits {
  /// Requests that are answered within a second or so. A slower one gives its place back, for a
  /// hundred hanging clusters must not hold up a thousand healthy ones; those are bounded by four
  /// times as many.
  std::size_t in_flight = 64;
  std::size_t kept_connections = 64;  ///< idle ones that are kept for the next request
};

/// GET requests over one libcurl multi handle. One thread owns a client; nothing here blocks but
/// `poll`.
class Client {
 public:
  using Done = std::function<void(Outcome)>;

  explicit Client(const ClientLimits& limits = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Queues GET `target->base_url + path`. `done` is called once, from `poll`; it may queue further
  /// requests.
  void get(std::shared_ptr<const Target> target, std::string path, Done done);

  /// Keeps so many idle connections from now on, instead of `ClientLimits::kept_connections`.
  void keep_connections(std::size_t count);

  /// Requests queued or in flight.
  [[nodiscard]] std::size_t pending() const;

  /// How many more would be in flight at once, as far as `ClientLimits::in_flight` goes.
  [[nodiscard]] std::size_t room() const;

  /// Requests in flight.
  [[nodiscard]] std::size_t in_flight() const;

  /// Ends a `poll` that waits. The one call that other threads may make.
  void wake();

  /// Moves transfers on, waiting at most `wait` for something to happen, and calls what is done.
  void poll(std::chrono::milliseconds wait);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auditor::http
