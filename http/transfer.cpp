#include "http/transfer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "http/base_urls.h"
#include "http/event_loop.h"
#include "http/failure.h"

namespace auditor::http {
Transfer::Transfer(EventLoop& loop) : loop_(loop) {}

base::Result<void> Transfer::prepare(Request request, const BaseUrl& base) {
  request_ = std::move(request);
  body_.clear();
  header_bytes_ = 0;
  excess_ = Excess::none;
  detail_.front() = '\0';
  if (!handle_) handle_.reset(curl_easy_init());
  if (!handle_) return base::fail(base::ErrorKind::internal, "libcurl gives no handle");
  if (access_ != base.access) {
    if (auto set = set_all(*base.access); !set) return set;
    access_ = base.access;
  }
  Options options(handle_.get());
  set_url(options, base);
  return options.code() == CURLE_OK ? base::Result<void>{} : options.result(where());
}

void Transfer::set_url(Options& options, const BaseUrl& base) const {
  if (!base.authority) {
    options.set(CURLOPT_CURLU, static_cast<CURLU*>(nullptr));
    options.set(CURLOPT_REQUEST_TARGET, static_cast<char*>(nullptr));
    options.set(CURLOPT_URL, request_.target->base_url + request_.path);
    return;
  }
  options.set(CURLOPT_CURLU, base.authority.get());
  options.set(CURLOPT_REQUEST_TARGET, base.request_target(request_.path));
}

base::Result<void> Transfer::set_all(const Access& access) {
  const Target& target = *request_.target;
  if (!access.headers) return tl::unexpected(access.headers.error());
  curl_easy_reset(handle_.get());
  access_ = nullptr;
  Options options(handle_.get());
  options.set(CURLOPT_PRIVATE, static_cast<void*>(this));
  options.set(CURLOPT_ERRORBUFFER, detail_.data());
  options.set(CURLOPT_HTTPHEADER, access.headers->get());
  options.set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  options.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  options.set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  options.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  // Refuses a declared size at once; `on_body` counts what really comes, decompressed.
  options.set(CURLOPT_MAXFILESIZE_LARGE, curl_off_t{target.limits.max_body.count});
  if (!target.basic_user.empty()) {
    options.set(CURLOPT_HTTPAUTH, long{CURLAUTH_BASIC});
    options.set(CURLOPT_USERNAME, target.basic_user);
    options.set(CURLOPT_PASSWORD, target.basic_password);
  }
  options.set(CURLOPT_HTTPGET, 1L);
  set_http(options);
  set_common(options, target);
  loop_.attach_connections(handle_.get());
  return options.result(where());
}

Outcome Transfer::outcome(CURLcode code) {
  CURL* handle = handle_.get();
  Outcome outcome;
  outcome.received = {info<curl_off_t>(handle, CURLINFO_SIZE_DOWNLOAD_T) +
                      info<long>(handle, CURLINFO_HEADER_SIZE)};
  outcome.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::microseconds(info<curl_off_t>(handle, CURLINFO_TOTAL_TIME_T)));
  if (code == CURLE_OK) {
    outcome.response = Response{static_cast<int>(info<long>(handle, CURLINFO_RESPONSE_CODE)),
                                text_info(handle, CURLINFO_CONTENT_TYPE),
                                text_info(handle, CURLINFO_REDIRECT_URL), std::move(body_)};
    return outcome;
  }
  Failure failure;
  failure.code = code;
  failure.detail = detail_.data();
  failure.where = where();
  failure.limits = &request_.target->limits;
  failure.target = request_.target.get();
  failure.received = outcome.received;
  failure.excess = excess(code);
  failure.system_error = static_cast<int>(info<long>(handle, CURLINFO_OS_ERRNO));
  failure.verify_result = info<long>(handle, CURLINFO_SSL_VERIFYRESULT);
  failure.resolved = info<curl_off_t>(handle, CURLINFO_NAMELOOKUP_TIME_T) > 0;
  failure.connected = info<long>(handle, CURLINFO_LOCAL_PORT) > 0;
  failure.asked = info<curl_off_t>(handle, CURLINFO_PRETRANSFER_TIME_T) > 0;
  failure.answered = info<long>(handle, CURLINFO_RESPONSE_CODE) > 0;
  outcome.response = tl::unexpected(describe(failure));
  return outcome;
}

Request Transfer::release_request() {
  return std::exchange(request_, {});
}

Excess Transfer::excess(CURLcode code) const {
  if (code == CURLE_FILESIZE_EXCEEDED) return Excess::body;
  // So curl calls a single header line of more than 100 kB.
  if (code == CURLE_OUT_OF_MEMORY && header_bytes_ > 0 && body_.empty()) return Excess::headers;
  return excess_;
}

std::string Transfer::where() const {
  return request_.target->base_url + request_.path.substr(0, request_.path.find('?'));
}

std::size_t Transfer::on_body(const char* data, std::size_t size, std::size_t count,
                              void* transfer) {
  auto& self = *static_cast<Transfer*>(transfer);
  const std::size_t bytes = size * count;
  if (self.body_.size() + bytes >
      static_cast<std::size_t>(self.request_.target->limits.max_body.count)) {
    self.excess_ = Excess::body;
    return 0;  // less than `bytes`: curl stops the transfer
  }
  if (self.body_.empty()) {
    // A server that declares more than this can well send it before it gets the room.
    constexpr curl_off_t most = 1'048'576;
    const auto declared = info<curl_off_t>(self.handle_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
    self.body_.reserve(static_cast<std::size_t>(std::clamp(declared, curl_off_t{0}, most)));
  }
  self.body_.append(data, bytes);
  return bytes;
}

std::size_t Transfer::on_header(const char* /*data*/, std::size_t size, std::size_t count,
                                void* transfer) {
  auto& self = *static_cast<Transfer*>(transfer);
  const std::size_t bytes = size * count;
  self.header_bytes_ += bytes;
  if (self.header_bytes_ > max_header_bytes) {
    self.excess_ = Excess::headers;
    return 0;
  }
  return bytes;
}

}  // namespace auditor::http
