// The floor of a fleet's benchmark: one libcurl multi loop that GETs the lines of a file, so many
// times, and throws the bodies away. What no auditor can do without. With a pace, it asks as a
// daemon by its timetable does: a look's requests at once, and then it waits.
#include <algorithm>
#include <chrono>
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

using Clock = std::chrono::steady_clock;

/// So many requests at once, every so often; no period: the next when one has ended.
struct Pace {
  std::size_t group = 1;
  std::chrono::microseconds period{0};
};

int run(const std::string& file, std::size_t rounds, std::size_t in_flight, const Pace& pace) {
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
  const Clock::time_point begun = Clock::now();
  const bool paced = pace.period.count() > 0;
  const auto due = [&] {
    const auto groups = paced ? static_cast<std::size_t>((Clock::now() - begun) / pace.period) : 0;
    return paced ? std::min(all, (groups + 1) * pace.group) : all;
  };
  int running = 0;
  std::vector<CURL*> idle;
  for (std::size_t i = 0; i < std::min(in_flight, all); ++i) {
    CURL* const handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &discard);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &bytes);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    idle.push_back(handle);
  }
  const auto start = [&] {
    for (const std::size_t until = due(); next < until && !idle.empty(); ++next) {
      CURL* const handle = idle.back();
      idle.pop_back();
      curl_easy_setopt(handle, CURLOPT_URL, urls[next % urls.size()].c_str());
      curl_multi_add_handle(multi.get(), handle);
      running = 1;
    }
  };
  for (start(); next < all || running > 0; start()) {
    curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      CURL* const handle = message->easy_handle;
      failed += message->data.result == CURLE_OK ? 0U : 1U;
      curl_multi_remove_handle(multi.get(), handle);
      idle.push_back(handle);
      start();
    }
    if (running > 0 || next < all) {
      std::chrono::milliseconds wait{1000};
      if (paced && next < all) {
        wait = std::chrono::ceil<std::chrono::milliseconds>(pace.period -
                                                            (Clock::now() - begun) % pace.period);
      }
      curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
  }
  for (CURL* const handle : idle) {
    curl_easy_cleanup(handle);
  }
  std::cout << all << " requests, " << failed << " failed, " << bytes << " bytes\n";
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 6) {
    std::cerr << "usage: bench-floor URLS ROUNDS IN_FLIGHT [GROUP MICROSECONDS]\n";
    return 2;
  }
  Pace pace;
  if (argc == 6) {
    pace = {std::stoul(argv[4]), std::chrono::microseconds(std::stol(argv[5]))};
  }
  return run(argv[1], std::stoul(argv[2]), std::stoul(argv[3]), pace);
}
