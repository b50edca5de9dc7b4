#include "http/transfer.h"

#include <string_view>
#include <tuple>
#include <utility>

#include "http/event_loop.h"
#include "http/failure.h"

namespace auditor::http {
namespace {

// Flink's headers take a few hundred bytes. A server that sends them without end is stopped here.
constexpr std::size_t max_header_bytes = 64 * 1024;

// libcurl's options are variadic: this keeps the first error of many calls.
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

 private:
  CURL* handle_;
  CURLcode code_ = CURLE_OK;
};

void set_protocol(Options& options) {
  options.set(CURLOPT_PROTOCOLS_STR, "http,https");
  // HTTP/2 stalls in libcurl up to 8.5.0, and Flink speaks 1.1 alone.
  options.set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  options.set(CURLOPT_HTTPGET, 1L);
  options.set(CURLOPT_FOLLOWLOCATION, 0L);
  // The path goes out as it is: curl must not turn "a/../b" into another resource.
  options.set(CURLOPT_PATH_AS_IS, 1L);
  // An empty name turns the proxies of the environment off: credentials are for the cluster alone.
  options.set(CURLOPT_PROXY, "");
  options.set(CURLOPT_NOSIGNAL, 1L);
  // A name that does not resolve must not block the loop until its resolver thread gives up.
  options.set(CURLOPT_QUICK_EXIT, 1L);
  options.set(CURLOPT_ACCEPT_ENCODING, "gzip");
  // Behind a service's name the JobManager moves: connections are renewed to follow it.
  options.set(CURLOPT_MAXLIFETIME_CONN, 300L);
}

void set_tls(Options& options, const Target& target) {
  options.set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (!target.ca_file.empty()) {
    options.set(CURLOPT_CAINFO, target.ca_file);
    // Otherwise the system's folder of authorities would be trusted beside the given file.
    options.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  options.set_if(CURLOPT_SSLCERT, target.client_certificate);
  options.set_if(CURLOPT_SSLKEY,
                 target.client_key.empty() ? target.client_certificate : target.client_key);
}

template <class Value>
Value info(CURL* handle, CURLINFO which) {
  Value value{};
  curl_easy_getinfo(handle, which, &value);
  return value;
}

std::string text(CURL* handle, CURLINFO which) {
  const char* value = info<const char*>(handle, which);
  return value == nullptr ? std::string() : std::string(value);
}

/// Whether two targets differ in their address alone.
bool same_access(const Target& a, const Target& b) {
  const auto all = [](const Target& target) {
    return std::tie(target.bearer_token, target.basic_user, target.basic_password, target.headers,
                    target.ca_file, target.client_certificate, target.client_key,
                    target.limits.connect_timeout, target.limits.request_timeout,
                    target.limits.max_body);
  };
  return all(a) == all(b);
}

}  // namespace

Transfer::Transfer(std::shared_ptr<const Target> target, std::string path, Client::Done done)
    : target_(std::move(target)), path_(std::move(path)), done_(std::move(done)) {}

base::Result<void> Transfer::prepare(EasyHandle handle, const Target* earlier, EventLoop& loop) {
  handle_ = std::move(handle);
  if (!handle_) return base::fail(base::ErrorKind::internal, "libcurl gives no handle");
  if (earlier == nullptr || !same_access(*earlier, *target_)) {
    if (auto set = set_all(); !set) return set;
    loop.attach_connections(handle_.get());
  }
  Options options(handle_.get());
  options.set(CURLOPT_URL, target_->base_url + path_);
  options.set(CURLOPT_PRIVATE, static_cast<void*>(this));
  options.set(CURLOPT_ERRORBUFFER, detail_.data());
  options.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  options.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  if (options.code() != CURLE_OK) {
    return base::fail(base::ErrorKind::internal, where() + ": libcurl refuses an option: " +
                                                     curl_easy_strerror(options.code()));
  }
  return {};
}

base::Result<void> Transfer::set_all() {
  if (auto headers = set_headers(); !headers) return headers;
  curl_easy_reset(handle_.get());
  Options options(handle_.get());
  options.set(CURLOPT_HTTPHEADER, headers_.get());
  options.set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  options.set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  options.set(CURLOPT_CONNECTTIMEOUT_MS, long{target_->limits.connect_timeout.count()});
  // Counted from when the handle joins the loop, so waiting for admission costs a request nothing.
  options.set(CURLOPT_TIMEOUT_MS, long{target_->limits.request_timeout.count()});
  // Refuses a declared size at once; `on_body` counts what really comes, decompressed.
  options.set(CURLOPT_MAXFILESIZE_LARGE, curl_off_t{target_->limits.max_body.count});
  if (!target_->basic_user.empty()) {
    options.set(CURLOPT_HTTPAUTH, long{CURLAUTH_BASIC});
    options.set(CURLOPT_USERNAME, target_->basic_user);
    options.set(CURLOPT_PASSWORD, target_->basic_password);
  }
  set_protocol(options);
  set_tls(options, *target_);
  if (options.code() != CURLE_OK) {
    return base::fail(base::ErrorKind::internal, where() + ": libcurl refuses an option: " +
                                                     curl_easy_strerror(options.code()));
  }
  return {};
}

base::Result<void> Transfer::set_headers() {
  if (auto fit = check_credentials(*target_); !fit) return fit;
  headers_.reset();
  // The name goes here, for curl writes its own option out anew for each request.
  std::vector<std::string> lines{"Accept: application/json",
                                 "User-Agent: flink-auditor/" AUDITOR_VERSION};
  if (!target_->bearer_token.empty()) {
    lines.push_back("Authorization: Bearer " + target_->bearer_token);
  }
  lines.insert(lines.end(), target_->headers.begin(), target_->headers.end());
  for (const std::string& line : lines) {
    curl_slist* list = headers_.release();
    curl_slist* longer = curl_slist_append(list, line.c_str());
    headers_.reset(longer == nullptr ? list : longer);
    if (longer == nullptr) return base::fail(base::ErrorKind::internal, "out of memory");
  }
  return {};
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
                                text(handle, CURLINFO_CONTENT_TYPE),
                                text(handle, CURLINFO_REDIRECT_URL), std::move(body_)};
    return outcome;
  }
  Failure failure;
  failure.code = code;
  failure.detail = detail_.data();
  failure.where = where();
  failure.limits = &target_->limits;
  failure.target = target_.get();
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

Excess Transfer::excess(CURLcode code) const {
  if (code == CURLE_FILESIZE_EXCEEDED) return Excess::body;
  // So curl calls a single header line of more than 100 kB.
  if (code == CURLE_OUT_OF_MEMORY && header_bytes_ > 0 && body_.empty()) return Excess::headers;
  return excess_;
}

std::string Transfer::where() const {
  return target_->base_url + path_.substr(0, path_.find('?'));
}

std::size_t Transfer::on_body(const char* data, std::size_t size, std::size_t count,
                              void* transfer) {
  auto& self = *static_cast<Transfer*>(transfer);
  const std::size_t bytes = size * count;
  if (self.body_.size() + bytes > static_cast<std::size_t>(self.target_->limits.max_body.count)) {
    self.excess_ = Excess::body;
    return 0;  // less than `bytes`: curl stops the transfer
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
