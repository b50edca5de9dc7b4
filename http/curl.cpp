#include "http/curl.h"

namespace auditor::http {

MultiHandle make_multi(std::size_t kept_connections) {
  // Needs to happen once, before the first handle, while no other thread is in libcurl.
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(code);
  MultiHandle multi(curl_multi_init());
  if (multi) {
    curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_NOTHING});
    // Without it curl keeps four idle connections for each handle that it has ever seen.
    keep_connections(multi.get(), kept_connections);
  }
  return multi;
}

void keep_connections(CURLM* multi, std::size_t count) {
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(count));
}

}  // namespace auditor::http
