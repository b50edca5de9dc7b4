#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "http/curl.h"
#include "http/failure.h"
#include "http/sender.h"

namespace auditor::http {

class EventLoop;

/// One request or mail to a receiver on one curl handle, from its set-up to its reply. It does not
/// move, for curl holds its address.
class OutgoingTransfer {
 public:
  OutgoingTransfer(Outgoing outgoing, Sender::Done done);
  OutgoingTransfer(const OutgoingTransfer&) = delete;
  OutgoingTransfer& operator=(const OutgoingTransfer&) = delete;

  base::Result<void> prepare(EventLoop& loop);

  /// What it came to, after curl said that it ended with `code`.
  [[nodiscard]] base::Result<Reply> reply(CURLcode code);

  [[nodiscard]] CURL* handle() const { return handle_.get(); }
  [[nodiscard]] Sender::Done release_done() { return std::move(done_); }

 private:
  static std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* transfer);
  static std::size_t on_header(const char* data, std::size_t size, std::size_t count,
                               void* transfer);
  static std::size_t on_upload(char* data, std::size_t size, std::size_t count, void* transfer);

  base::Result<void> check() const;
  base::Result<void> set_request();
  base::Result<void> set_mail();
  void note(std::string_view line);
  [[nodiscard]] base::Error failure(CURLcode code) const;

  Outgoing outgoing_;
  std::string where_;
  Sender::Done done_;
  HeaderList headers_;
  HeaderList recipients_;
  std::string retry_after_;
  std::string body_;
  std::size_t header_bytes_ = 0;
  std::size_t uploaded_ = 0;
  bool answered_ = false;  // the header of a final answer is complete
  Excess excess_ = Excess::none;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  EasyHandle handle_;  // refers to the rest
};

}  // namespace auditor::http
