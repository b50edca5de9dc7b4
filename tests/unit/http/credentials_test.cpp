#include <string>

#include <gtest/gtest.h>

#include "http/client.h"

namespace auditor::http {
namespace {

Target with_header(const std::string& header) {
  Target target;
  target.headers = {header};
  return target;
}

TEST(Credentials, OrdinaryOnesPass) {
  Target target;
  target.bearer_token = "abc.DEF-123_~+/=";
  target.headers = {"X-Team: streaming", "X-Time: 12:30", "Cookie:a=b", "X-Name: 订单"};
  EXPECT_TRUE(check_credentials(target).has_value());
  EXPECT_TRUE(check_credentials(Target{}).has_value());
}

TEST(Credentials, WhatWouldBreakTheRequestIsRefusedWithoutItsValue) {
  Target token;
  token.bearer_token = "hunter2\r\nX-Evil: 1";
  for (const Target& target :
       {token, with_header("hunter2"), with_header(""), with_header(": hunter2"),
        with_header("X Y: hunter2"), with_header("X-Key:"), with_header("X-Key:  "),
        with_header("X-Key: hunter2\nX-Evil: 1"), with_header("X-Key;hunter2: x"),
        with_header("Content-Length: 7"), with_header("transfer-ENCODING: chunked")}) {
    const auto fit = check_credentials(target);
    ASSERT_FALSE(fit.has_value());
    EXPECT_EQ(fit.error().kind, base::ErrorKind::usage);
    EXPECT_EQ(fit.error().message.find("hunter2"), std::string::npos) << fit.error().message;
    EXPECT_EQ(fit.error().message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace auditor::http
