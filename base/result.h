#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace auditor::base {

/// What went wrong, in the coarseness that decisions need: exit codes, retries, wording.
enum class ErrorKind {
  usage,          ///< a flag or argument is wrong
  configuration,  ///< a configuration file is wrong
  file,           ///< a file cannot be read or written
  network,        ///< no connection: unknown host, refused, reset
  tls,            ///< the TLS handshake or the certificate
  timed_out,      ///< connect, answer or whole-request deadline
  http_status,    ///< an answer with a status other than 200; `Error::http_status` has it
  not_flink,      ///< an answer, but not from Flink's REST API
  malformed,      ///< a body that does not decode
  too_large,      ///< a body over the limit
  not_asked,      ///< nothing needed this resource, so it was not fetched
  not_recorded,   ///< a recording lacks the answer
  internal,       ///< a bug of ours
};

/// The one error type. `message` is a clear line for the user: what, where, how to mend.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  int http_status = 0;  ///< 0 unless `kind` is `http_status`

  /// The same error with `context` and ": " before its message.
  [[nodiscard]] Error prefixed(std::string_view context) const {
    return {kind, std::string(context) + ": " + message, http_status};
  }
};

/// A value or an `Error`. Our code throws nothing; library exceptions stop where the library is
/// called.
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected(Error{kind, std::move(message), 0});
}

}  // namespace auditor::base
