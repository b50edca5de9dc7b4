#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "http/client.h"
#include "http/curl.h"
#include "http/failure.h"
#include "http/options.h"

namespace auditor::http {

class EventLoop;
struct Access;
struct BaseUrl;

/// What `Client::get` was asked for.
struct Request {
  std::shared_ptr<const Target> target;
  std::string path;
  Client::Done done;
};

/// A curl handle and the GET requests that it serves, one after the other. It does not move, for
/// curl holds its address.
class Transfer {
 public:
  explicit Transfer(EventLoop& loop);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// The one whose `handle` this is.
  static Transfer* of(CURL* handle) { return info<Transfer*>(handle, CURLINFO_PRIVATE); }

  /// Takes a request and sets on the handle what it needs: what the one before did not have alike.
  /// `base` is the target's. Where libcurl cannot read that, the transfer fails and says so.
  base::Result<void> prepare(Request request, const BaseUrl& base);

  /// What the request came to, after curl said that it ended with `code`.
  [[nodiscard]] Outcome outcome(CURLcode code);

  /// Ends the request: the next one may come.
  [[nodiscard]] Request release_request();

  [[nodiscard]] CURL* handle() const { return handle_.get(); }

  /// The URL as users may see it: without the query, which is long and says little.
  [[nodiscard]] std::string where() const;

 private:
  static std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* transfer);
  static std::size_t on_header(const char* data, std::size_t size, std::size_t count,
                               void* transfer);

  void set_url(Options& options, const BaseUrl& base) const;
  base::Result<void> set_all(const Access& access);
  [[nodiscard]] Excess excess(CURLcode code) const;

  EventLoop& loop_;
  // Of the options that are set; nullptr: not all are. Before the handle, which refers to its
  // headers.
  std::shared_ptr<const Access> access_;
  EasyHandle handle_;
  Request request_;
  std::string body_;
  std::size_t header_bytes_ = 0;
  Excess excess_ = Excess::none;  // what a callback stopped the transfer for
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

}  // namespace auditor::http
