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

namespace auditor::http {

class EventLoop;
struct BaseUrl;
class Options;

/// One GET request on one curl handle, from its set-up to its outcome. It does not move, for curl
/// holds its address.
class Transfer {
 public:
  Transfer(std::shared_ptr<const Target> target, std::string path, Client::Done done);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Sets what this transfer needs on `handle`. Where it served an earlier one whose target had the
  /// same access and limits (`earlier`), the rest is set already; nullptr: all is set anew. `base`
  /// is the target's; nullptr: libcurl cannot read it, and says so.
  base::Result<void> prepare(EasyHandle handle, const Target* earlier, const BaseUrl* base,
                             EventLoop& loop);

  /// What the transfer came to, after curl said that it ended with `code`.
  [[nodiscard]] Outcome outcome(CURLcode code);

  [[nodiscard]] const Target& target() const { return *target_; }
  [[nodiscard]] const std::shared_ptr<const Target>& shared_target() const { return target_; }
  [[nodiscard]] CURL* handle() const { return handle_.get(); }
  [[nodiscard]] EasyHandle release_handle() { return std::move(handle_); }
  [[nodiscard]] HeaderList release_headers() { return std::move(headers_); }
  void keep_headers(HeaderList headers) { headers_ = std::move(headers); }
  [[nodiscard]] std::string release_path() { return std::move(path_); }
  [[nodiscard]] Client::Done release_done() { return std::move(done_); }

  /// The URL as users may see it: without the query, which is long and says little.
  [[nodiscard]] std::string where() const;

 private:
  static std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* transfer);
  static std::size_t on_header(const char* data, std::size_t size, std::size_t count,
                               void* transfer);

  void set_url(Options& options, const BaseUrl* base) const;
  base::Result<void> set_headers();
  base::Result<void> set_all();
  [[nodiscard]] Excess excess(CURLcode code) const;

  std::shared_ptr<const Target> target_;
  std::string path_;
  Client::Done done_;
  EasyHandle handle_;
  HeaderList headers_;
  std::string body_;
  std::size_t header_bytes_ = 0;
  Excess excess_ = Excess::none;  // what a callback stopped the transfer for
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

}  // namespace auditor::http
