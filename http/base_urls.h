#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/client.h"
#include "http/curl.h"

namespace auditor::http {

/// A target's `base_url`, taken apart.
struct BaseUrl {
  UrlHandle authority;  ///< scheme, host and port, with the path "/"
  std::string path;     ///< and query, as they stand there

  /// What stands in the request line for a path below it.
  [[nodiscard]] std::string request_target(std::string_view below) const;
};

/// Those of the targets that live, each parsed once: libcurl is told the whole URL with every
/// request, and would parse it, and write its path out anew, letter by letter.
class BaseUrls {
 public:
  /// It lives as long as the target; nullptr where libcurl cannot read it.
  const BaseUrl* of(const std::shared_ptr<const Target>& target);

 private:
  struct Known {
    std::weak_ptr<const Target> target;  // another may come to lie where one was
    std::unique_ptr<const BaseUrl> url;
  };

  std::unordered_map<const Target*, Known> known_;
  std::size_t prune_at_ = 64;
};

}  // namespace auditor::http
