#include "base/url.h"

#include <string>

#include <gtest/gtest.h>

namespace auditor::base {
namespace {

struct Good {
  std::string typed;
  std::string url;
};

class GoodUrl : public testing::TestWithParam<Good> {};

TEST_P(GoodUrl, IsNormalized) {
  const auto url = normalize_base_url(GetParam().typed);
  ASSERT_TRUE(url.has_value()) << url.error().message;
  EXPECT_EQ(*url, GetParam().url);
}

TEST_P(GoodUrl, StaysTheSameWhenNormalizedAgain) {
  EXPECT_EQ(normalize_base_url(GetParam().url).value_or("refused"), GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    Url, GoodUrl,
    testing::Values(Good{"host:8081", "http://host:8081"}, Good{"host", "http://host"},
                    Good{"  http://host:8081/  ", "http://host:8081"},
                    Good{"HTTPS://Flink.Example.COM", "https://flink.example.com"},
                    Good{"https://host/flink/team-a///", "https://host/flink/team-a"},
                    Good{"host/Proxy/Job", "http://host/Proxy/Job"},
                    Good{"http://host:08081", "http://host:8081"},
                    Good{"[::1]:8081", "http://[::1]:8081"},
                    Good{"https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"},
                    Good{"http://[fe80::1%25eth0]:8081", "http://[fe80::1%25eth0]:8081"},
                    Good{"10.0.0.1:1", "http://10.0.0.1:1"},
                    Good{"host_with-all.of.it:65535", "http://host_with-all.of.it:65535"},
                    Good{"http://host/a@b", "http://host/a@b"},
                    Good{"http://bücher.example:8081", "http://bücher.example:8081"}));

struct Bad {
  std::string typed;
  std::string reason;  // part of the message
};

class BadUrl : public testing::TestWithParam<Bad> {};

TEST_P(BadUrl, IsRefusedInOneLineWithTheReason) {
  const auto url = normalize_base_url(GetParam().typed);
  ASSERT_FALSE(url.has_value()) << *url;
  EXPECT_EQ(url.error().kind, ErrorKind::usage);
  EXPECT_NE(url.error().message.find(GetParam().reason), std::string::npos) << url.error().message;
  EXPECT_EQ(url.error().message.find_first_of("\n\r\x1b"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Url, BadUrl,
    testing::Values(
        Bad{"", "no URL"}, Bad{" \t", "no URL"}, Bad{"ftp://host", "scheme"},
        Bad{"file:///etc/passwd", "scheme"}, Bad{"://host", "scheme"},
        Bad{"http://", "host is missing"}, Bad{"http:///path", "host is missing"},
        Bad{"http://:8081", "host is missing"}, Bad{"host:", "port"}, Bad{"host:0", "port"},
        Bad{"host:65536", "port"}, Bad{"host:-1", "port"}, Bad{"host:80a", "port"},
        Bad{"host:99999999999999999999", "port"}, Bad{"http:/host", "port"}, Bad{"::1", "brackets"},
        Bad{"http://::1", "brackets"}, Bad{"http://2001:db8::1/x", "brackets"},
        Bad{"[::1", "\"]\""}, Bad{"[::1]8081", "\"]\""}, Bad{"[host]:1", "IPv6"}, Bad{"[]", "IPv6"},
        Bad{"http://host?token=x", "query"}, Bad{"http://host:8081/#/overview", "fragment"},
        Bad{"http://ho st", "space"}, Bad{"http://host\r\nX-Evil: 1", "control"},
        Bad{std::string("host\0x", 6), "control"}, Bad{"http://ho\"st", "character"},
        Bad{"http://me:secret@host", "--token-file"}, Bad{"me@host:8081", "--token-file"}));

TEST(Url, ErrorsRepeatNoSecret) {
  for (const std::string typed :
       {"http://me:hunter2@host", "https://hunter2@host/", "ftp://me:hunter2@host",
        "http://me:hun/hunter2@host", "http://host:x/?token=hunter2", "http://host:x#hunter2",
        "http://a@me:hunter2@host:99999"}) {
    const auto url = normalize_base_url(typed);
    ASSERT_FALSE(url.has_value()) << typed;
    EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos) << url.error().message;
  }
}

}  // namespace
}  // namespace auditor::base
