#include "web/respond.h"

#include <gtest/gtest.h>

#include "base/gzip.h"

namespace auditor::web {
namespace {

Request get(Headers headers = {}) {
  Request request;
  request.method = "GET";
  request.headers = std::move(headers);
  return request;
}

Response answer(const Request& request, std::size_t size, int status = 200) {
  Response response{.status = status, .body = std::string(size, 'x')};
  finish(request, response);
  return response;
}

TEST(AcceptEncoding, IsReadAsItIsMeant) {
  for (const std::string_view yes : {"gzip", "GZIP", "br, gzip", "gzip;q=0.5", "x-gzip", "*",
                                     "br;q=1, *;q=0.1", "gzip ; q=1.0", "identity;q=0, gzip"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const std::string_view no : {"", "br", "gzip;q=0", "gzip; q=0.0", "*;q=0", "*, gzip;q=0",
                                    "identity", "gzipped", "gzip;q=x"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

TEST(IfNoneMatch, IsComparedWeakly) {
  EXPECT_TRUE(names_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("W/\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("\"b\" , W/\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("*", "\"a\""));
  EXPECT_FALSE(names_etag("", "\"a\""));
  EXPECT_FALSE(names_etag("a", "\"a\""));
  EXPECT_FALSE(names_etag("\"b\"", "\"a\""));
}

TEST(Finish, CompressesWhatPays) {
  const Response small = answer(get({{"accept-encoding", "gzip"}}), 1'024);
  EXPECT_FALSE(small.header("content-encoding"));
  const Response large = answer(get({{"accept-encoding", "gzip"}}), 1'025);
  EXPECT_EQ(large.header("content-encoding"), "gzip");
  EXPECT_EQ(base::gunzip(large.body, base::mebibytes(1)), std::string(1'025, 'x'));
  EXPECT_EQ(large.header("vary"), "Accept-Encoding");
  EXPECT_FALSE(answer(get(), 5'000).header("content-encoding"));
}

TEST(Finish, TagsEachRepresentation) {
  const Response plain = answer(get(), 5'000);
  const Response packed = answer(get({{"accept-encoding", "gzip"}}), 5'000);
  EXPECT_NE(plain.header("etag"), packed.header("etag"));
  EXPECT_EQ(plain.header("etag"), answer(get(), 5'000).header("etag"));
  EXPECT_NE(plain.header("etag"), answer(get(), 5'001).header("etag"));
  for (const Response& known : {plain, packed}) {
    const Response again =
        answer(get({{"if-none-match", std::string(*known.header("etag"))}}), 5'000);
    EXPECT_EQ(again.status, 304);
    EXPECT_TRUE(again.body.empty());
    EXPECT_EQ(again.header("etag"), plain.header("etag"));
    EXPECT_EQ(again.header("vary"), "Accept-Encoding");
  }
  EXPECT_EQ(answer(get({{"if-none-match", "\"other\""}}), 5'000).status, 200);
}

TEST(Finish, TagsNeitherProblemsNorChanges) {
  EXPECT_FALSE(answer(get(), 10, 404).header("etag"));
  EXPECT_EQ(answer(get({{"if-none-match", "*"}}), 10, 404).status, 404);
  Request post = get();
  post.method = "POST";
  EXPECT_FALSE(answer(post, 10).header("etag"));
}

TEST(Finish, KeepsBrowsersFromGuessing) {
  const Response response = answer(get(), 10);
  EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(response.header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(response.header("referrer-policy"), "no-referrer");
  EXPECT_EQ(response.header("cache-control"), "no-cache");
  EXPECT_EQ(answer(get(), 10, 500).header("cache-control"), "no-store");
}

TEST(Response, SetsNoHeaderWithALineBreak) {
  Response response;
  response.set("location", "/a\r\nX-Evil: 1");
  EXPECT_FALSE(response.header("location"));
  response.set("location", "/a");
  response.set("location", "/b");
  EXPECT_EQ(response.header("location"), "/b");
  EXPECT_EQ(response.headers.size(), 1);
}

}  // namespace
}  // namespace auditor::web
