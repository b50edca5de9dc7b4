#include "web/guard.h"

#include <gtest/gtest.h>

#include "tests/unit/web/world.h"

namespace auditor::web {
namespace {

using testing::with_credentials;

Request request_to(std::string_view host, std::string_view method = "GET",
                   std::string_view target = "/", Headers headers = {}) {
  Request request;
  request.method = method;
  request.headers = std::move(headers);
  EXPECT_TRUE(parse_target(target, request));
  request.host = host;
  return request;
}

int status(const Guard& guard, const Request& request) {
  const auto problem = guard.refuses(request);
  return problem ? problem->status : 200;
}

TEST(Guard, KnowsItsHosts) {
  model::WebSettings settings;
  settings.listen = "auditor.local:8484";
  settings.allowed_hosts = {"Flink.example.com", "*.internal", "proxy.example:444"};
  const Guard guard(settings);
  for (const std::string_view host :
       {"localhost", "LOCALHOST:8484", "127.0.0.1:1", "[::1]:8484", "10.1.2.3:8484", "[fe80::1]",
        "auditor.local", "flink.example.com:8080", "flink.example.com.", "a.internal",
        "proxy.example:444"}) {
    EXPECT_EQ(status(guard, request_to(host)), 200) << host;
  }
  for (const std::string_view host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "1.2.3",
        "flink.example.com.evil", "internal", "proxy.example:445", "localhost:x", "localhost:1:2",
        "localhost:123456", "[::1", "[evil]", "[]", "a b", "localhost/",
        "127.0.0.1@evil.example"}) {
    EXPECT_EQ(status(guard, request_to(host)), 421) << host;
  }
}

TEST(Guard, RefusesChangesWhereThereAreNoCredentials) {
  const Guard guard({});
  EXPECT_EQ(status(guard, request_to("localhost", "GET")), 200);
  EXPECT_EQ(status(guard, request_to("localhost", "HEAD")), 200);
  for (const std::string_view method :
       {"POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "X"}) {
    const auto problem =
        guard.refuses(request_to("localhost", method, "/-/reload", {{"authorization", "Bearer "}}));
    ASSERT_TRUE(problem) << method;
    EXPECT_EQ(problem->status, 403);
    EXPECT_NE(problem->detail.find("web.bearer_token_file"), std::string::npos);
    EXPECT_NE(problem->detail.find("SIGHUP"), std::string::npos);
  }
}

TEST(Guard, TakesTheTokenOrThePassword) {
  const Guard guard(with_credentials());
  const auto with = [&guard](const std::string& authorization) {
    return status(guard,
                  request_to("localhost", "POST", "/-/reload", {{"authorization", authorization}}));
  };
  EXPECT_EQ(with("Bearer a-token-of-tests"), 200);
  EXPECT_EQ(with("bearer  a-token-of-tests"), 200);
  EXPECT_EQ(with("Basic bWU6c2VjcmV0"), 200);  // me:secret
  for (const std::string_view wrong :
       {"", "Bearer", "Bearer ", "Bearer a-token-of-test", "Bearer a-token-of-testsx",
        "a-token-of-tests", "Basic a-token-of-tests", "Basic bWU6c2VjcmV1", "Basic bWU6",
        "Basic =", "Basic !!!!", "Digest a-token-of-tests", "Basic OnNlY3JldA=="}) {
    EXPECT_EQ(with(std::string(wrong)), 401) << wrong;
  }
  const auto problem = guard.refuses(request_to("localhost", "POST"));
  ASSERT_TRUE(problem);
  ASSERT_EQ(problem->headers.size(), 2);
  EXPECT_EQ(problem->headers[0].second, "Bearer realm=\"flink-auditor\"");
  EXPECT_EQ(problem->headers[1].second, "Basic realm=\"flink-auditor\", charset=\"UTF-8\"");
}

TEST(Guard, TakesNoEmptyPassword) {
  model::WebSettings settings;
  settings.basic_user = "me";
  const Guard guard(settings);
  EXPECT_EQ(status(guard, request_to("localhost", "POST", "/", {{"authorization", "Basic bWU6"}})),
            403);
  settings.bearer_token = "t";
  EXPECT_EQ(status(Guard(settings),
                   request_to("localhost", "POST", "/", {{"authorization", "Basic bWU6"}})),
            401);
}

TEST(Guard, ProtectsReadsWhereAsked) {
  model::WebSettings settings = with_credentials();
  settings.protect_reads = true;
  const Guard guard(settings);
  EXPECT_EQ(status(guard, request_to("localhost", "GET", "/metrics")), 401);
  EXPECT_EQ(status(guard, request_to("localhost", "GET", "/nowhere")), 401);
  EXPECT_EQ(status(guard, request_to("localhost", "GET", "/-/healthy")), 200);
  EXPECT_EQ(status(guard, request_to("localhost", "HEAD", "/-/ready")), 200);
  EXPECT_EQ(status(guard, request_to("localhost", "POST", "/-/ready")), 401);
  EXPECT_EQ(status(guard, request_to("evil.example", "GET", "/-/healthy")), 421);
  EXPECT_EQ(status(guard, request_to("localhost", "GET", "/metrics",
                                     {{"authorization", "Bearer a-token-of-tests"}})),
            200);
  settings = {};
  settings.protect_reads = true;  // a configuration without credentials locks, it does not open
  EXPECT_EQ(status(Guard(settings), request_to("localhost", "GET", "/metrics")), 403);
}

TEST(Guard, RefusesOtherSitesPages) {
  const Guard guard(with_credentials());
  const auto with = [&guard](Headers headers) {
    headers.emplace_back("authorization", "Bearer a-token-of-tests");
    return status(guard, request_to("localhost:8484", "POST", "/-/reload", std::move(headers)));
  };
  EXPECT_EQ(with({{"origin", "http://localhost:8484"}}), 200);
  EXPECT_EQ(with({{"origin", "https://LOCALHOST:8484"}, {"sec-fetch-site", "same-origin"}}), 200);
  EXPECT_EQ(with({{"sec-fetch-site", "none"}}), 200);
  for (const std::string_view origin : {"http://evil.example", "null", "", "http://localhost",
                                        "http://localhost:8485", "file://localhost:8484"}) {
    EXPECT_EQ(with({{"origin", std::string(origin)}}), 403) << origin;
  }
  EXPECT_EQ(with({{"sec-fetch-site", "cross-site"}}), 403);
  EXPECT_EQ(with({{"sec-fetch-site", "same-site"}}), 403);
}

TEST(Base64, IsDecoded) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64("//79"), "\xff\xfe\xfd");
  EXPECT_EQ(decode_base64("Zg="), std::nullopt);
  EXPECT_EQ(decode_base64("Z==="), std::nullopt);
  EXPECT_EQ(decode_base64("Zm9-"), std::nullopt);
  EXPECT_EQ(decode_base64("Z=9v"), std::nullopt);
}

}  // namespace
}  // namespace auditor::web
