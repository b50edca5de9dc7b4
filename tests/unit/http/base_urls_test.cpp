#include "http/base_urls.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auditor::http {
namespace {

std::shared_ptr<const Target> target_at(const std::string& base_url) {
  Target target;
  target.base_url = base_url;
  return std::make_shared<const Target>(target);
}

/// What stands in the request line of a GET below `base_url`.
std::string request_target(const std::string& base_url, const std::string& below) {
  BaseUrls urls;
  const auto target = target_at(base_url);
  const BaseUrl& base = urls.of(target);
  return base.authority ? base.request_target(below) : "(unreadable)";
}

TEST(BaseUrls, ThePathGoesOutAsItStands) {
  EXPECT_EQ(request_target("http://flink:8081", "/jobs/overview"), "/jobs/overview");
  EXPECT_EQ(request_target("https://host/flink/a", "/jobs/x?get=a%20b,c"),
            "/flink/a/jobs/x?get=a%20b,c");
  EXPECT_EQ(request_target("http://[::1]:80/a/../b", "/c/./d"), "/a/../b/c/./d");
  EXPECT_EQ(request_target("http://flink/", "/config"), "/config") << "not two slashes";
}

TEST(BaseUrls, AWholeUrlNeedsNothingBelowIt) {
  EXPECT_EQ(request_target("http://discovery", ""), "/");
  EXPECT_EQ(request_target("http://discovery/targets/", ""), "/targets/");
  EXPECT_EQ(request_target("http://discovery/targets?team=a&b=%2F#part", ""),
            "/targets?team=a&b=%2F");
  EXPECT_EQ(request_target("http://discovery?team=a", ""), "/?team=a");
}

TEST(BaseUrls, WhatLibcurlCannotReadIsLeftToIt) {
  EXPECT_EQ(request_target("http://host:port", "/config"), "(unreadable)");
  EXPECT_EQ(request_target("", "/config"), "(unreadable)");
}

TEST(BaseUrls, EachIsParsedOnceForAsLongAsItsTargetLives) {
  BaseUrls urls;
  const auto kept = target_at("http://kept");
  const BaseUrl* const first = &urls.of(kept);
  // Enough of them to prune those that are gone, and to lie where others were.
  for (int i = 0; i < 1000; ++i) {
    const auto other = target_at("http://other/" + std::to_string(i));
    ASSERT_EQ(urls.of(other).request_target(""), "/" + std::to_string(i));
  }
  EXPECT_EQ(&urls.of(kept), first);
}

TEST(BaseUrls, ALargeFleetHasOneAccessAndOneAuthorityWhereItsTargetsAreAlike) {
  BaseUrls urls;
  std::vector<std::shared_ptr<const Target>> fleet;
  std::set<std::shared_ptr<const Access>> accesses;
  std::set<const CURLU*> authorities;
  for (int i = 0; i < 1000; ++i) {
    fleet.push_back(target_at("http://ingress:80/" + std::to_string(i)));
    const BaseUrl& base = urls.of(fleet.back());
    accesses.insert(base.access);
    authorities.insert(base.authority.get());
  }
  EXPECT_EQ(accesses.size(), 1U);
  EXPECT_EQ(authorities.size(), 1U);
  const auto elsewhere = target_at("http://ingress:81/0");
  EXPECT_TRUE(accesses.contains(urls.of(elsewhere).access));
  EXPECT_FALSE(authorities.contains(urls.of(elsewhere).authority.get()));
}

TEST(BaseUrls, AnAccessLivesAsLongAsAHandleIsSetUpForIt) {
  BaseUrls urls;
  std::set<std::shared_ptr<const Access>> kept;
  for (int i = 0; i < 1000; ++i) {
    Target target;
    target.base_url = "http://flink";
    target.bearer_token = std::to_string(i);
    const auto renewed = std::make_shared<const Target>(target);
    EXPECT_TRUE(kept.insert(urls.of(renewed).access).second) << i;
  }
}

TEST(BaseUrls, TheLinesOfRequestsAreMadeOnceAndTellWhatIsWrongWithThem) {
  BaseUrls urls;
  const auto target = target_at("http://a");
  const auto access = urls.of(target).access;
  ASSERT_TRUE(access->headers);
  EXPECT_STREQ((*access->headers)->data, "Accept: application/json");
  Target broken;
  broken.base_url = "http://a";
  broken.bearer_token = "two\nlines";
  const auto kept = std::make_shared<const Target>(broken);
  const auto& headers = urls.of(kept).access->headers;
  ASSERT_FALSE(headers);
  EXPECT_EQ(headers.error().kind, base::ErrorKind::usage);
}

TEST(BaseUrls, TheAccessIsTheSameWhereOnlyTheAddressDiffers) {
  BaseUrls urls;
  std::vector<std::shared_ptr<const Target>> kept;
  const auto access = [&](const std::string& base_url, const auto& change) {
    Target target;
    target.base_url = base_url;
    change(target);
    kept.push_back(std::make_shared<const Target>(target));
    return urls.of(kept.back()).access;
  };
  const auto plain = [](Target& /*target*/) {};
  const auto first = access("http://a", plain);
  EXPECT_EQ(access("https://b/c", plain), first);
  std::set others{first};
  const std::vector<std::function<void(Target&)>> changes{
      [](Target& t) { t.bearer_token = "x"; },
      [](Target& t) { t.basic_user = "x"; },
      [](Target& t) { t.basic_password = "x"; },
      [](Target& t) { t.headers = {"A: x", "B: y"}; },
      [](Target& t) { t.headers = {"A: xB: y"}; },
      [](Target& t) { t.ca_file = "x"; },
      [](Target& t) { t.client_certificate = "x"; },
      [](Target& t) { t.client_key = "x"; },
      [](Target& t) { t.limits.connect_timeout += std::chrono::milliseconds(1); },
      [](Target& t) { t.limits.request_timeout += std::chrono::milliseconds(1); },
      [](Target& t) { t.limits.max_body.count += 1; }};
  for (const auto& change : changes) {
    const auto other = access("http://a", change);
    EXPECT_TRUE(others.insert(other).second);
    EXPECT_EQ(access("http://b", change), other);
  }
}

}  // namespace
}  // namespace auditor::http
