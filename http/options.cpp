#include "http/options.h"

namespace auditor::http {

namespace {

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

}  // namespace

base::Result<void> Options::result(const std::string& where) const {
  if (code_ == CURLE_OK) return {};
  return base::fail(base::ErrorKind::internal,
                    where + ": libcurl refuses an option: " + curl_easy_strerror(code_));
}

void set_common(Options& options, const Target& target) {
  options.set(CURLOPT_CONNECTTIMEOUT_MS, long{target.limits.connect_timeout.count()});
  // Counted from when the handle joins the loop, so waiting for admission costs a request nothing.
  options.set(CURLOPT_TIMEOUT_MS, long{target.limits.request_timeout.count()});
  options.set(CURLOPT_FOLLOWLOCATION, 0L);
  // An empty name turns the proxies of the environment off: credentials are for the target alone.
  options.set(CURLOPT_PROXY, "");
  options.set(CURLOPT_NOPROXY, "*");  // nor is the environment searched for exceptions
  options.set(CURLOPT_NOSIGNAL, 1L);
  // A name that does not resolve must not block the loop until its resolver thread gives up.
  options.set(CURLOPT_QUICK_EXIT, 1L);
  // Behind a service's name the server moves: connections are renewed to follow it.
  options.set(CURLOPT_MAXLIFETIME_CONN, 300L);
  set_tls(options, target);
}

void set_http(Options& options) {
  options.set(CURLOPT_PROTOCOLS_STR, "http,https");
  // HTTP/2 stalls in libcurl up to 8.5.0, and Flink speaks 1.1 alone.
  options.set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  // The path goes out as it is: curl must not turn "a/../b" into another resource.
  options.set(CURLOPT_PATH_AS_IS, 1L);
  options.set(CURLOPT_ACCEPT_ENCODING, "gzip");
  // Made anew for each request: one of libcurl's 16 KiB and a byte takes the allocator's slow way,
  // and most answers are shorter than this.
  options.set(CURLOPT_BUFFERSIZE, 12L * 1024);
}

base::Result<void> append(HeaderList& headers, const std::string& line) {
  curl_slist* list = headers.release();
  curl_slist* longer = curl_slist_append(list, line.c_str());
  headers.reset(longer == nullptr ? list : longer);
  if (longer == nullptr) return base::fail(base::ErrorKind::internal, "out of memory");
  return {};
}

std::string user_agent_line() {
  return "User-Agent: flink-auditor/" AUDITOR_VERSION;
}

}  // namespace auditor::http
