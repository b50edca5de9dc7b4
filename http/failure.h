#pragma once

#include <string>
#include <string_view>

#include <curl/curl.h>

#include "base/bytes.h"
#include "base/result.h"
#include "http/client.h"

namespace auditor::http {

/// Which limit of ours stopped a transfer.
enum class Excess { none, headers, body };

/// Whom a transfer was for: errors name it, and what to look at.
enum class Peer { flink, receiver };

/// What is known of a transfer that came to nothing.
struct Failure {
  CURLcode code = CURLE_OK;
  std::string_view detail;  ///< libcurl's own words
  std::string where;        ///< URL without secrets
  const Limits* limits = nullptr;
  const Target* target = nullptr;
  Peer peer = Peer::flink;
  base::Bytes received;
  Excess excess = Excess::none;
  int system_error = 0;    ///< errno of a failed connect
  long verify_result = 0;  ///< OpenSSL's X509_V_…
  bool resolved = false;   ///< the name was found
  bool connected = false;  ///< TCP connected
  bool asked = false;      ///< connected, TLS included, and the request could go out
  bool answered = false;   ///< a status line came
};

/// One line for the user: where, what, how to mend.
base::Error describe(const Failure& failure);

}  // namespace auditor::http
