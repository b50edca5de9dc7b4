#include "http/base_urls.h"

#include <algorithm>

namespace auditor::http {

namespace {

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  std::string copy;
  if (curl_url_get(url, which, &text, 0) == CURLUE_OK) {
    copy = text;
    curl_free(text);
  }
  return copy;
}

std::unique_ptr<const BaseUrl> parse(const std::string& text) {
  auto base = std::make_unique<BaseUrl>();
  base->authority.reset(curl_url());
  CURLU* const url = base->authority.get();
  if (url == nullptr || curl_url_set(url, CURLUPART_URL, text.c_str(),
                                     CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS) != CURLUE_OK) {
    return nullptr;
  }
  base->path = part(url, CURLUPART_PATH);
  if (const std::string query = part(url, CURLUPART_QUERY); !query.empty()) {
    base->path += "?" + query;
  }
  for (const CURLUPart rest : {CURLUPART_PATH, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(url, rest, nullptr, 0);
  }
  return base;
}

}  // namespace

std::string BaseUrl::request_target(std::string_view below) const {
  std::string target = path;
  if (target.ends_with('/') && below.starts_with('/')) {
    target.pop_back();
  }
  target += below;
  return target;
}

const BaseUrl* BaseUrls::of(const std::shared_ptr<const Target>& target) {
  const auto found = known_.find(target.get());
  if (found != known_.end() && !found->second.target.expired()) {
    return found->second.url.get();
  }
  if (known_.size() >= prune_at_) {
    std::erase_if(known_, [](const auto& known) { return known.second.target.expired(); });
    prune_at_ = std::max(prune_at_, 2 * known_.size());
  }
  Known& known = known_[target.get()];
  known = {target, parse(target->base_url)};
  return known.url.get();
}

}  // namespace auditor::http
