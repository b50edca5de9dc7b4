#pragma once

#include <cstddef>
#include <memory>

#include <curl/curl.h>

namespace auditor::http {

// CURL and CURLM are both void in libcurl's header, so the owners need types of their own.
struct EasyDelete {
  using pointer = CURL*;
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiDelete {
  using pointer = CURLM*;
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct UrlDelete {
  using pointer = CURLU*;
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using EasyHandle = std::unique_ptr<CURL, EasyDelete>;
using MultiHandle = std::unique_ptr<CURLM, MultiDelete>;
using UrlHandle = std::unique_ptr<CURLU, UrlDelete>;
using HeaderList = std::unique_ptr<curl_slist, ListDelete>;

/// For HTTP 1.1, with so many idle connections kept; starts libcurl where it is the first.
MultiHandle make_multi(std::size_t kept_connections);

/// Changes how many.
void keep_connections(CURLM* multi, std::size_t count);

}  // namespace auditor::http
