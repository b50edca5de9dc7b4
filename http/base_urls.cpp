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

std::unique_ptr<BaseUrl> parse(const std::string& text) {
  auto base = std::make_unique<BaseUrl>();
  base->authority.reset(curl_url());
  CURLU* const url = base->authority.get();
  if (url == nullptr || curl_url_set(url, CURLUPART_URL, text.c_str(),
                                     CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS) != CURLUE_OK) {
    base->authority = nullptr;
    return base;
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

std::uint64_t BaseUrls::access_of(const Target& target) {
  std::string all;
  const auto add = [&all](std::string_view text) {
    all += std::to_string(text.size());
    all += ':';
    all += text;
  };
  for (const std::string* text :
       {&target.bearer_token, &target.basic_user, &target.basic_password, &target.ca_file,
        &target.client_certificate, &target.client_key}) {
    add(*text);
  }
  add(std::to_string(target.limits.connect_timeout.count()));
  add(std::to_string(target.limits.request_timeout.count()));
  add(std::to_string(target.limits.max_body.count));
  for (const std::string& header : target.headers) {
    add(header);
  }
  const auto [known, added] = accesses_.try_emplace(std::move(all), latest_access_ + 1);
  latest_access_ += added ? 1U : 0U;
  return known->second;
}

const BaseUrl& BaseUrls::of(const std::shared_ptr<const Target>& target) {
  const auto found = known_.find(target.get());
  if (found != known_.end() && !found->second.target.expired()) {
    return *found->second.url;
  }
  if (known_.size() >= prune_at_) {
    std::erase_if(known_, [](const auto& known) { return known.second.target.expired(); });
    // Tokens that were renewed are in there. A number that is forgotten costs one setting of
    // options.
    accesses_.clear();
    prune_at_ = std::max(prune_at_, 2 * known_.size());
  }
  Known& known = known_[target.get()];
  auto url = parse(target->base_url);
  url->access = access_of(*target);
  known = {target, std::move(url)};
  return *known.url;
}

}  // namespace auditor::http
