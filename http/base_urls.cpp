#include "http/base_urls.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "http/options.h"

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

base::Result<HeaderList> header_lines(const Target& target) {
  if (auto fit = check_credentials(target); !fit) return tl::unexpected(fit.error());
  // The last two have options too, but curl writes those out anew for each request.
  std::vector<std::string> lines{"Accept: application/json", user_agent_line(),
                                 "Accept-Encoding: gzip"};
  if (!target.bearer_token.empty()) {
    lines.push_back("Authorization: Bearer " + target.bearer_token);
  }
  lines.insert(lines.end(), target.headers.begin(), target.headers.end());
  HeaderList headers;
  for (const std::string& line : lines) {
    if (auto added = append(headers, line); !added) return tl::unexpected(added.error());
  }
  return headers;
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

std::unique_ptr<BaseUrl> BaseUrls::parse(const std::string& text) {
  auto base = std::make_unique<BaseUrl>();
  UrlHandle url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(),
                           CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS) != CURLUE_OK) {
    return base;
  }
  base->path = part(url.get(), CURLUPART_PATH);
  if (const std::string query = part(url.get(), CURLUPART_QUERY); !query.empty()) {
    base->path += "?" + query;
  }
  for (const CURLUPart rest : {CURLUPART_PATH, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(url.get(), rest, nullptr, 0);
  }
  std::weak_ptr<CURLU>& known = authorities_[part(url.get(), CURLUPART_URL)];
  base->authority = known.lock();
  if (!base->authority) {
    base->authority = std::move(url);
    known = base->authority;
  }
  return base;
}

std::shared_ptr<const Access> BaseUrls::access_of(const Target& target) {
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
  std::weak_ptr<const Access>& known = accesses_[std::move(all)];
  auto access = known.lock();
  if (!access) {
    access = std::make_shared<const Access>(header_lines(target));
    known = access;
  }
  return access;
}

const BaseUrl& BaseUrls::of(const std::shared_ptr<const Target>& target) {
  const auto found = known_.find(target.get());
  if (found != known_.end() && !found->second.target.expired()) {
    return *found->second.url;
  }
  if (known_.size() >= prune_at_) prune();
  Known& known = known_[target.get()];
  auto url = parse(target->base_url);
  url->access = access_of(*target);
  known = {target, std::move(url)};
  return *known.url;
}

void BaseUrls::prune() {
  std::erase_if(known_, [](const auto& known) { return known.second.target.expired(); });
  std::erase_if(authorities_, [](const auto& known) { return known.second.expired(); });
  // Tokens that were renewed are in there.
  std::erase_if(accesses_, [](const auto& known) { return known.second.expired(); });
  prune_at_ = std::max(prune_at_, 2 * known_.size());
}

}  // namespace auditor::http
