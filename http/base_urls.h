#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "http/client.h"
#include "http/curl.h"

namespace auditor::http {

/// What targets have in common that differ in nothing but their address.
struct Access {
  /// Lines of each of their requests. Errors: `usage`, credentials that make no line.
  base::Result<HeaderList> headers;
};

/// What is worked out of a target once, for all its requests.
struct BaseUrl {
  /// Scheme, host and port of its `base_url`, with the path "/"; one of all targets behind the same
  /// ones. nullptr where libcurl cannot read it.
  std::shared_ptr<CURLU> authority;
  std::string path;  ///< and query, as they stand there
  /// One for all targets that differ in nothing but their address. A handle keeps the one that it
  /// was set up for, so that no other comes to lie there.
  std::shared_ptr<const Access> access;

  /// What stands in the request line for a path below it.
  [[nodiscard]] std::string request_target(std::string_view below) const;
};

/// Those of the targets that live, each parsed once: libcurl is told the whole URL with every
/// request, and would parse it, and write its path out anew, letter by letter.
class BaseUrls {
 public:
  /// It lives as long as the target.
  const BaseUrl& of(const std::shared_ptr<const Target>& target);

 private:
  struct Known {
    std::weak_ptr<const Target> target;  // another may come to lie where one was
    std::unique_ptr<const BaseUrl> url;
  };

  std::unique_ptr<BaseUrl> parse(const std::string& text);
  std::shared_ptr<const Access> access_of(const Target& target);
  void prune();

  std::unordered_map<const Target*, Known> known_;
  std::size_t prune_at_ = 64;
  std::unordered_map<std::string, std::weak_ptr<CURLU>> authorities_;  // by their text
  // By all that makes one.
  std::unordered_map<std::string, std::weak_ptr<const Access>> accesses_;
};

}  // namespace auditor::http
