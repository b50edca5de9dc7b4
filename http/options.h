#pragma once

#include <string>

#include <curl/curl.h>

#include "base/result.h"
#include "http/client.h"
#include "http/curl.h"

/// What a request of any method sets on its handle, and reads from it.
namespace auditor::http {

// An answer's headers take a few hundred bytes. A server that sends them without end is stopped
// here.
inline constexpr std::size_t max_header_bytes = 64 * 1024;

/// libcurl's options are variadic: this keeps the first error of many calls.
class Options {
 public:
  explicit Options(CURL* handle) : handle_(handle) {}

  template <class Value>
  void set(CURLoption option, Value value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(handle_, option, value);
  }
  void set(CURLoption option, const std::string& value) { set(option, value.c_str()); }
  void set_if(CURLoption option, const std::string& value) {
    if (!value.empty()) set(option, value);
  }
  [[nodiscard]] CURLcode code() const { return code_; }
  /// Errors: `internal`, with what libcurl says of the first option that it refused.
  [[nodiscard]] base::Result<void> result(const std::string& where) const;

 private:
  CURL* handle_;
  CURLcode code_ = CURLE_OK;
};

/// Deadlines, no redirects, no proxies, connections that are renewed; TLS and login of `target`.
void set_common(Options& options, const Target& target);

/// HTTP 1.1, as any request has it.
void set_http(Options& options);

/// Adds a line. Errors: `internal`, out of memory.
base::Result<void> append(HeaderList& headers, const std::string& line);

/// "User-Agent: …".
std::string user_agent_line();

template <class Value>
Value info(CURL* handle, CURLINFO which) {
  Value value{};
  curl_easy_getinfo(handle, which, &value);
  return value;
}

inline std::string text_info(CURL* handle, CURLINFO which) {
  const char* value = info<const char*>(handle, which);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace auditor::http
