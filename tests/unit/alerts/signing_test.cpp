#include "alerts/signing.h"

#include <gtest/gtest.h>

#include "base/hmac.h"

namespace auditor::alerts {
namespace {

// The example that the libraries of Standard Webhooks test themselves with.
const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr base::Timestamp sent{std::chrono::milliseconds(1'614'265'330'999)};
constexpr std::string_view body = R"({"test": 2432232314})";
constexpr std::string_view signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

TEST(Signing, IsThatOfTheSpecification) {
  const auto headers = signing_headers(std::vector{secret}, id, sent, body);
  ASSERT_TRUE(headers);
  EXPECT_EQ(*headers, (std::vector<std::string>{"webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
                                                "webhook-timestamp: 1614265330",
                                                "webhook-signature: " + std::string(signature)}));
}

TEST(Signing, HasASignatureForEachSecret) {
  const std::string other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const auto headers = signing_headers(std::vector{other, secret}, id, sent, body);
  ASSERT_TRUE(headers);
  const std::string& line = headers->at(2);
  EXPECT_TRUE(line.ends_with(" " + std::string(signature))) << line;
  EXPECT_EQ(line.find("v1,"), std::string("webhook-signature: ").size());
  const auto alone = signing_headers(std::vector{other}, id, sent, body);
  ASSERT_TRUE(alone);
  EXPECT_TRUE(line.starts_with(alone->at(2) + " ")) << line;
}

TEST(Signing, WithoutSecretsHasTheIdAlone) {
  const auto headers = signing_headers({}, id, sent, body);
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->size(), 2U);
}

TEST(Signing, DoesNotTellASecretThatIsNone) {
  for (const std::string bad : {"whsec_", "whsec_not base64!", "whsec_A"}) {
    const auto headers = signing_headers(std::vector{bad}, id, sent, body);
    ASSERT_FALSE(headers) << bad;
    EXPECT_EQ(headers.error().kind, base::ErrorKind::configuration);
    EXPECT_EQ(headers.error().message.find("not base64!"), std::string::npos);
  }
}

TEST(Hmac, IsThatOfTheRfc) {
  // RFC 4231, test case 2.
  const auto mac = base::hmac_sha256("Jefe", "what do ya want for nothing?");
  ASSERT_TRUE(mac);
  EXPECT_EQ(base::to_base64(*mac), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  // An empty key is no special case.
  EXPECT_TRUE(base::hmac_sha256("", ""));
}

TEST(Base64, IsThatOfTheRfc) {
  // RFC 4648, section 10.
  for (const auto& [bytes, text] :
       {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="},
        std::pair{"foo", "Zm9v"}, std::pair{"foob", "Zm9vYg=="}, std::pair{"fooba", "Zm9vYmE="},
        std::pair{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base::to_base64(bytes), text);
    EXPECT_EQ(base::from_base64(text), bytes);
  }
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  EXPECT_EQ(base::from_base64(base::to_base64(all)), all);
  EXPECT_FALSE(base::from_base64("Zg==Zg"));
  EXPECT_FALSE(base::from_base64("Zm9v\n"));
  EXPECT_FALSE(base::from_base64("Z"));
}

}  // namespace
}  // namespace auditor::alerts
