#include "model/secrets.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace auditor::model {

namespace {

constexpr std::string_view mask = "******";

/// "scheme://user:password@host" → "scheme://******@host", wherever one stands in the text.
std::string without_url_passwords(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) {
      return out.append(text);
    }
    const std::size_t start = scheme + 3;
    const std::size_t end = std::min(text.find_first_of("/ ,;\"'", start), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    out.append(text.substr(0, start));
    if (at != std::string_view::npos && at >= start) {
      out.append(mask).append(text.substr(at, end - at));
    } else {
      out.append(text.substr(start, end - start));
    }
    text.remove_prefix(end);
  }
}

/// JVM options and the like: "-Dsome.password=abc" inside a longer value.
std::string without_inline_secrets(const std::string& text) {
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(" ,;"), rest.size());
    const std::string_view word = rest.substr(0, end);
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos && is_secret_key(word.substr(0, equals))) {
      out.append(word.substr(0, equals + 1)).append(mask);
    } else {
      out.append(word);
    }
    if (end < rest.size()) {
      out += rest[end];
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

}  // namespace

bool is_secret_key(std::string_view key) {
  constexpr std::array<std::string_view, 17> markers{
      "password",   "passwd",      "secret",       "fs.azure.account.key", "apikey",
      "api-key",    "api_key",     "auth-params",  "service-key",          "token",
      "basic-auth", "jaas.config", "http-headers", "access-key",           "access.key",
      "credential", "private"};
  const std::string lower = base::to_lower(key);
  return std::ranges::any_of(markers, [&lower](std::string_view marker) {
    return lower.find(marker) != std::string::npos;
  });
}

std::string masked(std::string_view key, std::string_view value) {
  if (is_secret_key(key)) {
    return std::string(mask);
  }
  return without_inline_secrets(without_url_passwords(value));
}

}  // namespace auditor::model
