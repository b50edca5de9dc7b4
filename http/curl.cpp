#include "http/curl.h"

#include <cstdlib>
#include <cstring>

namespace auditor::http {

namespace {

// A request's end frees some sixty pointers that are null, and to an allocator each of them is one
// to look up.
void free_unless_null(void* memory) {
  if (memory != nullptr) std::free(memory);
}

}  // namespace

MultiHandle make_multi(std::size_t kept_connections) {
  // Needs to happen once, before the first handle, while no other thread is in libcurl.
  static const CURLcode code = curl_global_init_mem(
      CURL_GLOBAL_DEFAULT, std::malloc, free_unless_null, std::realloc, strdup, std::calloc);
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
