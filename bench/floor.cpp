// The floor of a fleet's benchmark: one libcurl multi loop that GETs the lines of a file, so many
// times, and throws the bodies away. What no auditor can do without.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace {

std::size_t discard(const char* /*data*/, std::size_t size, std::size_t count, void* bytes) {
  *static_cast<std::size_t*>(bytes) += size * count;
  return size * count;
}

int run(const std::string& file, std::size_t rounds, std::size_t in_flight) {
  std::vector<std::string> urls;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    urls.push_back(line);
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi(curl_multi_init(),
                                                                    &curl_multi_cleanup);
  constexpr long kept_connections = 8'192;
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kept_connections);
  std::size_t bytes = 0;
  std::size_t next = 0;
  std::size_t failed = 0;
  const std::size_t all = urls.size() * rounds;
  const auto start = [&](CURL* handle) {
    curl_easy_setopt(handle, CURLOPT_URL, urls[next++ % urls.size()].c_str());
    curl_multi_add_handle(multi.get(), handle);
  };
  for (std::size_t i = 0; i < in_flight && next < all; ++i) {
    CURL* const handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &discard);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &bytes);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    start(handle);
  }
  int running = 1;
  while (running > 0) {
    curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      CURL* const handle = message->easy_handle;
      failed += message->data.result == CURLE_OK ? 0U : 1U;
      curl_multi_remove_handle(multi.get(), handle);
      if (next < all) {
        start(handle);
        running = 1;
      } else {
        curl_easy_cleanup(handle);
      }
    }
    if (running > 0) {
      constexpr int wait_ms = 1000;
      curl_multi_poll(multi.get(), nullptr, 0, wait_ms, nullptr);
    }
  }
  std::cout << all << " requests, " << failed << " failed, " << bytes << " bytes\n";
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench-floor URLS ROUNDS IN_FLIGHT\n";
    return 2;
  }
  return run(argv[1], std::stoul(argv[2]), std::stoul(argv[3]));
}
